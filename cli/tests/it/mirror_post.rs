//! `drivebell mirror --post`.
#![cfg(unix)]

use std::time::Duration;

use crate::support::{Drive, Folder, Receiver, Run, Setup, TOKEN, builder, start, start_with};

fn mirror<'a>(setup: Setup<'a>, folder: &Folder, url: &str) -> Setup<'a> {
    // Waits of a second would only make the tests longer.
    waiting(setup, folder, url, "20")
}

fn waiting<'a>(setup: Setup<'a>, folder: &Folder, url: &str, first_wait: &str) -> Setup<'a> {
    let setup = setup.arg("mirror").arg("/me/drive");
    let setup = setup.arg(folder.file("drive.db"));
    let setup = setup.arg("--first-wait").arg(first_wait);
    setup.arg("--post").arg(url)
}

async fn posted(run: &mut Run<'_>, receiver: &mut Receiver, path: &str) -> serde_json::Value {
    loop {
        let post = receiver.post().await;
        assert!(run.output().is_empty());
        let found = post
            .events()
            .into_iter()
            .find(|event| event["subject"] == path);
        if let Some(event) = found {
            return event;
        }
    }
}

#[tokio::test]
async fn each_batch_is_one_request_of_cloud_events() {
    let simulator = start().await;
    let drive = Drive::new(&simulator);
    drive.put("/Reports/plan.txt", "one").await;
    let folder = Folder::new();
    let mut receiver = Receiver::start(&[]).await;
    let url = format!("{}/hook?key=s3cr3t-of-the-hook", receiver.url());
    let run = mirror(Setup::new(&simulator), &folder, &url).start("-vv");
    let post = receiver.post().await;
    assert_eq!(post.target, "POST /hook?key=s3cr3t-of-the-hook HTTP/1.1");
    let content_type = post.header("content-type");
    assert_eq!(content_type, Some("application/cloudevents-batch+json"));
    assert_eq!(post.header("authorization"), None);
    let agent = post.header("user-agent").unwrap();
    assert!(agent.contains("drivebell-cli/"), "{agent}");
    assert!(!post.body.contains(TOKEN));
    let events = post.events();
    let event = events
        .iter()
        .find(|event| event["subject"] == "/Reports/plan.txt");
    let event = event.expect("one batch");
    let source = format!("{}/v1.0/me/drive/root", simulator.base_url());
    let sequence = event["data"]["sequence"].as_u64().unwrap();
    assert_eq!(event["specversion"], "1.0");
    assert_eq!(event["type"], "io.github.drivebell.change.created");
    assert_eq!(event["source"], source.as_str());
    assert_eq!(event["id"], format!("/me/drive/root#{sequence}").as_str());
    assert_eq!(event["datacontenttype"], "application/json");
    assert!(event["time"].as_str().unwrap().ends_with('Z'), "{event}");
    assert_eq!(event["data"]["path"], "/Reports/plan.txt");
    assert_eq!(event["data"]["item"]["name"], "plan.txt");

    let mut run = run;
    drive.rename("/Reports/plan.txt", "plans.txt").await;
    let event = posted(&mut run, &mut receiver, "/Reports/plans.txt").await;
    assert_eq!(event["type"], "io.github.drivebell.change.renamed");
    assert_eq!(event.get("time"), None, "Graph does not say when");
    assert_eq!(event["data"]["old_path"], "/Reports/plan.txt");
    let ended = stop(run).await;
    assert_eq!(ended.stdout, "");
    assert!(
        ended.stderr.contains("drivebell::webhook"),
        "{}",
        ended.stderr
    );
    assert!(
        !ended.stderr.contains("s3cr3t-of-the-hook"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn what_was_not_taken_is_sent_again_with_the_same_ids() {
    let simulator = start_with(3).await;
    let folder = Folder::new();
    let refusals = [
        "503 Service Unavailable",
        "400 Bad Request",
        // Not followed.
        "307 Temporary Redirect\r\nLocation: /elsewhere",
        // Closes the connection.
        "",
        "410 Gone",
    ];
    let mut receiver = Receiver::start(&refusals).await;
    let mut run = mirror(Setup::new(&simulator), &folder, &receiver.url()).start("");
    let first = receiver.post().await;
    assert_eq!(first.ids()[0], "/me/drive/root#1");
    for _ in refusals {
        let again = receiver.post().await;
        assert_eq!(
            (again.target, again.body),
            (first.target.clone(), first.body.clone())
        );
    }
    for problem in [
        "--post: 127.0.0.1 answered 503; the same changes again in",
        "--post: 127.0.0.1 answered 400",
        "--post: 127.0.0.1 answered 307",
        "closed the connection before its answer was complete",
        "--post: 127.0.0.1 answered 410",
    ] {
        run.logged(problem).await;
    }
    Drive::new(&simulator).put("/new.txt", "x").await;
    let event = posted(&mut run, &mut receiver, "/new.txt").await;
    assert!(!first.ids().iter().any(|id| event["id"] == id.as_str()));
    run.kill().await;
}

#[tokio::test]
async fn a_killed_mirror_sends_the_same_events_again() {
    let simulator = start_with(3).await;
    let folder = Folder::new();
    let mut receiver = Receiver::start(&["500 Oops"; 1]).await;
    let setup = waiting(Setup::new(&simulator), &folder, &receiver.url(), "60000");
    let mut run = setup.start("");
    run.logged("answered 500").await;
    run.kill().await;
    let first = receiver.post().await;
    let run = mirror(Setup::new(&simulator), &folder, &receiver.url()).start("");
    assert_eq!(receiver.post().await.ids(), first.ids());
    // The next one comes only after an answer to this one.
    Drive::new(&simulator).put("/new.txt", "x").await;
    let mut run = run;
    posted(&mut run, &mut receiver, "/new.txt").await;
    stop(run).await.assert_quiet(143);
}

#[tokio::test]
async fn a_pause_that_the_receiver_asks_for_is_respected() {
    let simulator = start_with(3).await;
    let folder = Folder::new();
    let mut receiver = Receiver::start(&["429 Slow\r\nRetry-After: 1"]).await;
    let mut run = mirror(Setup::new(&simulator), &folder, &receiver.url()).start("");
    let first = receiver.post().await;
    let second = receiver.post().await;
    assert!(second.at - first.at >= Duration::from_secs(1));
    run.logged("answered 429; the same changes again in 1.0 s")
        .await;
    // A longer one is cut, and a stop does not wait for it.
    receiver.answer(&["503 Later\r\nRetry-After: 99999999"]);
    Drive::new(&simulator).put("/new.txt", "x").await;
    run.logged("answered 503; the same changes again in 3600.0 s")
        .await;
    let ended = stop(run).await;
    assert_eq!(ended.status.code(), Some(143));
    assert!(receiver.rest().is_some() && receiver.rest().is_none());
}

#[tokio::test]
async fn a_receiver_that_is_away_is_waited_for() {
    let simulator = start_with(3).await;
    let folder = Folder::new();
    // Nothing listens there.
    let setup = mirror(Setup::new(&simulator), &folder, "http://127.0.0.1:1/");
    let mut run = setup.start("");
    run.logged("could not be reached: connection refused").await;
    run.kill().await;
}

/// The proxy gets the request; the receiver's name need not be known here.
#[tokio::test]
async fn the_environments_proxy_is_used() {
    let simulator = start_with(3).await;
    let folder = Folder::new();
    let mut proxy = Receiver::start(&[]).await;
    let setup = Setup::new(&simulator).env("http_proxy", &proxy.url());
    let setup = mirror(setup, &folder, "http://hooks.invalid/x");
    let run = setup.start("");
    let post = proxy.post().await;
    assert_eq!(post.target, "POST http://hooks.invalid/x HTTP/1.1");
    assert_eq!(post.header("authorization"), None);
    run.kill().await;
}

#[tokio::test]
async fn the_bundles_certificates_are_trusted() {
    let folder = Folder::new();
    let ca = folder.file("ca.pem");
    // Its identity service has TLS, and no path for changes.
    let builder = builder().seed("b!me", 3).identity_tls_port(0);
    let simulator = builder.identity_ca(&ca).start().await.unwrap();
    let url = format!("{}/hook", simulator.identity_url());
    let mut run = mirror(Setup::new(&simulator), &folder, &url).start("");
    run.logged("certificate").await;
    run.kill().await;
    let setup = mirror(Setup::new(&simulator), &folder, &url);
    let mut run = setup.arg("--ca-bundle").arg(&ca).start("");
    run.logged("answered 404").await;
    run.kill().await;
    let setup = mirror(Setup::new(&simulator), &folder, &url);
    let ended = setup.run("--ca-bundle /nowhere/ca.pem").await;
    ended.assert_failed(2, &["--ca-bundle"]);
}

async fn stop(run: Run<'_>) -> crate::support::Ended {
    run.signal("TERM").await;
    run.end().await
}
