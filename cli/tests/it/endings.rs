//! Signals, and readers that close the output.

use crate::support::{Setup, set_fault, start, until};

#[cfg(unix)]
#[tokio::test]
async fn signals_stop_the_command_with_their_exit_codes() {
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
async fn a_signal_stops_the_command_before_graph_responds() {
    let simulator = start().await;
    set_fault(&simulator, "hold,on=graph");
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
async fn a_reader_that_does_not_read_does_not_delay_the_end() {
    // More items than fit into a pipe.
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
    let printed = ended.stdout.matches("\"type\":\"item\"").count();
    assert!(printed < 1001, "{printed}");

    // Items that were not printed come after the checkpoint.
    let setup = Setup::new(&simulator).arg("changes").arg("/me/drive");
    let mut run = setup.arg("--since").arg(&file).start("--from start");
    let (rest, _) = run.caught_up().await;
    let stored = ended.stdout.matches("\"type\":\"checkpoint\"").count() * 200;
    assert!(stored + rest.len() >= 1001, "{stored} and {}", rest.len());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn closing_the_output_ends_the_command_quietly() {
    for words in ["watch /me/drive", "changes /me/drive --since now"] {
        let simulator = start().await;
        let mut run = Setup::new(&simulator).start(words);
        run.line().await;
        // No further line is written, which would fail.
        run.hang_up();
        run.end().await.assert_quiet(0);
        until(|| simulator.connected() == 0).await;
    }
}

/// Node gives its child processes a socket as stdout.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn closing_a_socket_as_output_ends_the_command_quietly() {
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

/// A parent that shares the pipe may have made it non-blocking.
#[cfg(unix)]
#[tokio::test]
async fn a_pipe_that_does_not_block_gets_all_lines() {
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
    // No more requests are sent once the pipe is full.
    let mut requests = 0;
    while requests != simulator.requests().len() {
        requests = simulator.requests().len();
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
