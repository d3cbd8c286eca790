//! Errors of Graph, and responses that do not look like Graph's.
//!
//! The tests use scripted responses: the test servers do not send all of these.

use std::time::Duration;

use drivebell::{ErrorKind, Resource};
use tokio::net::TcpStream;

use crate::support::graph::{builder, client, request_endpoint};
use crate::support::raw_server::{RawServer, Request};
use crate::support::within;

/// The tests of timeouts reach this limit. No other request comes near it.
const LIMIT: Duration = Duration::from_secs(1);

struct Refusal {
    status: &'static str,
    headers: &'static str,
    body: &'static str,
    kind: ErrorKind,
    code: Option<&'static str>,
    retryable: bool,
    retry_after: Option<u64>,
    says: &'static str,
}

const REFUSALS: [Refusal; 15] = [
    Refusal {
        status: "401 Unauthorized",
        headers: "WWW-Authenticate: Bearer realm=\"\", error=\"insufficient_claims\", claims=\"e30=\"\r\n",
        body: r#"{"error":{"code":"InvalidAuthenticationToken","message":"expired"}}"#,
        kind: ErrorKind::Authentication,
        code: Some("InvalidAuthenticationToken"),
        retryable: false,
        retry_after: None,
        says: "get a new one",
    },
    Refusal {
        status: "403 Forbidden",
        headers: "",
        body: r#"{"error":{"code":"accessDenied","message":"no"}}"#,
        kind: ErrorKind::AccessDenied,
        code: Some("accessDenied"),
        retryable: false,
        retry_after: None,
        says: "Files.Read",
    },
    Refusal {
        status: "404 Not Found",
        headers: "",
        body: r#"{"error":{"code":"itemNotFound","message":"no"}}"#,
        kind: ErrorKind::NotFound,
        code: Some("itemNotFound"),
        retryable: false,
        retry_after: None,
        says: "check the id",
    },
    // As logged by rclone #7317.
    Refusal {
        status: "429 Too Many Requests",
        headers: "Retry-After: 15\r\n",
        body: r#"{"error":{"code":"activityLimitReached","message":"slow down","innerError":{"code":"throttledRequest","innerError":{"code":"quota"},"date":"2023-09-22"}}}"#,
        kind: ErrorKind::Throttled,
        code: Some("activityLimitReached"),
        retryable: true,
        retry_after: Some(15),
        says: "retry in 15 s",
    },
    Refusal {
        status: "429 Too Many Requests",
        headers: "",
        body: "",
        kind: ErrorKind::Throttled,
        code: None,
        retryable: true,
        retry_after: None,
        says: "overloaded",
    },
    Refusal {
        status: "503 Service Unavailable",
        headers: "Retry-After: 3\r\n",
        body: r#"{"error":{"code":"serviceNotAvailable","message":""}}"#,
        kind: ErrorKind::Throttled,
        code: Some("serviceNotAvailable"),
        retryable: true,
        retry_after: Some(3),
        says: "retry in 3 s",
    },
    Refusal {
        status: "503 Service Unavailable",
        headers: "",
        body: "<!DOCTYPE html><html><body>gateway</body></html>",
        kind: ErrorKind::Graph,
        code: None,
        retryable: true,
        retry_after: None,
        says: "retry later",
    },
    // An unreadable Retry-After is ignored. The rest of the response is reported.
    Refusal {
        status: "429 Too Many Requests",
        headers: "Retry-After: -1\r\n",
        body: "",
        kind: ErrorKind::Throttled,
        code: None,
        retryable: true,
        retry_after: None,
        says: "overloaded",
    },
    Refusal {
        status: "429 Too Many Requests",
        headers: "Retry-After: 18446744073709551615\r\n",
        body: "",
        kind: ErrorKind::Throttled,
        code: None,
        retryable: true,
        retry_after: Some(3600),
        says: "retry in 3600 s",
    },
    // It was observed to be temporary: abraunegg/onedrive #3802.
    Refusal {
        status: "400 Bad Request",
        headers: "",
        body: r#"{"error":{"code":"notSupported","message":"Operation not supported"}}"#,
        kind: ErrorKind::Graph,
        code: Some("notSupported"),
        retryable: true,
        retry_after: None,
        says: "it may pass",
    },
    Refusal {
        status: "423 Locked",
        headers: "",
        body: r#"{"error":{"code":"notAllowed","message":"locked"}}"#,
        kind: ErrorKind::Graph,
        code: Some("notAllowed"),
        retryable: true,
        retry_after: None,
        says: "locked",
    },
    Refusal {
        status: "500 Internal Server Error",
        headers: "",
        body: "not json",
        kind: ErrorKind::Graph,
        code: None,
        retryable: true,
        retry_after: None,
        says: "try again later",
    },
    Refusal {
        status: "504 Gateway Timeout",
        headers: "",
        body: r#"{"error":"a string"}"#,
        kind: ErrorKind::Graph,
        code: None,
        retryable: true,
        retry_after: None,
        says: "try again later",
    },
    // A success, but not the requested one.
    Refusal {
        status: "202 Accepted",
        headers: "",
        body: "",
        kind: ErrorKind::Graph,
        code: None,
        retryable: true,
        retry_after: None,
        says: "HTTP 202",
    },
    Refusal {
        status: "304 Not Modified",
        headers: "",
        body: "",
        kind: ErrorKind::Graph,
        code: None,
        retryable: true,
        retry_after: None,
        says: "HTTP 304",
    },
];

#[tokio::test]
async fn each_error_of_graph_has_all_its_parts() {
    for refusal in REFUSALS {
        let server = RawServer::start().await;
        let headers = format!("request-id: r-42\r\n{}", refusal.headers);
        let (result, id) = request_endpoint(&server, async |request| {
            let body = refusal.body.as_bytes();
            request.respond(refusal.status, &headers, body).await;
        })
        .await;
        let error = result.unwrap_err();
        let status = refusal.status;
        assert_eq!(error.kind(), refusal.kind, "{status}");
        assert_eq!(error.status(), status[..3].parse().ok(), "{status}");
        assert_eq!(error.code(), refusal.code, "{status}");
        assert_eq!(error.retryable(), refusal.retryable, "{status}");
        let pause = refusal.retry_after.map(Duration::from_secs);
        assert_eq!(error.retry_after(), pause, "{status}");
        assert_eq!(error.request_id(), Some("r-42"), "{status}");
        assert_eq!(error.client_request_id(), id.as_deref(), "{status}");
        assert!(id.is_some());
        assert!(error.to_string().contains(refusal.says), "{error}");
        assert!(error.reason().is_none());
    }
}

#[tokio::test]
async fn without_the_header_the_request_id_comes_from_the_body() {
    let server = RawServer::start().await;
    let body = br#"{"error":{"code":"x","message":"y","innerError":{"request-id":"r-7"}}}"#;
    let (result, _) = request_endpoint(&server, async |request| {
        request.respond("500 Oops", "", body).await;
    })
    .await;
    assert_eq!(result.unwrap_err().request_id(), Some("r-7"));
}

#[tokio::test]
async fn a_very_long_code_is_cut() {
    let server = RawServer::start().await;
    let long = "x".repeat(100_000);
    let body = format!(r#"{{"error":{{"code":"{long}","message":"{long}"}}}}"#);
    let headers = format!("request-id: {}\r\n", &long[..5000]);
    let (result, _) = request_endpoint(&server, async |request| {
        request
            .respond("400 Bad Request", &headers, body.as_bytes())
            .await;
    })
    .await;
    let error = result.unwrap_err();
    assert!(
        error.to_string().len() < 2000,
        "{}",
        error.to_string().len()
    );
    assert!(format!("{error:?}").len() < 4000);
}

#[tokio::test]
async fn responses_of_the_wrong_shape_are_protocol_errors_with_the_request_id() {
    for body in [
        "",
        "<html>login</html>",
        "null",
        "[]",
        "{}",
        r#"{"notificationUrl":null}"#,
        r#"{"notificationUrl":{"url":"https://x/n"}}"#,
        r#"{"notificationUrl":"/notifications?token=x"}"#,
        r#"{"notificationUrl":"http://elsewhere.example/n?token=x"}"#,
        r#"{"notificationUrl":"https://host/n?token=x""#,
        "\u{0}",
    ] {
        let server = RawServer::start().await;
        let (result, id) = request_endpoint(&server, async |request| {
            let headers = "request-id: r-42\r\n";
            request.respond("200 OK", headers, body.as_bytes()).await;
        })
        .await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{body}");
        assert_eq!(error.client_request_id(), id.as_deref(), "{body}");
        assert_eq!(error.request_id(), Some("r-42"), "{body}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for status in [
        "301 Moved",
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let (server, target) = (RawServer::start().await, RawServer::start().await);
        let headers = format!("Location: {}/v1.0/elsewhere\r\n", target.base_url());
        let (result, _) = request_endpoint(&server, async |request| {
            request.respond(status, &headers, b"").await;
        })
        .await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Graph);
        assert_eq!(error.status(), status[..3].parse().ok());
        assert!(error.to_string().contains("redirect"), "{error}");
        assert_untouched(&target).await;
    }
}

/// Connections are accepted in order: if ours comes first, there was no other.
async fn assert_untouched(server: &RawServer) {
    let ours = TcpStream::connect(server.authority()).await;
    let ours = ours.expect("a connection");
    let first = within(server.accept()).await;
    assert_eq!(first.peer_addr().ok(), ours.local_addr().ok());
}

#[tokio::test]
async fn a_refused_connection_is_a_failed_connection() {
    let server = RawServer::start().await;
    let base_url = server.base_url();
    drop(server);
    let client = client(base_url);
    let error = within(client.endpoint(&Resource::my_drive()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionFailed);
    assert!(error.retryable());
    assert!(
        error.to_string().contains("could not be reached"),
        "{error}"
    );
    assert!(error.client_request_id().is_some());
    assert!(error.cause().is_some());
}

#[tokio::test]
async fn a_server_that_never_responds_times_out() {
    for sent in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"] {
        let server = RawServer::start().await;
        let client = builder(server.base_url()).request_timeout(LIMIT);
        let client = client.build().unwrap();
        let serve = async {
            let mut request = server.request().await;
            request.send_raw(sent.as_bytes()).await;
            request
        };
        let resource = Resource::my_drive();
        let both = async { tokio::join!(client.endpoint(&resource), serve) };
        let (result, request) = within(both).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
        assert!(error.retryable());
        assert_eq!(
            error.client_request_id(),
            request.header("client-request-id")
        );
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_or_does_not_speak_http_is_a_failed_connection() {
    for sent in [
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{",
        "SSH-2.0-x\r\n\r\n",
    ] {
        let server = RawServer::start().await;
        let (result, _) = request_endpoint(&server, async |mut request: Request| {
            request.send_raw(sent.as_bytes()).await;
        })
        .await;
        let error = result.unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::ConnectionFailed,
            "{sent}: {error:?}"
        );
        assert!(error.retryable());
    }
}
