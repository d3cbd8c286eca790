//! The sources of tokens, and unusable tokens.

use std::fs;

use drivebell_simulator::Simulator;
#[cfg(unix)]
use tokio::io::{AsyncBufReadExt, BufReader};
#[cfg(unix)]
use tokio::net::unix::pipe;
#[cfg(unix)]
use tokio::time::{Duration, sleep};

#[cfg(unix)]
use crate::support::within;
use crate::support::{Folder, Setup, TOKEN, set_fault, start, start_with};

fn with_command<'a>(simulator: &'a Simulator, command: &str) -> Setup<'a> {
    Setup::without_token(simulator)
        .arg("--token-command")
        .arg(command)
}

#[tokio::test]
async fn without_a_token_the_message_names_the_sources() {
    let simulator = start().await;
    for setup in [
        Setup::without_token(&simulator),
        Setup::without_token(&simulator).env("DRIVEBELL_TOKEN", " "),
    ] {
        let ended = setup.run("watch /me/drive").await;
        let sources = ["DRIVEBELL_TOKEN", "--token-file", "--token-command"];
        ended.assert_failed(3, &sources);
        ended.assert_failed(3, &["no token: run `drivebell login", "docs/sign-in.md"]);
    }
    let setup = Setup::without_token(&simulator).env("DRIVEBELL_TOKEN", "bearer s3cr3t");
    let ended = setup.run("watch /me/drive").await;
    ended.assert_failed(3, &["DRIVEBELL_TOKEN"]);
    assert!(!ended.stderr.contains("s3cr3t"));
    assert!(simulator.requests().is_empty());
}

#[tokio::test]
async fn a_token_file_is_read_anew_for_each_run() {
    let simulator = start().await;
    let folder = Folder::new();
    let file = folder.with("token", &format!("{TOKEN}\n"));
    let run = |words: &'static str| {
        let setup = Setup::without_token(&simulator).env("DRIVEBELL_TOKEN", "other");
        setup.arg("--token-file").arg(&file).run(words)
    };
    run("endpoint /me/drive").await.assert_quiet(0);
    fs::write(&file, " \n").unwrap();
    let empty = run("endpoint /me/drive").await;
    empty.assert_failed(3, &["--token-file", "empty"]);
    fs::write(&file, "old").unwrap();
    run("watch /me/drive").await.assert_failed(3, &["401"]);
    fs::remove_file(&file).unwrap();
    let missing = run("changes /me/drive --since now").await;
    missing.assert_failed(3, &["--token-file", "cannot be read"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_token_file_that_others_can_read_is_used_with_one_warning() {
    use std::os::unix::fs::PermissionsExt;
    let simulator = start().await;
    let folder = Folder::new();
    let file = folder.with("token", TOKEN);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let setup = Setup::without_token(&simulator).arg("--token-file");
    let mut run = setup.arg(&file).start("watch /me/drive");
    run.line_where(|line| line["kind"] == "resync").await;
    // The file is read again for the next endpoint.
    set_fault(&simulator, "answer=401,on=graph,times=1");
    set_fault(&simulator, "answer=503,on=socket,times=1");
    set_fault(&simulator, "close=1011,when=now");
    run.line_where(|line| line["event"] == "connected").await;
    run.signal("INT").await;
    let ended = run.end().await;
    let advice = format!("chmod 600 '{}'", file.display());
    ended.assert_failed(130, &["--token-file", "(mode 644)", &advice]);
    assert_eq!(ended.stderr.matches("chmod").count(), 1, "{ended:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_read_up_to_a_limit() {
    let simulator = start().await;
    for (words, code, name) in [
        (
            "--token-file /dev/zero endpoint /me/drive",
            3,
            "--token-file",
        ),
        ("--ca-bundle /dev/zero endpoint /me/drive", 2, "--ca-bundle"),
        (
            "changes /me/drive --since /dev/zero --from now",
            5,
            "/dev/zero",
        ),
    ] {
        let setup = match code {
            3 => Setup::without_token(&simulator),
            _ => Setup::new(&simulator),
        };
        setup
            .run(words)
            .await
            .assert_failed(code, &[name, "more than", "bytes"]);
    }
    assert!(simulator.requests().is_empty());
}

/// The shell's child holds the writing end of a pipe, which ends with it.
#[cfg(unix)]
#[tokio::test]
async fn a_token_command_that_is_stopped_leaves_no_process_behind() {
    let simulator = start().await;
    for signal in [None, Some("INT")] {
        let folder = Folder::new();
        let file = folder.file("pipe");
        let made = std::process::Command::new("mkfifo").arg(&file).status();
        assert!(made.expect("mkfifo runs").success());
        let reader = pipe::OpenOptions::new().open_receiver(&file).unwrap();
        let mut lines = BufReader::new(reader).lines();
        let command = format!("sh -c 'echo runs; sleep 1000' > {} & wait", file.display());
        let timeout = if signal.is_some() { "1000" } else { "1" };
        let setup = with_command(&simulator, &command);
        let run = setup
            .arg("--token-timeout")
            .arg(timeout)
            .start("endpoint /me/drive");
        // Without a writer, there is nothing to read.
        let line = within(async {
            loop {
                if let Some(line) = lines.next_line().await.unwrap() {
                    return line;
                }
                sleep(Duration::from_millis(2)).await;
            }
        });
        assert_eq!(line.await, "runs");
        if let Some(name) = signal {
            run.signal(name).await;
        }
        assert_eq!(within(lines.next_line()).await.unwrap(), None);
        let ended = run.end().await;
        let code = if signal.is_some() { 130 } else { 3 };
        assert_eq!(ended.status.code(), Some(code), "{ended:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_token_command_without_a_token_is_explained() {
    let simulator = start().await;
    for (command, expected) in [
        ("exit 7", "failed (exit status: 7)"),
        ("/nowhere/az", "failed"),
        ("true", "printed nothing"),
        ("echo two words", "more than one word"),
        ("echo '{\"secret\":\"bearer-s3cr3t\"}'", "accessToken"),
        ("exec sleep 1000", "--token-timeout"),
    ] {
        for words in [
            "watch /me/drive",
            "changes /me/drive --since now",
            "endpoint /me/drive",
        ] {
            let setup = with_command(&simulator, command)
                .arg("--token-timeout")
                .arg("1");
            setup
                .run(words)
                .await
                .assert_failed(3, &["--token-command", expected]);
        }
    }
    assert!(simulator.requests().is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn a_token_command_is_run_again_only_when_its_token_is_refused() {
    let simulator = start_with(50).await;
    let folder = Folder::new();
    let (runs, output) = (folder.file("runs"), folder.file("output"));
    let command = format!("echo run >> {}; cat {}", runs.display(), output.display());
    let count = || {
        fs::read_to_string(&runs)
            .unwrap_or_default()
            .lines()
            .count()
    };
    let dated = format!(r#"{{"accessToken":"{TOKEN}","expires_on":4102444800}}"#);
    let undated =
        format!(r#"{{"accessToken":"{TOKEN}","expiresOn":"2100-01-01 00:00:00.000000"}}"#);
    for text in [TOKEN, &dated, &undated] {
        fs::write(&output, text).unwrap();
        let mut run = with_command(&simulator, &command).start("changes /me/drive --since start");
        // An endpoint and six pages.
        let (names, _) = run.caught_up().await;
        assert_eq!((names.len(), count()), (51, 1), "{text}");
        run.kill().await;
        fs::remove_file(&runs).unwrap();
    }

    // Graph refuses the first token and accepts the second.
    folder.with("output.1", "old");
    folder.with("output.2", TOKEN);
    let number = format!("$(wc -l < {} | tr -d ' ')", runs.display());
    let command = format!("{command}.{number}");
    let ended = with_command(&simulator, &command)
        .run("endpoint /me/drive")
        .await;
    assert_eq!((ended.status.code(), count()), (Some(0), 2), "{ended:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_source_that_has_worked_may_fail_for_a_while() {
    let simulator = start().await;
    let folder = Folder::new();
    let file = folder.with("token", TOKEN);
    for setup in [
        with_command(&simulator, &format!("cat {}", file.display())),
        Setup::without_token(&simulator)
            .arg("--token-file")
            .arg(&file),
    ] {
        let mut run = setup.start("watch /me/drive");
        run.line_where(|line| line["kind"] == "resync").await;
        fs::remove_file(&file).unwrap();
        // The next connection needs another endpoint, and that another token.
        set_fault(&simulator, "answer=401,on=graph,times=1");
        set_fault(&simulator, "answer=503,on=socket,times=1");
        set_fault(&simulator, "close=1011,when=now");
        let line = run.line_where(|line| line["error"]["message"].to_string().contains("--token-"));
        assert_eq!(line.await["error"]["retryable"], true);
        fs::write(&file, TOKEN).unwrap();
        run.line_where(|line| line["event"] == "connected").await;
        run.kill().await;
    }
}
