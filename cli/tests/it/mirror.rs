//! `drivebell mirror`, which prints.

use serde_json::Value;

use crate::support::{Drive, Folder, Run, Setup, set_fault, start, start_with, wait_ready};

fn mirror<'a>(setup: Setup<'a>, folder: &Folder) -> Setup<'a> {
    let setup = setup.arg("mirror").arg("/me/drive");
    setup.arg(folder.file("drive.db"))
}

/// Reads up to the change of this kind at this path.
async fn until_change(run: &mut Run<'_>, kind: &str, path: &str) -> Value {
    run.line_where(|line| line["kind"] == kind && line["path"] == path)
        .await
}

#[tokio::test]
async fn each_change_is_one_line() {
    let simulator = start().await;
    let drive = Drive::new(&simulator);
    drive.put("/Reports/plan.txt", "one").await;
    let folder = Folder::new();
    let mut run = mirror(Setup::new(&simulator), &folder).start("");
    let line = until_change(&mut run, "created", "/Reports/plan.txt").await;
    assert_eq!(line["type"], "change");
    assert_eq!(line["resource"], "/me/drive/root");
    assert_eq!(line["item"]["name"], "plan.txt");
    assert!(line["sequence"].is_u64(), "{line}");

    drive.put("/Reports/plan.txt", "another").await;
    let line = until_change(&mut run, "modified", "/Reports/plan.txt").await;
    assert_eq!(line["content_changed"], true);
    drive.rename("/Reports/plan.txt", "plans.txt").await;
    let line = until_change(&mut run, "renamed", "/Reports/plans.txt").await;
    assert_eq!(line["old_path"], "/Reports/plan.txt");
    drive.put("/Archive/old.txt", "x").await;
    until_change(&mut run, "created", "/Archive/old.txt").await;
    drive.put_into("/Reports", "/Archive").await;
    let line = until_change(&mut run, "moved", "/Archive/Reports").await;
    assert_eq!(line["descendants"], 1);
    drive.delete("/Archive").await;
    let line = until_change(&mut run, "deleted", "/Archive").await;
    assert_eq!(line["descendants"], 3);
    run.kill().await;
}

#[cfg(unix)]
#[tokio::test]
async fn after_a_restart_only_what_is_new_is_printed() {
    let simulator = start_with(25).await;
    let drive = Drive::new(&simulator);
    drive.put("/last.txt", "x").await;
    let folder = Folder::new();
    let mut run = mirror(Setup::new(&simulator), &folder).start("");
    let last = until_change(&mut run, "created", "/last.txt").await;
    run.signal("TERM").await;
    run.end().await.assert_quiet(143);
    drive.put("/new.txt", "x").await;
    let mut run = mirror(Setup::new(&simulator), &folder).start("");
    // The time of the folder above may have changed as well, which is no change.
    let first = run.line().await;
    assert_eq!(
        (&first["kind"], &first["path"]),
        (&"created".into(), &"/new.txt".into())
    );
    assert!(first["sequence"].as_u64() > last["sequence"].as_u64());
}

#[tokio::test]
async fn a_new_mirror_can_be_silent_and_filters_choose() {
    let simulator = start_with(25).await;
    let drive = Drive::new(&simulator);
    drive.put("/Reports/old.txt", "x").await;
    let folder = Folder::new();
    let setup = mirror(Setup::new(&simulator), &folder);
    let words = "--initial silent --under /Reports --include *.txt --exclude draft* \
                 --kinds created,renamed --files-only --page-size 5";
    let mut run = setup.start(words);
    // Silent also where nobody can tell from the output when the enumeration is over.
    wait_ready(&simulator, &folder.file("drive.db")).await;
    drive.put("/elsewhere.txt", "x").await;
    drive.put("/Reports/draft.txt", "x").await;
    drive.put("/Reports/x.pdf", "x").await;
    drive.put("/Reports/new/in.txt", "x").await;
    drive.put("/Reports/old.txt", "modified").await;
    drive.rename("/Reports/old.txt", "older.txt").await;
    let mut lines = vec![run.line().await, run.line().await];
    drive.put("/Reports/last.txt", "x").await;
    lines.push(run.line().await);
    lines.sort_by_key(|line| line["path"].to_string());
    let paths: Vec<_> = lines.iter().map(|line| &line["path"]).collect();
    let expected = [
        "/Reports/last.txt",
        "/Reports/new/in.txt",
        "/Reports/older.txt",
    ];
    assert_eq!(paths, expected);
    run.kill().await;
}

#[tokio::test]
async fn a_name_that_acts_on_the_terminal_is_escaped() {
    let simulator = start().await;
    // A right-to-left override: the end of the name looks like `.jpg`.
    Drive::new(&simulator).put("/a%E2%80%AEgpj.exe", "x").await;
    let folder = Folder::new();
    let mut run = mirror(Setup::new(&simulator), &folder).start("");
    let line = until_change(&mut run, "created", "/a\u{202e}gpj.exe").await;
    assert_eq!(
        line["item"]["name"], "a\u{202e}gpj.exe",
        "unchanged for programs"
    );
    assert!(run.output().contains(r"a\u202egpj.exe"));
    assert!(run.output().chars().all(|c| c != '\u{202e}'));
    run.kill().await;
}

#[cfg(unix)]
#[tokio::test]
async fn people_get_a_sign_and_the_path() {
    let simulator = start().await;
    let drive = Drive::new(&simulator);
    drive.put("/Reports/plan.txt", "one").await;
    let folder = Folder::new();
    let setup = mirror(Setup::new(&simulator), &folder).env("NO_COLOR", "1");
    let mut terminal = crate::support::Terminal::open();
    let run = setup.stdout(terminal.other_end()).start("");
    terminal.line_where("+ /Reports/").await;
    terminal.line_where("+ /Reports/plan.txt").await;
    drive.put("/Reports/plan.txt", "another").await;
    terminal.line_where("~ /Reports/plan.txt").await;
    drive.rename("/Reports/plan.txt", "plans.txt").await;
    terminal
        .line_where("> /Reports/plan.txt -> /Reports/plans.txt")
        .await;
    drive.rename("/Reports", "Old").await;
    terminal
        .line_where("> /Reports/ -> /Old/  1 item in it")
        .await;
    drive.put("/a%E2%80%AEb", "x").await;
    terminal.line_where("+ /a\u{fffd}b").await;
    drive.delete("/Old").await;
    terminal.line_where("- /Old/  1 item in it").await;
    run.signal("INT").await;
    run.end().await.assert_quiet(130);
}

#[cfg(unix)]
#[tokio::test]
async fn people_see_colours() {
    let simulator = start().await;
    Drive::new(&simulator).put("/a.txt", "one").await;
    let folder = Folder::new();
    let setup = mirror(Setup::new(&simulator), &folder);
    let setup = setup.env("NO_COLOR", "").env("TERM", "xterm");
    let mut terminal = crate::support::Terminal::open();
    let run = setup.stdout(terminal.other_end()).start("");
    let line = "\u{1b}[32m+\u{1b}[0m \u{1b}[1m/a.txt\u{1b}[0m";
    terminal.line_where(line).await;
    run.kill().await;
}

#[cfg(unix)]
#[tokio::test]
async fn signals_stop_it_with_their_exit_codes() {
    use crate::support::until;
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let simulator = start_with(3).await;
        let folder = Folder::new();
        let mut run = mirror(Setup::new(&simulator), &folder).start("");
        run.line().await;
        until(|| simulator.connected() == 1).await;
        run.signal(signal).await;
        run.end().await.assert_quiet(code);
        until(|| simulator.connected() == 0).await;
    }
}

#[tokio::test]
async fn what_was_not_written_comes_again() {
    // More than fits into a pipe.
    let simulator = start_with(2500).await;
    let folder = Folder::new();
    let mut run = mirror(Setup::new(&simulator), &folder).start("--page-size 300");
    let first = run.line().await;
    assert_eq!(first["sequence"], 1);
    // Killed while it waits for its reader: the rest of the pipe is read afterwards.
    wait_ready(&simulator, &folder.file("drive.db")).await;
    let printed = run.kill_and_read().await;
    let mut seen: std::collections::BTreeSet<u64> = printed
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .map(|line| line["sequence"].as_u64().unwrap())
        .collect();
    assert!(
        seen.len() < 2000,
        "it would have printed all: {}",
        seen.len()
    );
    let mut run = mirror(Setup::new(&simulator), &folder).start("");
    while seen.len() < 2500 || !(1..=2500).all(|sequence| seen.contains(&sequence)) {
        seen.insert(run.line().await["sequence"].as_u64().unwrap());
    }
    run.kill().await;
}

#[tokio::test]
async fn an_outage_is_told_on_stderr() {
    let simulator = start_with(3).await;
    let drive = Drive::new(&simulator);
    let folder = Folder::new();
    let mut run = mirror(Setup::new(&simulator), &folder).start("");
    run.line().await;
    wait_ready(&simulator, &folder.file("drive.db")).await;
    set_fault(&simulator, "answer=503,on=delta,times=1");
    drive.put("/new.txt", "x").await;
    run.logged("query_failed").await;
    until_change(&mut run, "created", "/new.txt").await;
    run.kill().await;
}

#[tokio::test]
async fn a_wrong_command_line_is_explained_and_makes_no_file() {
    let simulator = start().await;
    let folder = Folder::new();
    for (words, expected) in [
        ("--under Reports", "--under"),
        ("--include [", "--include"),
        ("--exclude {a", "--exclude"),
        ("--kinds created,changed", "--kinds"),
        (
            "--kinds deleted --exec x --exec-format paths",
            "--exec-format",
        ),
        ("--initial loud", "--initial"),
        ("--page-size 0", "--page-size"),
        ("--exec true --post http://127.0.0.1:1", "--post"),
        ("--exec-format paths", "--exec"),
        ("--post hooks.example", "--post"),
        ("--post ftp://hooks.example/x", "--post: has the scheme"),
        (
            "--post https://u:p4ssw0rd@hooks.example",
            "--post: contains a user name",
        ),
    ] {
        let ended = mirror(Setup::new(&simulator), &folder).run(words).await;
        ended.assert_failed(2, &[expected]);
        assert_eq!(ended.stdout, "", "{words}");
        assert!(!ended.stderr.contains("p4ssw0rd"), "{}", ended.stderr);
    }
    let setup = Setup::new(&simulator)
        .arg("mirror")
        .arg("/drives/b!me/list");
    let ended = setup.arg(folder.file("drive.db")).run("").await;
    ended.assert_failed(2, &["RESOURCE", "list"]);
    let setup = Setup::new(&simulator).arg("mirror").arg("/me/drive");
    let ended = setup.arg(folder.file("")).run("").await;
    ended.assert_failed(2, &["FILE", "directory"]);
    assert!(folder.names().is_empty(), "{:?}", folder.names());
    assert!(simulator.requests().is_empty());
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_explained_and_untouched() {
    let simulator = start_with(3).await;
    let folder = Folder::new();
    let text = folder.with("notes.txt", &"not a database\n".repeat(100));
    let ended = Setup::new(&simulator).arg("mirror").arg("/me/drive");
    let ended = ended.arg(&text).run("").await;
    ended.assert_failed(8, &["notes.txt", "code: not_a_mirror"]);
    let kept = std::fs::read_to_string(&text).unwrap();
    assert!(kept.starts_with("not a database") && kept.len() == 1500);

    let missing = folder.file("missing/drive.db");
    let ended = Setup::new(&simulator).arg("mirror").arg("/me/drive");
    let ended = ended.arg(missing).run("").await;
    ended.assert_failed(8, &["code: inaccessible"]);

    let mut run = mirror(Setup::new(&simulator), &folder).start("");
    run.line().await;
    // Another process has it.
    let ended = mirror(Setup::new(&simulator), &folder).run("").await;
    ended.assert_failed(8, &["another process", "code: locked"]);
    run.kill().await;
    let ended = Setup::new(&simulator).arg("mirror").arg("/drives/b!team");
    let ended = ended.arg(folder.file("drive.db")).run("").await;
    ended.assert_failed(8, &["code: other_drive"]);
}
