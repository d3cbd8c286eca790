//! Responses to the upgrade from a gateway in front of the Engine.IO server.
//!
//! The tests use scripted responses, because the test servers have no gateway.

use std::time::Duration;

use drivebell::ErrorKind;
use tokio::net::TcpStream;

use crate::support::graph::builder;
use crate::support::raw_server::RawServer;
use crate::support::session::subscribe_error;
use crate::support::within;

#[tokio::test]
async fn a_gateway_without_its_service_is_reported_with_its_status() {
    for (status, headers, pause) in [
        ("502 Bad Gateway", "", None),
        ("502 Bad Gateway", "Retry-After: 7\r\n", Some(7)),
        ("504 Gateway Timeout", "", None),
    ] {
        let server = RawServer::start().await;
        let error = subscribe_error(builder(server.base_url()), async {
            server.give_endpoint().await;
            let request = server.request().await;
            let page = b"<!DOCTYPE html><html><body>Bad gateway</body></html>";
            request.respond(status, headers, page).await;
        })
        .await;
        assert_eq!(error.kind(), ErrorKind::ConnectionFailed, "{status}");
        assert_eq!(error.status(), status[..3].parse().ok());
        assert!(error.retryable(), "it may be temporary");
        assert_eq!(error.retry_after(), pause.map(Duration::from_secs));
        assert!(!error.to_string().contains("html"), "{error}");
    }
}

/// It would carry the token of the notification URL to another server.
#[tokio::test]
async fn a_redirect_of_the_upgrade_is_not_followed() {
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let (server, target) = (RawServer::start().await, RawServer::start().await);
        let headers = format!("Location: {}/socket.io/\r\n", target.base_url());
        let error = subscribe_error(builder(server.base_url()), async {
            server.give_endpoint().await;
            server.request().await.respond(status, &headers, b"").await;
        })
        .await;
        assert_eq!(error.kind(), ErrorKind::Protocol, "{status}");
        assert_eq!(error.status(), status[..3].parse().ok());
        assert!(error.retryable(), "another endpoint may work");
        // Connections are accepted in order: if ours comes first, there was no other.
        let ours = TcpStream::connect(target.authority()).await.unwrap();
        let first = within(target.accept()).await;
        assert_eq!(first.peer_addr().ok(), ours.local_addr().ok());
    }
}
