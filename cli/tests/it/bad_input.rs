//! What cannot be, and what Graph refuses.

use drivebell_simulator::Simulator;

use crate::support::{Setup, TOKEN, start, suffer};

#[tokio::test]
async fn a_wrong_command_line_is_explained_and_asks_nothing() {
    let simulator = start().await;
    for (words, told) in [
        ("", "Usage"),
        ("listen /me/drive", "listen"),
        ("watch", "RESOURCE"),
        ("watch /me/files", "/drives/ID"),
        ("watch /drives/a%2Fb", "contains '/'"),
        ("changes /me/drive", "--since"),
        ("changes /me/drive --since now --from now", "--from"),
        ("changes /x/subscriptions/socketIo --since now", "delta"),
        ("changes /me/drive --since now --page-size 0", "--page-size"),
        ("watch /me/drive --token=bearer-s3cr3t", "--token"),
        ("watch /me/drive --cloud moon", "us-gov-l4"),
        ("watch /me/drive --proxy nonsense", "--proxy"),
        ("watch /me/drive --ca-bundle /nowhere/ca.pem", "--ca-bundle"),
        ("watch /me/drive --token-timeout 0", "--token-timeout"),
        (
            "watch /me/drive --token-file a --token-command b",
            "--token-command",
        ),
    ] {
        let ended = Setup::new(&simulator).run(words).await;
        ended.assert_failed(2, &[told]);
        assert_eq!(ended.stdout, "", "{words}");
    }
    assert!(simulator.requests().is_empty());
}

#[tokio::test]
async fn the_token_goes_to_no_address_in_the_clear() {
    let simulator = start().await;
    let setup = Setup::bare(&simulator).env("DRIVEBELL_TOKEN", TOKEN);
    let ended = setup.run("endpoint /me/drive --base-url http://graph.microsoft.com");
    ended.await.assert_failed(2, &["--base-url"]);
}

#[tokio::test]
async fn help_says_what_everything_means() {
    let simulator = start().await;
    for words in [
        "--help",
        "watch --help",
        "changes --help",
        "endpoint --help",
        "doctor --help",
    ] {
        let ended = Setup::without_token(&simulator).run(words).await;
        ended.assert_quiet(0);
        for told in [
            "/sites/ID/lists/ID/drive",
            "DRIVEBELL_TOKEN",
            "Exit codes",
            "143",
        ] {
            assert!(ended.stdout.contains(told), "{words}: no {told}");
        }
    }
}

#[tokio::test]
async fn what_graph_refuses_has_a_code_by_its_kind() {
    for (fault, code, told) in [
        ("answer=401,on=graph", 3, "401"),
        ("answer=403,on=graph", 4, "Files.Read"),
        ("answer=404,on=graph", 4, "check the id"),
        ("answer=400,on=graph", 6, "notSupported"),
    ] {
        let simulator = start().await;
        suffer(&simulator, fault);
        refused(&simulator, "endpoint /me/drive", code, told).await;
        if code != 6 {
            refused(&simulator, "watch /me/drive", code, told).await;
            refused(&simulator, "changes /me/drive --since now", code, told).await;
        }
    }
}

async fn refused(simulator: &Simulator, words: &str, code: i32, told: &str) {
    let ended = Setup::new(simulator).run(words).await;
    ended.assert_failed(code, &["drivebell: ", told, "client-request-id: "]);
}
