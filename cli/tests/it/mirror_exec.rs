//! `drivebell mirror --exec`.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::support::{Drive, Folder, Run, Setup, start, start_with, until};

/// A test whose commands work in a folder.
struct Work {
    folder: Folder,
}

impl Work {
    fn new() -> Self {
        let folder = Folder::new();
        Self { folder }
    }

    /// Runs this for each batch, in the folder.
    fn mirror<'a>(&self, setup: Setup<'a>, line: &str) -> Setup<'a> {
        // Waits of a second would only make the tests longer.
        self.waiting(setup, line, "20")
    }

    fn waiting<'a>(&self, setup: Setup<'a>, line: &str, first_wait: &str) -> Setup<'a> {
        let line = format!("cd '{}'; {line}", self.folder.file("").display());
        let setup = setup.arg("mirror").arg("/me/drive");
        let setup = setup.arg(self.folder.file("drive.db"));
        let setup = setup.arg("--first-wait").arg(first_wait);
        setup.arg("--exec").arg(line)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.file(name)).unwrap_or_default()
    }

    async fn wait_for(&self, name: &str, text: &str) {
        until(|| self.read(name).contains(text)).await;
    }

    fn changes(&self, name: &str) -> Vec<Value> {
        let line = |line: &str| serde_json::from_str(line).expect("JSON");
        self.read(name).lines().map(line).collect()
    }
}

async fn terminate(run: Run<'_>) -> crate::support::Ended {
    run.signal("TERM").await;
    run.end().await
}

#[tokio::test]
async fn a_command_gets_each_batch_on_its_stdin() {
    let simulator = start_with(25).await;
    let work = Work::new();
    let line = "cat >> all; echo done >> runs; echo ours";
    let mut run = work.mirror(Setup::new(&simulator), line).start("");
    Drive::new(&simulator).put("/last.txt", "x").await;
    work.wait_for("all", "/last.txt").await;
    until(|| simulator.connected() == 1).await;
    assert_eq!(run.text_line().await, "ours\n");
    let ended = terminate(run).await;
    ended.assert_quiet(143);
    let changes = work.changes("all");
    let sequences = changes.iter().map(|change| change["sequence"].as_u64());
    let expected = (1..).map(Some);
    assert!(sequences.eq(expected.take(changes.len())), "{changes:?}");
    assert!(changes.iter().all(|change| change["type"] == "change"));
    // Only the command's own output.
    assert_eq!(ended.stdout.replace("ours\n", ""), "");
}

#[tokio::test]
async fn a_batch_whose_command_fails_is_not_skipped() {
    let simulator = start_with(3).await;
    let work = Work::new();
    let line = "n=$(ls | grep -c '^batch'); cat > batch.$n; \
                case $n in 0) exit 3;; 1) kill -9 $$;; esac; echo $n >> done";
    let mut run = work.mirror(Setup::new(&simulator), line).start("");
    run.logged("--exec failed (exit status: 3); the same changes again in 0.0 s")
        .await;
    run.logged("--exec failed (signal: 9 (SIGKILL)); the same changes again in 0.0 s")
        .await;
    work.wait_for("done", "2").await;
    let ended = terminate(run).await;
    assert_eq!(ended.status.code(), Some(143));
    assert_eq!(ended.stderr.matches("--exec failed").count(), 2);
    let first = work.read("batch.0");
    assert!(!first.is_empty());
    assert_eq!(
        (work.read("batch.1"), work.read("batch.2")),
        (first.clone(), first)
    );
}

#[tokio::test]
async fn a_killed_mirror_gives_the_same_batch_again() {
    let simulator = start_with(3).await;
    let work = Work::new();
    let line = "cat > first; echo $$ > shell; exec sleep 1000";
    let run = work.mirror(Setup::new(&simulator), line).start("");
    work.wait_for("shell", "\n").await;
    run.kill().await;
    // Whatever kills the mirror kills what it has started, in a container for instance.
    let shell = work.read("shell");
    let mut kill = std::process::Command::new("kill");
    assert!(kill.args(["-9", shell.trim()]).status().unwrap().success());
    let line = "cat > again; exec sleep 1000";
    let run = work.mirror(Setup::new(&simulator), line).start("");
    let first = work.read("first");
    until(|| work.read("again").len() >= first.len()).await;
    assert_eq!(work.read("again"), first);
    terminate(run).await.assert_quiet(143);

    // What is done does not come again. A batch is done when the next one comes.
    let run = work.mirror(Setup::new(&simulator), "cat >> rest").start("");
    let drive = Drive::new(&simulator);
    for path in ["/one.txt", "/two.txt"] {
        drive.put(path, "x").await;
        work.wait_for("rest", path).await;
    }
    terminate(run).await.assert_quiet(143);
    let run = work
        .mirror(Setup::new(&simulator), "cat >> after")
        .start("");
    drive.put("/three.txt", "x").await;
    work.wait_for("after", "/three.txt").await;
    terminate(run).await.assert_quiet(143);
    let after = work.read("after");
    assert!(!after.contains("/one.txt"), "{after}");
}

#[tokio::test]
async fn a_command_need_not_read_its_input() {
    // More than fits into a pipe.
    let simulator = start_with(1500).await;
    let work = Work::new();
    let line = "echo run >> runs";
    let run = work
        .mirror(Setup::new(&simulator), line)
        .start("--page-size 1000");
    // A batch has at most 1,000 changes.
    until(|| work.read("runs").lines().count() == 2).await;
    Drive::new(&simulator).put("/last.txt", "x").await;
    until(|| work.read("runs").lines().count() == 3).await;
    terminate(run).await.assert_quiet(143);
}

#[tokio::test]
async fn a_stop_ends_the_command_with_all_that_it_has_started() {
    let simulator = start_with(3).await;
    let work = Work::new();
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        // The shell has a child of its own, which would run on.
        let line = "sleep 1000 & echo $! > child; wait";
        let run = work.mirror(Setup::new(&simulator), line).start("");
        work.wait_for("child", "\n").await;
        run.signal(signal).await;
        // Its output has an end only when none of them runs any more.
        run.end().await.assert_quiet(code);
        fs::remove_file(work.folder.file("child")).unwrap();
    }
}

#[tokio::test]
async fn a_stop_ends_the_wait_before_the_next_attempt() {
    let simulator = start_with(3).await;
    let work = Work::new();
    let setup = work.waiting(Setup::new(&simulator), "exit 1", "60000");
    let mut run = setup.start("");
    run.logged("the same changes again in").await;
    let ended = terminate(run).await;
    assert_eq!(ended.status.code(), Some(143));
}

/// The example of `--help`, with an rclone that only notes what it is asked.
#[tokio::test]
async fn rclone_gets_the_paths_of_files() {
    let simulator = start().await;
    let drive = Drive::new(&simulator);
    drive.put("/Reports/plan.txt", "x").await;
    drive.put("/Reports/%23 old.txt", "x").await;
    drive.put("/Reports/$(touch hacked).txt", "x").await;
    let work = Work::new();
    let rclone = work.folder.file("rclone");
    fs::write(
        &rclone,
        "#!/bin/sh\necho \"$@\" >> arguments\ncat >> paths\n",
    )
    .unwrap();
    fs::set_permissions(&rclone, fs::Permissions::from_mode(0o700)).unwrap();
    let path = format!(
        "{}:{}",
        work.folder.file("").display(),
        std::env::var("PATH").unwrap()
    );
    let line = "rclone copy --no-traverse --files-from - remote:/ /backup";
    let setup = work.mirror(Setup::new(&simulator).env("PATH", &path), line);
    let run = setup.start("--exec-format paths");
    work.wait_for("paths", "plan.txt\n").await;
    assert_eq!(
        work.read("arguments"),
        "copy --no-traverse --files-from - remote:/ /backup\n"
    );
    let mut paths: Vec<_> = work.read("paths").lines().map(str::to_owned).collect();
    paths.sort();
    let expected = [
        "/Reports/# old.txt",
        "/Reports/$(touch hacked).txt",
        "/Reports/plan.txt",
    ];
    assert_eq!(paths, expected);
    assert!(!work.folder.file("hacked").exists());

    // A folder that moves comes as its files, and what is deleted not at all.
    drive.delete("/Reports/%23 old.txt").await;
    drive.put("/next.txt", "x").await;
    work.wait_for("paths", "/next.txt").await;
    drive.rename("/Reports", "Archive").await;
    drive.put("/last.txt", "x").await;
    work.wait_for("paths", "/last.txt").await;
    terminate(run).await.assert_quiet(143);
    let paths = work.read("paths");
    let mut new: Vec<_> = paths.lines().skip(4).collect();
    new.sort_unstable();
    let expected = [
        "/Archive/$(touch hacked).txt",
        "/Archive/plan.txt",
        "/last.txt",
    ];
    assert_eq!(new, expected);
}
