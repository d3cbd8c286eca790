//! `drivebell watch`.

use crate::support::{Setup, set_fault, start};

#[tokio::test]
async fn each_event_is_one_line() {
    let simulator = start().await;
    let mut run = Setup::new(&simulator).start("watch /me/drive");

    let line = run.line().await;
    assert_eq!(line["type"], "lifecycle");
    assert_eq!(line["event"], "connected");
    assert_eq!(line["resource"], "/me/drive/root");
    assert_eq!(line["coalesced"], 0);
    let line = run.line().await;
    assert_eq!(line["type"], "notification");
    assert_eq!(line["kind"], "resync");
    assert_eq!(line["payload"], serde_json::Value::Null);

    simulator.notify("b!me", 1).unwrap();
    let line = run.line().await;
    assert_eq!(line["type"], "notification");
    assert_eq!(line["kind"], "changed");
    assert!(line["payload"]["subscriptionId"].is_string(), "{line}");
    assert!(
        line["received_at"].as_str().unwrap().ends_with('Z'),
        "{line}"
    );
}

#[tokio::test]
async fn a_lost_connection_is_printed_with_its_reason_and_a_resync() {
    let simulator = start().await;
    let mut run = Setup::new(&simulator).start("watch /me/drive");
    run.line_where(|line| line["kind"] == "resync").await;
    set_fault(&simulator, "close=1011,when=now");

    let line = run.line().await;
    assert_eq!(line["event"], "disconnected");
    assert_eq!(line["reason"], "websocket_close");
    assert!(line["message"].as_str().unwrap().contains("1011"), "{line}");
    assert_eq!(
        line["help_url"],
        "https://drivebell.github.io/drivebell/events/websocket-close/"
    );
    assert!(line["retry_in"].is_number(), "{line}");
    assert_eq!(run.line().await["event"], "connected");
    assert_eq!(run.line().await["kind"], "resync");
}

#[tokio::test]
async fn many_resources_are_labelled_and_a_refused_one_leaves_the_others() {
    let simulator = start().await;
    let setup = Setup::new(&simulator);
    let mut run = setup.start("watch /me/drive drives/b!team /drives/none /me/drive");
    let mut connected = Vec::new();
    let mut refused = 0;
    while connected.len() < 2 || refused == 0 {
        let line = run.line().await;
        if line["event"] == "connected" {
            connected.push(line["resource"].as_str().unwrap().to_owned());
        }
        if line["type"] == "error" {
            refused += 1;
            assert_eq!(line["resource"], "/drives/none/root");
            assert_eq!(line["error"]["kind"], "not_found");
            assert_eq!(line["error"]["status"], 404);
            let page = "https://drivebell.github.io/drivebell/errors/not-found/";
            assert_eq!(line["error"]["help_url"], page);
            assert!(
                !line["error"]["message"].to_string().contains(page),
                "{line}"
            );
        }
    }
    connected.sort();
    assert_eq!(connected, ["/drives/b!team/root", "/me/drive/root"]);

    simulator.notify("b!team", 1).unwrap();
    let line = run.line_where(|line| line["kind"] == "changed").await;
    assert_eq!(line["resource"], "/drives/b!team/root");
}

#[tokio::test]
async fn the_command_ends_if_every_resource_is_refused() {
    let simulator = start().await;
    let ended = Setup::new(&simulator).run("watch /drives/none").await;
    ended.assert_failed(
        4,
        &["/drives/none/root", "404", "check the id", "request-id"],
    );
    assert!(ended.stdout.contains("\"type\":\"error\""), "{ended:?}");
}

#[tokio::test]
async fn the_log_shows_no_secret() {
    let simulator = start().await;
    let mut run = Setup::new(&simulator).start("-vv watch /me/drive");
    run.line_where(|line| line["kind"] == "resync").await;
    // Closed before the next line is printed.
    run.hang_up();
    simulator.notify("b!me", 1).unwrap();
    let ended = run.end().await;
    assert_eq!(ended.status.code(), Some(0));
    assert!(ended.stderr.contains("got an endpoint"), "{}", ended.stderr);
}
