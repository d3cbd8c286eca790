//! How it ends from outside.

use crate::support::{Setup, start, suffer, until};

#[cfg(unix)]
#[tokio::test]
async fn signals_end_it_with_their_codes() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        for words in ["watch /me/drive", "changes /me/drive --since now"] {
            let simulator = start().await;
            let mut run = Setup::new(&simulator).start(words);
            run.line().await;
            until(|| simulator.connected() == 1).await;
            run.signal(signal).await;
            run.end().await.assert_quiet(code);
            until(|| simulator.connected() == 0).await;
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_ends_it_before_anything_came() {
    let simulator = start().await;
    suffer(&simulator, "hold,on=graph");
    for words in [
        "watch /me/drive",
        "changes /me/drive --since now",
        "endpoint /me/drive",
        "doctor --json",
    ] {
        let mut run = Setup::new(&simulator).start(&format!("-v {words}"));
        run.logged("GET").await;
        run.signal("TERM").await;
        let ended = run.end().await;
        assert_eq!(ended.status.code(), Some(143), "{words}: {ended:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_reader_that_does_not_read_does_not_hold_it_up() {
    // More than a pipe holds.
    let simulator = crate::support::builder()
        .seed("b!me", 1000)
        .start()
        .await
        .unwrap();
    let folder = crate::support::Folder::new();
    let file = folder.file("checkpoint");
    let setup = Setup::new(&simulator).arg("changes").arg("/me/drive");
    let mut run = setup.arg("--since").arg(&file).start("--from start");
    run.line().await;
    run.signal("TERM").await;
    assert_eq!(run.exit().await.code(), Some(143));
    let ended = run.end().await;
    let whole = ended.stdout.matches("\"type\":\"item\"").count();
    assert!(whole < 1001, "{whole}");

    // What was not told is not behind the checkpoint.
    let setup = Setup::new(&simulator).arg("changes").arg("/me/drive");
    let mut run = setup.arg("--since").arg(&file).start("--from start");
    let (rest, _) = run.caught_up().await;
    let told = ended.stdout.matches("\"type\":\"checkpoint\"").count() * 200;
    assert!(told + rest.len() >= 1001, "{told} and {}", rest.len());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn whoever_has_read_enough_ends_it_quietly() {
    for words in ["watch /me/drive", "changes /me/drive --since now"] {
        let simulator = start().await;
        let mut run = Setup::new(&simulator).start(words);
        run.line().await;
        // Without a further line, which would tell by failing.
        run.hang_up();
        run.end().await.assert_quiet(0);
        until(|| simulator.connected() == 0).await;
    }
}

/// As a parent like Node gives it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn whoever_has_read_enough_of_a_socket_ends_it_quietly() {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    let simulator = start().await;
    let (reader, writer) = UnixStream::pair().unwrap();
    let setup = Setup::new(&simulator).stdout(OwnedFd::from(writer));
    let run = setup.start("watch /me/drive");
    until(|| simulator.connected() == 1).await;
    drop(reader);
    run.end().await.assert_quiet(0);
    until(|| simulator.connected() == 0).await;
}

/// As one that shares a pipe with a parent that waits in another way has it.
#[cfg(unix)]
#[tokio::test]
async fn a_pipe_that_does_not_block_takes_all_of_it() {
    use std::time::Duration;

    use tokio::io::{AsyncBufReadExt, BufReader};
    use tokio::net::unix::pipe;

    use crate::support::{start_with, within};
    let simulator = start_with(1000).await;
    let (writer, reader) = pipe::pipe().unwrap();
    let setup = Setup::new(&simulator).stdout(writer.into_nonblocking_fd().unwrap());
    let run = setup.start("changes /me/drive --since start");
    let mut lines = BufReader::new(reader).lines();
    let first = within(lines.next_line()).await.unwrap();
    assert!(first.is_some());
    // Until nothing more is asked for, the pipe being full.
    let mut asked = 0;
    while asked != simulator.requests().len() {
        asked = simulator.requests().len();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut items = 1;
    loop {
        let line = within(lines.next_line()).await.unwrap().expect("a line");
        let line: serde_json::Value = serde_json::from_str(&line).expect("whole");
        items += usize::from(line["type"] == "item");
        if line["caught_up"] == true {
            break;
        }
    }
    assert_eq!(items, 1001);
    run.signal("TERM").await;
    run.end().await.assert_quiet(143);
}
