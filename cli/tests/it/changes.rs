//! `drivebell changes`, without a file.

use crate::support::{Setup, set_fault, start_with, upload};

#[tokio::test]
async fn since_start_prints_all_items_and_then_the_changes() {
    let simulator = start_with(25).await;
    let mut run = Setup::new(&simulator).start("changes /me/drive --since start");
    let item = run.line().await;
    assert_eq!(item["type"], "item");
    assert_eq!(item["resource"], "/me/drive/root");
    assert_eq!(item["deleted"], false);
    assert_eq!(item["id"], item["item"]["id"]);
    let checkpoint = run.line_where(|line| line["type"] == "checkpoint").await;
    assert_eq!(checkpoint["items"], 10);
    assert_eq!(checkpoint["trigger"], "start");
    assert_eq!(checkpoint["caught_up"], false);
    assert_eq!(checkpoint["snapshot"], item["snapshot"]);
    assert!(checkpoint["checkpoint"].is_string());
    let (rest, _) = run.caught_up().await;
    // The root is an item too.
    assert_eq!(rest.len(), 16);

    upload(&simulator, "new.txt").await;
    let line = run
        .line_where(|line| line["item"]["name"] == "new.txt")
        .await;
    assert_eq!(line["type"], "item");
    let (_, checkpoint) = run.caught_up().await;
    assert_ne!(checkpoint["trigger"], "start");
}

#[tokio::test]
async fn since_now_prints_only_the_changes() {
    let simulator = start_with(25).await;
    let mut run = Setup::new(&simulator).start("changes /me/drive --since now --page-size 5");
    let (names, _) = run.caught_up().await;
    assert!(names.is_empty(), "{names:?}");
    upload(&simulator, "new.txt").await;
    run.line_where(|line| line["item"]["name"] == "new.txt")
        .await;
}

#[tokio::test]
async fn a_name_that_acts_on_the_terminal_is_escaped() {
    let simulator = start_with(1).await;
    // A right-to-left override: the end of the name looks like `.jpg`.
    upload(&simulator, "a%E2%80%AEgpj.exe").await;
    let mut run = Setup::new(&simulator).start("changes /me/drive --since start");
    let (names, _) = run.caught_up().await;
    assert!(
        names.contains(&"a\u{202e}gpj.exe".to_owned()),
        "unchanged for programs: {names:?}"
    );
    assert!(run.output().contains(r"a\u202egpj.exe"));
    assert!(run.output().chars().all(|c| c != '\u{202e}'));
    run.kill().await;
}

#[tokio::test]
async fn an_outage_is_told_on_stderr() {
    let simulator = start_with(3).await;
    let mut run = Setup::new(&simulator).start("changes /me/drive --since start");
    run.caught_up().await;
    set_fault(&simulator, "answer=503,on=delta,times=1");
    upload(&simulator, "new.txt").await;
    run.logged("query_failed").await;
    run.line_where(|line| line["item"]["name"] == "new.txt")
        .await;
    run.kill().await;
}
