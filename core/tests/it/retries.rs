//! Which failures are retried, and what a pause means for a client and its clones.
//!
//! The tests use scripted responses, which count the attempts.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use drivebell::{Client, Credential, ErrorKind, Resource, TokenRequest};

use crate::support::graph::{self, TOKEN};
use crate::support::raw_server::RawServer;
use crate::support::within;

const LONG_PAUSE: &str = "Retry-After: 600\r\n";

/// A client with the default `retry_timeout`.
fn retrying(server: &RawServer) -> Client {
    let credential = Credential::token(TOKEN).expect("a usable token");
    let builder = Client::builder(credential).base_url(server.base_url());
    builder.build().expect("usable options")
}

#[tokio::test]
async fn transient_failures_are_retried() {
    let server = RawServer::start().await;
    let client = retrying(&server);
    let serve = async {
        for status in ["429 Too Many Requests", "503 Service Unavailable"] {
            let request = server.request().await;
            request.respond(status, "Retry-After: 0\r\n", b"").await;
        }
        server
            .request()
            .await
            .respond("502 Bad Gateway", "", b"<html>")
            .await;
        // The server closes the connection without a response.
        drop(server.request().await);
        server.give_endpoint().await;
    };
    let resource = Resource::my_drive();
    let (result, ()) = within(async { tokio::join!(client.endpoint(&resource), serve) }).await;
    assert_eq!(
        result.unwrap().notification_url(),
        server.notification_url()
    );
}

#[tokio::test]
async fn a_retry_after_that_is_a_date_is_kept() {
    let server = RawServer::start().await;
    let client = retrying(&server);
    let serve = async {
        let passed = "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
        server
            .request()
            .await
            .respond("429 Slow Down", passed, b"")
            .await;
        let far = "Retry-After: Mon, 31 Dec 2125 23:59:59 GMT\r\n";
        server
            .request()
            .await
            .respond("429 Slow Down", far, b"")
            .await;
    };
    let resource = Resource::my_drive();
    let (result, ()) = within(async { tokio::join!(client.endpoint(&resource), serve) }).await;
    let hour = Duration::from_secs(60 * 60);
    assert_eq!(result.unwrap_err().retry_after(), Some(hour));
}

#[tokio::test]
async fn a_pause_stops_every_clone_of_the_client() {
    for status in ["429 Too Many Requests", "503 Service Unavailable"] {
        let server = RawServer::start().await;
        let client = retrying(&server);
        let other = client.clone();
        let serve = async {
            let request = server.request().await;
            request.respond(status, LONG_PAUSE, b"").await;
        };
        let resource = Resource::my_drive();
        let (result, ()) = within(async { tokio::join!(client.endpoint(&resource), serve) }).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Throttled, "{status}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(600)));

        let another = Resource::drive("x").unwrap();
        let error = within(async {
            tokio::select! {
                result = other.endpoint(&another) => result.unwrap_err(),
                _ = server.accept() => panic!("a request went out during the pause"),
            }
        })
        .await;
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert!(error.status().is_none(), "no response: {error:?}");
        let rest = error.retry_after().unwrap();
        assert!(rest <= Duration::from_secs(600) && rest > Duration::from_secs(500));
    }
}

#[tokio::test]
async fn a_throttled_attempt_without_a_pause_stops_no_other_call() {
    let server = RawServer::start().await;
    let client = graph::client(server.base_url());
    let serve = async {
        server
            .request()
            .await
            .respond("429 Slow Down", "", b"")
            .await;
    };
    let resource = Resource::my_drive();
    let (result, ()) = within(async { tokio::join!(client.endpoint(&resource), serve) }).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Throttled);
    let (result, ()) =
        within(async { tokio::join!(client.endpoint(&resource), server.give_endpoint()) }).await;
    result.unwrap();
}

#[tokio::test]
async fn a_claims_challenge_reaches_the_credential() {
    let server = RawServer::start().await;
    let requests: Arc<Mutex<Vec<TokenRequest>>> = Arc::default();
    let log = Arc::clone(&requests);
    let credential = Credential::from_fn(move |request| {
        log.lock().unwrap().push(request);
        async { Ok::<_, std::io::Error>("a-token") }
    });
    let builder = Client::builder(credential).base_url(server.base_url());
    let client = builder.build().unwrap();
    let serve = async {
        let challenge = "WWW-Authenticate: Bearer realm=\"\", error=\"insufficient_claims\", \
                         claims=\"eyJhY2Nlc3NfdG9rZW4iOnt9fQ==\"\r\n";
        let request = server.request().await;
        request.respond("401 Unauthorized", challenge, b"").await;
        server.give_endpoint().await;
    };
    let resource = Resource::my_drive();
    let (result, ()) = within(async { tokio::join!(client.endpoint(&resource), serve) }).await;
    result.unwrap();
    let requests = requests.lock().unwrap();
    let claims: Vec<_> = requests
        .iter()
        .map(|it| (it.refresh, it.claims.as_deref()))
        .collect();
    assert_eq!(
        claims,
        [(false, None), (true, Some(r#"{"access_token":{}}"#))]
    );
}

#[tokio::test]
async fn a_compressed_response_is_read() {
    let server = RawServer::start().await;
    let client = retrying(&server);
    let serve = async {
        let request = server.request().await;
        assert!(request.header("accept-encoding").unwrap().contains("gzip"));
        let encoding = "Content-Encoding: gzip\r\n";
        request.respond("200 OK", encoding, ZIPPED_ENDPOINT).await;
    };
    let resource = Resource::my_drive();
    let (result, ()) = within(async { tokio::join!(client.endpoint(&resource), serve) }).await;
    assert_eq!(result.unwrap().id(), Some("zipped"));
}

const ZIPPED_ENDPOINT: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\xca\x4c\x51\xb2\x52\x50\xaa\xca\x2c\x28\
        \x48\x4d\x51\xd2\x51\x50\xca\xcb\x2f\xc9\x4c\xcb\x4c\x4e\x2c\xc9\xcc\xcf\x0b\x2d\xca\x01\
        \x49\x66\x94\x94\x14\x14\x5b\xe9\xeb\x67\xe4\x17\x97\xe8\xa5\x56\x24\xe6\x16\xe4\xa4\xea\
        \x23\xab\x2b\xb6\x2f\xc9\xcf\x4e\xcd\xb3\xad\x50\xaa\x05\x00\x3f\x9d\xbd\x8b\x51\x00\x00\
        \x00";
