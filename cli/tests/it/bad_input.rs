//! Invalid command lines, and errors of Graph.

use drivebell_simulator::Simulator;
use futures_util::future::join_all;

use crate::support::{Setup, TOKEN, set_fault, start};

#[tokio::test]
async fn a_wrong_command_line_is_explained_and_sends_no_request() {
    let simulator = start().await;
    for (words, expected) in [
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
        ended.assert_failed(2, &[expected]);
        assert_eq!(ended.stdout, "", "{words}");
    }
    assert!(simulator.requests().is_empty());
}

#[tokio::test]
async fn the_token_is_not_sent_over_plain_http() {
    let simulator = start().await;
    let setup = Setup::bare(&simulator).env("DRIVEBELL_TOKEN", TOKEN);
    let ended = setup.run("endpoint /me/drive --base-url http://graph.microsoft.com");
    ended.await.assert_failed(2, &["--base-url"]);
}

#[tokio::test]
async fn help_lists_resources_token_sources_and_exit_codes() {
    let simulator = start().await;
    for words in [
        "--help",
        "watch --help",
        "changes --help",
        "mirror --help",
        "endpoint --help",
        "doctor --help",
    ] {
        let ended = Setup::without_token(&simulator).run(words).await;
        ended.assert_quiet(0);
        for expected in [
            "/sites/ID/lists/ID/drive",
            "DRIVEBELL_TOKEN",
            "Exit codes",
            "143",
        ] {
            assert!(ended.stdout.contains(expected), "{words}: no {expected}");
        }
    }
}

#[tokio::test]
async fn errors_of_graph_have_exit_codes_by_kind() {
    let mut cases = Vec::new();
    for (fault, code, expected) in [
        ("answer=401,on=graph", 3, "401"),
        ("answer=403,on=graph", 4, "Files.Read"),
        ("answer=404,on=graph", 4, "check the id"),
        ("answer=400,on=graph", 6, "notSupported"),
    ] {
        let commands: &[&str] = match code {
            6 => &["endpoint /me/drive"],
            _ => &[
                "endpoint /me/drive",
                "watch /me/drive",
                "changes /me/drive --since now",
            ],
        };
        cases.extend(commands.iter().map(|words| async move {
            let simulator = start().await;
            set_fault(&simulator, fault);
            assert_fails(&simulator, words, code, expected).await;
        }));
    }
    // Together, because a first refusal takes five seconds.
    join_all(cases).await;
}

async fn assert_fails(simulator: &Simulator, words: &str, code: i32, expected: &str) {
    let ended = Setup::new(simulator).run(words).await;
    ended.assert_failed(code, &["drivebell: ", expected, "client-request-id: "]);
}
