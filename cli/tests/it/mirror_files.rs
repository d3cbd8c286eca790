//! `drivebell ls` and `drivebell find`, which need no network.

use std::path::Path;

use drivebell::{Client, Credential, Resource};
use drivebell_mirror::MirrorClient as _;
use drivebell_simulator::Simulator;
use serde_json::Value;

use crate::support::{Drive, Ended, Folder, Setup, TOKEN, builder, start, wait_ready, within};

/// A drive with a few files, and its mirror.
async fn filled(simulator: &Simulator, folder: &Folder) {
    let drive = Drive::new(simulator);
    drive.put("/Reports/2026/plan.pdf", &"x".repeat(4200)).await;
    drive.put("/Reports/notes.txt", "notes").await;
    drive.put("/top.txt", "top").await;
    let setup = Setup::new(simulator).arg("mirror").arg("/me/drive");
    let run = setup.arg(folder.file("drive.db")).start("");
    wait_ready(simulator, &folder.file("drive.db")).await;
    run.kill().await;
}

async fn read(simulator: &Simulator, command: &str, file: &Path, words: &str) -> Ended {
    let setup = Setup::bare(simulator).arg(command).arg(file);
    setup.run(words).await
}

fn paths(ended: &Ended) -> Vec<String> {
    let path = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line["type"], "item");
        assert_eq!(line["resource"], "/me/drive/root");
        assert!(line["item"]["id"].is_string(), "{line}");
        line["path"].as_str().expect("a path").to_owned()
    };
    ended.stdout.lines().map(path).collect()
}

#[tokio::test]
async fn ls_lists_a_folder_or_a_file_without_network() {
    let simulator = start().await;
    let folder = Folder::new();
    filled(&simulator, &folder).await;
    let file = folder.file("drive.db");
    let requests = simulator.requests().len();
    for (words, expected) in [
        ("", vec!["/Reports", "/top.txt"]),
        ("/", vec!["/Reports", "/top.txt"]),
        ("/Reports/", vec!["/Reports/2026", "/Reports/notes.txt"]),
        // As the drive spells it.
        ("/reports/2026", vec!["/Reports/2026/plan.pdf"]),
        ("/TOP.TXT", vec!["/top.txt"]),
        ("/top.txt --drive /me/drive", vec!["/top.txt"]),
    ] {
        let ended = read(&simulator, "ls", &file, words).await;
        ended.assert_quiet(0);
        assert_eq!(paths(&ended), expected, "{words}");
    }
    assert_eq!(simulator.requests().len(), requests);
}

#[tokio::test]
async fn find_matches_names_and_whole_paths() {
    let simulator = start().await;
    let folder = Folder::new();
    filled(&simulator, &folder).await;
    let file = folder.file("drive.db");
    for (glob, expected) in [
        ("*.txt", vec!["/Reports/notes.txt", "/top.txt"]),
        ("*.PDF", vec!["/Reports/2026/plan.pdf"]),
        ("/Reports/*", vec!["/Reports/2026", "/Reports/notes.txt"]),
        ("/**/2026/**", vec!["/Reports/2026/plan.pdf"]),
        ("nothing", vec![]),
    ] {
        let ended = read(&simulator, "find", &file, glob).await;
        ended.assert_quiet(0);
        assert_eq!(paths(&ended), expected, "{glob}");
    }
    let ended = read(&simulator, "find", &file, "[").await;
    ended.assert_failed(2, &["GLOB", "not a glob"]);
}

#[tokio::test]
async fn find_goes_through_a_large_drive() {
    let simulator = builder().seed("b!me", 9000).page_size(3000).start().await;
    let simulator = simulator.unwrap();
    let folder = Folder::new();
    let file = folder.file("drive.db");
    let setup = Setup::new(&simulator).arg("mirror").arg("/me/drive");
    let run = setup.arg(&file).start("--initial silent");
    wait_ready(&simulator, &file).await;
    run.kill().await;
    let all = paths(&read(&simulator, "find", &file, "*").await);
    assert_eq!(all.len(), 9000);
    // Long after the beginning of the walk.
    let last = all.last().unwrap();
    let found = paths(&read(&simulator, "find", &file, last).await);
    assert_eq!(found, [last.as_str()]);
}

#[tokio::test]
async fn both_work_while_the_mirror_runs() {
    let simulator = start().await;
    let folder = Folder::new();
    filled(&simulator, &folder).await;
    let file = folder.file("drive.db");
    let setup = Setup::new(&simulator).arg("mirror").arg("/me/drive");
    let mut run = setup.arg(&file).start("");
    Drive::new(&simulator).put("/new.txt", "x").await;
    run.line_where(|line| line["path"] == "/new.txt").await;
    let ended = read(&simulator, "ls", &file, "/new.txt").await;
    ended.assert_quiet(0);
    assert_eq!(paths(&ended), ["/new.txt"]);
    let ended = read(&simulator, "find", &file, "new*").await;
    assert_eq!(paths(&ended), ["/new.txt"]);
    run.kill().await;
}

#[cfg(unix)]
#[tokio::test]
async fn people_get_columns() {
    let simulator = start().await;
    let folder = Folder::new();
    filled(&simulator, &folder).await;
    for (command, argument, label) in [
        ("ls", "/Reports/2026", "plan.pdf"),
        ("ls", "/Reports/2026/plan.pdf", "/Reports/2026/plan.pdf"),
        ("find", "*.pdf", "/Reports/2026/plan.pdf"),
        ("ls", "/Reports", "2026/"),
        ("find", "2026", "/Reports/2026/"),
    ] {
        let mut terminal = crate::support::Terminal::open();
        let setup = Setup::bare(&simulator).env("NO_COLOR", "1");
        let setup = setup.stdout(terminal.other_end()).arg(command);
        let ended = setup.arg(folder.file("drive.db")).run(argument).await;
        ended.assert_quiet(0);
        let line = terminal.line().await;
        let (size, rest) = line.split_at(9);
        assert_eq!(size, "   4.2 KB", "{line}");
        let time = &rest[2..22];
        assert!(time.starts_with("20") && time.ends_with('Z'), "{line}");
        assert_eq!(&rest[22..], format!("  {label}"), "{line}");
    }
}

#[tokio::test]
async fn what_is_not_there_has_a_code_of_its_own() {
    let simulator = start().await;
    let folder = Folder::new();
    filled(&simulator, &folder).await;
    let file = folder.file("drive.db");
    let ended = read(&simulator, "ls", &file, "/nowhere").await;
    ended.assert_failed(9, &["nothing is at /nowhere", "/me/drive/root"]);
    assert_eq!(ended.stdout, "");
    let ended = read(&simulator, "ls", &file, "--drive /drives/b!team").await;
    ended.assert_failed(9, &["--drive", "/drives/b!team/root", "/me/drive/root"]);
    let ended = read(&simulator, "ls", &file, "Reports").await;
    ended.assert_failed(2, &["PATH", "slash"]);
    let ended = read(&simulator, "ls", &folder.file("none.db"), "").await;
    ended.assert_failed(8, &["none.db", "code: inaccessible"]);
    assert!(!folder.names().contains(&"none.db".to_owned()));
    let ended = read(&simulator, "find", &folder.file(""), "*").await;
    ended.assert_failed(2, &["FILE", "directory"]);
    let text = folder.with("notes.txt", &"not a database\n".repeat(100));
    let ended = read(&simulator, "find", &text, "*").await;
    ended.assert_failed(8, &["notes.txt", "code: not_a_mirror"]);
}

#[tokio::test]
async fn of_several_drives_one_must_be_chosen() {
    let simulator = start().await;
    Drive::new(&simulator).put("/mine.txt", "x").await;
    let folder = Folder::new();
    let file = folder.file("drives.db");
    let client = Client::builder(Credential::token(TOKEN).unwrap());
    let client = client.base_url(simulator.base_url()).build().unwrap();
    let resources = [Resource::my_drive(), Resource::drive("b!team").unwrap()];
    let (options, changes) = Default::default();
    let set = client.mirror_all(&resources, &file, &options, &changes);
    let set = set.unwrap();
    within(set.members().all_ready()).await.unwrap();
    within(set.close()).await;
    for (command, words) in [("ls", ""), ("find", "*")] {
        let ended = read(&simulator, command, &file, words).await;
        ended.assert_failed(
            2,
            &["--drive", "\n  /me/drive/root", "\n  /drives/b!team/root"],
        );
    }
    let ended = read(&simulator, "ls", &file, "--drive /me/drive").await;
    ended.assert_quiet(0);
    assert_eq!(paths(&ended), ["/mine.txt"]);
    let ended = read(&simulator, "find", &file, "* --drive /drives/b!team").await;
    ended.assert_quiet(0);
    assert_eq!(ended.stdout, "");
}
