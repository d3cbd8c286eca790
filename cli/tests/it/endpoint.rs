//! `drivebell endpoint`.

use serde_json::Value;

use crate::support::{Setup, start};

#[tokio::test]
async fn the_endpoint_is_printed_without_its_url() {
    let simulator = start().await;
    let ended = Setup::new(&simulator).run("endpoint /drives/b!team").await;
    ended.assert_quiet(0);
    let line: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(line["type"], "endpoint");
    assert_eq!(line["resource"], "/drives/b!team/root");
    assert_eq!(line["host"], "127.0.0.1");
    assert!(line["id"].is_string() && line["expires_at"].is_string());
    assert!(!ended.stdout.contains("token"), "{}", ended.stdout);
}

#[tokio::test]
async fn show_secret_prints_the_url() {
    let simulator = start().await;
    let ended = Setup::new(&simulator)
        .run("endpoint /me/drive --show-secret")
        .await;
    ended.assert_quiet(0);
    let line: Value = serde_json::from_str(&ended.stdout).unwrap();
    let url = line["notification_url"].as_str().unwrap();
    assert!(url.contains("/notifications?token="), "{url}");
}

#[tokio::test]
async fn an_address_of_a_browser_is_looked_up() {
    let simulator = start().await;
    let library = "https://contoso.sharepoint.com/sites/contoso/Documents/Forms/AllItems.aspx";
    for command in [
        format!("endpoint {library}"),
        format!("changes {library} --since start"),
    ] {
        let mut running = Setup::new(&simulator).start(&command);
        let line = running.line().await;
        assert_eq!(line["resource"], "/drives/b!team/root", "{command}");
    }
    let nowhere = "https://contoso.sharepoint.com/sites/nowhere";
    let ended = Setup::new(&simulator)
        .run(&format!("endpoint {nowhere}"))
        .await;
    assert_eq!(ended.status.code(), Some(4), "{}", ended.stderr);
    assert!(ended.stderr.contains("404"), "{}", ended.stderr);
}
