//! The scripts with which shells complete the command line.

use std::fs;
use std::path::Path;

use crate::support::{Setup, start};

#[tokio::test]
async fn the_script_of_each_shell_is_the_one_in_the_archives() {
    let simulator = start().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    for (shell, file) in [
        ("bash", "drivebell.bash"),
        ("zsh", "_drivebell"),
        ("fish", "drivebell.fish"),
        ("powershell", "_drivebell.ps1"),
    ] {
        let words = format!("completions {shell}");
        let ended = Setup::bare(&simulator).run(&words).await;
        ended.assert_quiet(0);
        let archived = fs::read_to_string(folder.join(file)).expect("the file of `make generate`");
        assert_eq!(ended.stdout, archived, "{shell}: run `make generate`");
    }
    assert!(simulator.requests().is_empty());
}

#[tokio::test]
async fn every_command_has_a_manual_page() {
    let simulator = start().await;
    let ended = Setup::bare(&simulator).run("--help").await;
    let (_, commands) = ended.stdout.split_once("Commands:\n").expect("commands");
    let names: Vec<_> = commands
        .lines()
        .map_while(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(names.contains(&"completions"), "{names:?}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("man");
    for name in &names {
        let page = folder.join(format!("drivebell-{name}.1"));
        assert!(page.exists(), "no {}: run `make generate`", page.display());
    }
    let pages = fs::read_dir(folder).expect("the folder").count();
    assert_eq!(pages, names.len() + 1, "a page of a command that is gone");
}

#[tokio::test]
async fn an_unknown_shell_is_refused_with_those_that_are_known() {
    let simulator = start().await;
    let ended = Setup::bare(&simulator).run("completions tcsh").await;
    ended.assert_failed(2, &["tcsh", "bash", "powershell"]);
}
