//! The links of a delta query: which of them may get the token.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use drivebell::{ChangesOptions, ErrorKind, Resource, Since};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::support::graph::client;
use crate::support::raw_server::RawServer;
use crate::support::within;

/// The error of a stream whose delta query gets this response.
async fn error_of(response: impl Fn(&RawServer) -> Value) -> drivebell::Error {
    let server = RawServer::start().await;
    let mut options = ChangesOptions::default();
    options.live_timeout = Duration::from_millis(50);
    let resource = Resource::my_drive();
    let client = client(server.base_url());
    let mut changes = client
        .changes_with(&resource, &Since::Start, &options)
        .unwrap();
    let serve = async {
        loop {
            let request = server.request().await;
            if request.target.contains("/delta") {
                assert!(request.target.starts_with("/v1.0/me/drive/root/delta"));
                request
                    .respond("200 OK", "", response(&server).to_string().as_bytes())
                    .await;
            } else {
                request.respond("503 Service Unavailable", "", b"").await;
            }
        }
    };
    within(async {
        tokio::select! {
            () = serve => unreachable!(),
            error = async {
                loop {
                    if let Err(error) = changes.next().await.expect("an error before the end") {
                        assert!(changes.next().await.is_none());
                        changes.close().await;
                        return error;
                    }
                }
            } => error,
        }
    })
    .await
}

#[tokio::test]
async fn links_away_from_graph_or_in_a_circle_or_none_are_errors() {
    let elsewhere = error_of(
        |_| json!({"value": [], "@odata.nextLink": "http://127.0.0.1:1/v1.0/me/drive/root/delta?token=x"}),
    );
    // Its user would become a second header `Authorization`.
    let named = error_of(|server| {
        let link = format!("http://u:p@{}/v1.0/me/drive/root/delta", server.authority());
        json!({"value": [], "@odata.deltaLink": link})
    });
    let other = error_of(|server| {
        let link = format!("{}/v1.0/me/messages", server.base_url());
        json!({"value": [], "@odata.nextLink": link})
    });
    let nowhere = error_of(|_| json!({"value": []}));
    let circle = error_of(|server| {
        let link = format!("{}/v1.0/me/drive/root/delta?token=x", server.base_url());
        json!({"value": [], "@odata.nextLink": link})
    });
    for (error, words) in [
        (elsewhere.await, "does not lead to Microsoft Graph"),
        (named.await, "contains a user name or password"),
        (other.await, "is not a link of a delta query"),
        (nowhere.await, "neither nextLink nor deltaLink"),
        (circle.await, "circle"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_forged_checkpoint_sends_no_request() {
    let server = RawServer::start().await;
    let client = client(server.base_url());
    for (link, problem) in [
        (format!("{}/v1.0/me/messages", server.base_url()), "delta"),
        (
            "https://graph.microsoft.com/v1.0/me/drive/root/delta".to_owned(),
            "does not lead",
        ),
        (
            format!("http://u:p@{}/v1.0/me/drive/root/delta", server.authority()),
            "user name",
        ),
    ] {
        let content = json!({"resource": "/me/drive/root", "link": link, "snapshot": null});
        let text = BASE64URL_NOPAD.encode(content.to_string().as_bytes());
        let since = Since::Checkpoint(format!("drivebell1.{text}"));
        let error = client.changes(&Resource::my_drive(), &since).unwrap_err();
        assert_eq!(error.argument(), Some("since"), "{error}");
        assert!(error.to_string().contains(problem), "{error}");
        assert!(!error.to_string().contains("u:p"), "{error}");
    }
    // The first request is the next one that is allowed.
    let resource = Resource::my_drive();
    let (endpoint, ()) =
        within(async { tokio::join!(client.endpoint(&resource), server.give_endpoint()) }).await;
    endpoint.unwrap();
}
