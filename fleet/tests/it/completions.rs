//! The scripts with which shells complete the command line, and the manual pages.

use std::fs;
use std::path::Path;

use crate::support::run;

#[test]
fn the_script_of_each_shell_is_the_one_in_the_archives() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    for (shell, file) in [
        ("bash", "drivebell-fleet.bash"),
        ("zsh", "_drivebell-fleet"),
        ("fish", "drivebell-fleet.fish"),
        ("powershell", "_drivebell-fleet.ps1"),
    ] {
        let ended = run(&format!("completions {shell}"), &[]);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
        let archived = fs::read_to_string(folder.join(file)).expect("the file of `make generate`");
        assert_eq!(ended.stdout, archived, "{shell}: run `make generate`");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let ended = run("--help", &[]);
    let (_, commands) = ended.stdout.split_once("Commands:\n").expect("commands");
    let names: Vec<_> = commands
        .lines()
        .map_while(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(names.contains(&"completions"), "{names:?}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("man");
    for name in &names {
        let page = folder.join(format!("drivebell-fleet-{name}.1"));
        assert!(page.exists(), "no {}: run `make generate`", page.display());
    }
    let pages = fs::read_dir(folder).expect("the folder").count();
    assert_eq!(pages, names.len() + 1, "a page of a command that is gone");
}
