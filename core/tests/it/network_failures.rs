//! The network fails: the error says why, at which host and port, and what to do, for people and for
//! programs.

use drivebell::{Error, ErrorKind, NetworkFailure, Resource};

use crate::support::graph::{builder, client};
use crate::support::raw_server::RawServer;
use crate::support::session::subscribe_error;
use crate::support::within;

async fn endpoint_error(base_url: String) -> Error {
    let client = client(base_url);
    let error = within(client.endpoint(&Resource::my_drive())).await;
    error.unwrap_err()
}

fn assert_failed(error: &Error, failure: NetworkFailure, authority: &str, says: &[&str]) {
    let text = error.to_string();
    assert_eq!(error.kind(), ErrorKind::ConnectionFailed, "{text}");
    assert_eq!(error.network_failure(), Some(failure), "{text}");
    assert_eq!(error.reason_name(), Some(failure.as_str()));
    let peer = format!("{}:{}", error.host().unwrap(), error.port().unwrap());
    assert_eq!(peer, authority, "{text}");
    assert!(text.contains(authority), "{text}");
    assert!(says.iter().all(|says| text.contains(says)), "{text}");
    assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
}

/// An address at which nothing listens.
async fn closed_port() -> RawServerAddress {
    let server = RawServer::start().await;
    RawServerAddress {
        authority: server.authority(),
        notification_url: server.notification_url(),
    }
}

struct RawServerAddress {
    authority: String,
    notification_url: String,
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let closed = closed_port().await;
    let rest = endpoint_error(format!("http://{}", closed.authority)).await;
    let graph = RawServer::start().await;
    let serve = graph.give_url(&closed.notification_url);
    let socket = subscribe_error(builder(graph.base_url()), serve).await;
    for error in [rest, socket] {
        let says = ["could not be reached: connection refused; check the address"];
        let refused = NetworkFailure::ConnectionRefused;
        assert_failed(&error, refused, &closed.authority, &says);
    }
}

#[tokio::test]
async fn a_name_without_an_address_is_not_found() {
    let rest = endpoint_error("https://graph.invalid:8443".to_owned()).await;
    let graph = RawServer::start().await;
    let serve = graph.give_url("https://graph.invalid:8443/n?token=s3cr3t-s3cr3t");
    let socket = subscribe_error(builder(graph.base_url()), serve).await;
    for error in [rest, socket] {
        let says = ["could not be resolved: host not found (", "check the name"];
        let missing = NetworkFailure::HostNotFound;
        assert_failed(&error, missing, "graph.invalid:8443", &says);
    }
}

#[tokio::test]
async fn a_connection_that_ends_before_the_answer_was_closed_or_reset() {
    let closing = RawServer::start().await;
    let resetting = RawServer::start().await;
    for (server, failure) in [
        (&closing, NetworkFailure::ConnectionClosed),
        (&resetting, NetworkFailure::ConnectionReset),
    ] {
        let serve_once = async {
            let request = server.request().await;
            if failure == NetworkFailure::ConnectionReset {
                // Closing such a socket sends RST instead of FIN.
                request.stream.set_zero_linger().unwrap();
            }
        };
        let both = async { tokio::join!(endpoint_error(server.base_url()), serve_once) };
        let (rest, ()) = within(Box::pin(both)).await;
        let graph = RawServer::start().await;
        let serve = async {
            graph.give_url(&server.notification_url()).await;
            let request = server.request().await;
            if failure == NetworkFailure::ConnectionReset {
                request.stream.set_zero_linger().unwrap();
            }
        };
        let socket = subscribe_error(builder(graph.base_url()), serve).await;
        for error in [rest, socket] {
            let says = ["closed the connection before its answer was complete"];
            assert_failed(&error, failure, &server.authority(), &says);
        }
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named_and_not_the_service() {
    let closed = closed_port().await;
    let proxy = format!("http://user:s3cr3t@{}", closed.authority);
    let client = builder("https://graph.invalid").proxy(proxy);
    let client = client.build().unwrap();
    let error = within(client.endpoint(&Resource::my_drive())).await;
    let says = ["the proxy 127.0.0.1:", "connection refused"];
    let refused = NetworkFailure::ConnectionRefused;
    assert_failed(&error.unwrap_err(), refused, &closed.authority, &says);
}

#[tokio::test]
async fn a_proxy_that_opens_no_tunnel_is_named_with_its_answer() {
    for (status, says) in [
        (
            "407 Proxy Authentication Required",
            "proxy authorization required",
        ),
        ("403 Forbidden", "unsuccessful"),
    ] {
        let proxy = RawServer::start().await;
        let client = builder("https://graph.invalid")
            .proxy(format!("http://user:s3cr3t@{}", proxy.authority()))
            .build()
            .unwrap();
        let resource = Resource::my_drive();
        let serve = async { proxy.request().await.respond(status, "", b"").await };
        let both = async { tokio::join!(client.endpoint(&resource), serve) };
        let (result, ()) = within(both).await;
        let says = ["did not connect to graph.invalid:443", says];
        let refused = NetworkFailure::ProxyRefused;
        assert_failed(&result.unwrap_err(), refused, &proxy.authority(), &says);
    }
}
