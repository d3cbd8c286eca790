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
