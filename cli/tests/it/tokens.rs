//! The sources of tokens, and unusable tokens.

use std::fs;

use drivebell_simulator::Simulator;

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
