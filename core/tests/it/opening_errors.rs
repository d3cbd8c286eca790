//! Graph issued an endpoint, but the connection to it fails before it is live.
//!
//! The tests use scripted bytes, because both test servers accept every proper client.

use std::time::Duration;

use drivebell::{ErrorKind, Resource};
use tokio::io::AsyncWriteExt;

use crate::support::graph::{NAMESPACE, builder};
use crate::support::raw_server::{RawServer, accept_key, switching_protocols};
use crate::support::raw_socket::{self, CLOSE, FIN, RawSocket, frame, text_frame};
use crate::support::session::{connect, next_notification, subscribe_error};
use crate::support::within;

/// The tests of timeouts reach this limit. No other request comes near it.
const LIMIT: Duration = Duration::from_secs(1);

/// For a step in which the server does nothing.
const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn a_refused_upgrade_has_its_status_and_engine_io_error() {
    for (status, headers, body, kind, says) in [
        (
            "400 Bad Request",
            "",
            r#"{"code":3,"message":"Bad request"}"#,
            ErrorKind::ConnectionFailed,
            "Engine.IO error 3: Bad request",
        ),
        (
            "403 Forbidden",
            "",
            r#"{"code":4,"message":"Forbidden"}"#,
            ErrorKind::ConnectionFailed,
            "Engine.IO error 4: Forbidden",
        ),
        (
            "401 Unauthorized",
            "",
            "",
            ErrorKind::ConnectionFailed,
            "HTTP 401",
        ),
        (
            "404 Not Found",
            "",
            "<html>",
            ErrorKind::ConnectionFailed,
            "HTTP 404",
        ),
        (
            "429 Too Many Requests",
            "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n",
            "",
            ErrorKind::ConnectionFailed,
            "HTTP 429",
        ),
        (
            "503 Service Unavailable",
            "Retry-After: 7\r\n",
            "[]",
            ErrorKind::ConnectionFailed,
            "HTTP 503",
        ),
        ("200 OK", "", "0{}", ErrorKind::Protocol, "HTTP 200"),
        (
            "302 Found",
            "Location: http://127.0.0.1:9/\r\n",
            "",
            ErrorKind::Protocol,
            "HTTP 302",
        ),
    ] {
        let server = RawServer::start().await;
        let error = subscribe_error(builder(server.base_url()), async {
            server.give_endpoint().await;
            let request = server.request().await;
            request.respond(status, headers, body.as_bytes()).await;
        })
        .await;
        assert_eq!(error.kind(), kind, "{status}");
        assert_eq!(error.status(), status[..3].parse().ok());
        assert!(error.to_string().contains(says), "{error}");
        assert!(error.retryable(), "{status}: another endpoint may work");
        let pause = match headers.strip_prefix("Retry-After: ") {
            Some("7\r\n") => Some(Duration::from_secs(7)),
            // The default of `max_retry_after`.
            Some(_) => Some(Duration::from_secs(3600)),
            None => None,
        };
        assert_eq!(error.retry_after(), pause);
        assert!(error.reason().is_none(), "it was never live");
    }
}

#[tokio::test]
async fn the_body_of_a_refused_upgrade_is_read_within_bounds() {
    let server = RawServer::start().await;
    let limited = builder(server.base_url()).connect_timeout(LIMIT);
    let error = subscribe_error(limited, async {
        server.give_endpoint().await;
        let mut request = server.request().await;
        let head = "HTTP/1.1 403 Forbidden\r\nContent-Length: 10\r\n\r\n{";
        request.send_raw(head.as_bytes()).await;
        request
    })
    .await;
    assert_eq!(error.status(), Some(403));

    let server = RawServer::start().await;
    let long = format!(r#"{{"code":4,"message":"{}"}}"#, "x".repeat(1_000_000));
    let error = subscribe_error(builder(server.base_url()), async {
        server.give_endpoint().await;
        let mut request = server.request().await;
        let head = format!("HTTP/1.1 403 No\r\nContent-Length: {}\r\n\r\n", long.len());
        request.send_raw(head.as_bytes()).await;
        // The client may close the connection in the middle of the body.
        let _ = request.stream.write_all(long.as_bytes()).await;
    })
    .await;
    assert_eq!(error.status(), Some(403));
    assert!(error.to_string().len() < 1000);
}

#[tokio::test]
async fn an_upgrade_without_the_right_accept_key_is_refused() {
    for response in [
        switching_protocols("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        switching_protocols(""),
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
            .to_owned(),
    ] {
        let server = RawServer::start().await;
        let error = subscribe_error(builder(server.base_url()), async {
            server.give_endpoint().await;
            let mut request = server.request().await;
            request.send_raw(response.as_bytes()).await;
            request
        })
        .await;
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error:?}");
        assert!(
            error.to_string().contains("Sec-WebSocket-Accept"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn an_upgrade_that_is_never_answered_times_out() {
    let server = RawServer::start().await;
    let builder = builder(server.base_url()).connect_timeout(LIMIT);
    let error = subscribe_error(builder, async {
        server.give_endpoint().await;
        server.request().await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
    assert!(
        error
            .to_string()
            .contains(&format!("{} did not answer in time", server.authority()))
    );
}

#[tokio::test]
async fn a_notification_server_that_is_not_there_is_a_failed_connection() {
    let (server, absent) = (RawServer::start().await, RawServer::start().await);
    let url = absent.notification_url();
    drop(absent);
    let error = subscribe_error(builder(server.base_url()), server.give_url(&url)).await;
    assert_eq!(error.kind(), ErrorKind::ConnectionFailed);
    assert!(
        error.to_string().contains("could not be reached"),
        "{error}"
    );
}

#[tokio::test]
async fn a_notification_server_that_hangs_up_on_the_upgrade_is_a_failed_connection() {
    let server = RawServer::start().await;
    let error = subscribe_error(builder(server.base_url()), async {
        server.give_endpoint().await;
        drop(server.request().await);
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::ConnectionFailed, "{error:?}");
}

#[tokio::test]
async fn an_open_packet_that_never_comes_times_out() {
    let server = RawServer::start().await;
    let builder = builder(server.base_url()).open_timeout(SHORT);
    let error = subscribe_error(builder, server.upgraded()).await;
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        error.to_string().contains("no Engine.IO open packet"),
        "{error}"
    );
}

/// Sends until the client has closed the connection.
async fn drip(mut socket: RawSocket, packet: &str) {
    while socket.try_send(packet).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn other_packets_do_not_prolong_the_wait_for_the_open_packet() {
    let server = RawServer::start().await;
    let builder = builder(server.base_url()).open_timeout(SHORT);
    let error = subscribe_error(builder, async { drip(server.upgraded().await, "6").await }).await;
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_join_that_is_never_acknowledged_times_out() {
    let joins_elsewhere = format!(r#"40{NAMESPACE}-of-others,{{"sid":"n"}}"#);
    for packet in [
        "6",
        "2",
        // Packets of other namespaces and events before the join do not accept it.
        r#"40{"sid":"n"}"#,
        &joins_elsewhere,
        "44/elsewhere,{}",
        "41/elsewhere,",
        r#"42["notification","{}"]"#,
    ] {
        let server = RawServer::start().await;
        let builder = builder(server.base_url()).join_timeout(SHORT);
        let error = subscribe_error(builder, async {
            let mut socket = server.upgraded().await;
            socket.send("0{}").await;
            drip(socket, packet).await;
        })
        .await;
        assert_eq!(error.kind(), ErrorKind::Timeout, "{packet}: {error:?}");
        assert!(error.to_string().contains("request to join"), "{error}");
    }
}

#[tokio::test]
async fn pings_before_the_open_packet_and_before_the_join_are_answered() {
    let server = RawServer::start().await;
    let (_subscription, _socket) = connect(builder(server.base_url()), async {
        let mut socket = server.upgraded().await;
        socket.round_trip().await;
        socket.send("0{}").await;
        socket.expect(&format!("40{NAMESPACE},")).await;
        socket.round_trip().await;
        socket.send(&format!("40{NAMESPACE},")).await;
        socket
    })
    .await;
}

#[tokio::test]
async fn a_switch_to_another_protocol_is_refused() {
    for (from, to, says) in [
        (
            "Upgrade: websocket",
            "Upgrade: h2c",
            "another protocol than WebSocket",
        ),
        (
            "Upgrade: websocket\r\n",
            "",
            "another protocol than WebSocket",
        ),
        (
            "\r\n\r\n",
            "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
            "an extension",
        ),
        (
            "\r\n\r\n",
            "\r\nSec-WebSocket-Protocol: chat\r\n\r\n",
            "a subprotocol",
        ),
    ] {
        let server = RawServer::start().await;
        let error = subscribe_error(builder(server.base_url()), async {
            server.give_endpoint().await;
            let mut request = server.request().await;
            let key = request.header("sec-websocket-key").expect("a key");
            let response = switching_protocols(&accept_key(key));
            request
                .send_raw(response.replacen(from, to, 1).as_bytes())
                .await;
            request
        })
        .await;
        assert_eq!(error.kind(), ErrorKind::Protocol, "{to}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test]
async fn a_refused_namespace_has_the_servers_reason() {
    for (data, says) in [
        (r#",{"message":"Invalid namespace"}"#, "(Invalid namespace)"),
        (r#","Not authorized""#, "(Not authorized)"),
        ("", "(it gave no reason)"),
        (",", "(it gave no reason)"),
        (",{}", "(it gave no reason)"),
        (",[7]", "(it gave no reason)"),
        (r#",{"message":7}"#, "(it gave no reason)"),
        (",{broken", "(it gave no reason)"),
    ] {
        let server = RawServer::start().await;
        let error = subscribe_error(builder(server.base_url()), async {
            let mut socket = server.upgraded().await;
            socket.send("0{}").await;
            socket.expect(&format!("40{NAMESPACE},")).await;
            socket.send(&format!("44{NAMESPACE}{data}")).await;
            socket
        })
        .await;
        assert_eq!(error.kind(), ErrorKind::ConnectionFailed, "{data}");
        assert!(error.to_string().contains(says), "{error}");
        assert!(error.retryable());
    }
}

/// A server whose notification URL has this path, until the client asks to join.
async fn upgraded_at(server: &RawServer, path: &str) -> RawSocket {
    let url = format!("{}{path}?token=x", server.base_url());
    server.give_url(&url).await;
    let mut socket = server.request().await.upgrade().await;
    socket.send("0{}").await;
    socket
}

#[tokio::test]
async fn a_path_that_ends_in_callback_may_name_the_namespace_before_it() {
    for (path, first, second, joined) in [
        (
            "/zbaehwg/callback",
            "/zbaehwg/callback,",
            "40/zbaehwg,",
            "40/zbaehwg,{}",
        ),
        ("/callback", "/callback,", "40", "40{}"),
    ] {
        let server = RawServer::start().await;
        let (mut subscription, mut socket) = connect(builder(server.base_url()), async {
            let mut socket = upgraded_at(&server, path).await;
            socket.expect(&format!("40{first}")).await;
            socket
                .send(&format!("44{first}{{\"message\":\"Invalid namespace\"}}"))
                .await;
            socket.expect(second).await;
            socket.send(joined).await;
            socket
        })
        .await;
        let namespace = joined.trim_start_matches("40").trim_end_matches("{}");
        socket
            .send(&format!("42{namespace}[\"notification\",{{}}]"))
            .await;
        next_notification(&mut subscription).await;
        let (leave, ()) = tokio::join!(socket.receive_text(), subscription.close());
        assert_eq!(leave, format!("41{namespace}"));
    }
}

#[tokio::test]
async fn only_one_other_namespace_is_tried() {
    let server = RawServer::start().await;
    let error = subscribe_error(builder(server.base_url()), async {
        let mut socket = upgraded_at(&server, "/a/callback/callback").await;
        socket.expect("40/a/callback/callback,").await;
        socket.send("44/a/callback/callback,{}").await;
        socket.expect("40/a/callback,").await;
        socket.send("44/a/callback,\"the second error\"").await;
        socket
    })
    .await;
    assert!(error.to_string().contains("the second error"), "{error}");
}

/// Everything that ends a live connection also ends one that is being opened, at once and as an
/// error.
#[tokio::test]
async fn an_end_before_the_session_is_live_is_reported_at_once() {
    let endings = [
        (text_frame("1"), ErrorKind::ConnectionFailed),
        (
            raw_socket::close_frame(1011, "no"),
            ErrorKind::ConnectionFailed,
        ),
        (frame(FIN | CLOSE, b""), ErrorKind::ConnectionFailed),
        (text_frame("9"), ErrorKind::Protocol),
        (text_frame(""), ErrorKind::Protocol),
        (frame(FIN | raw_socket::BINARY, b"4"), ErrorKind::Protocol),
        (frame(FIN | raw_socket::TEXT, b"\xFF"), ErrorKind::Protocol),
        (
            frame(FIN | 0x40 | raw_socket::TEXT, b"6"),
            ErrorKind::Protocol,
        ),
    ];
    for (bytes, kind) in endings {
        for joining in [false, true] {
            let server = RawServer::start().await;
            let error = subscribe_error(builder(server.base_url()), async {
                let mut socket = server.upgraded().await;
                if joining {
                    socket.send("0{}").await;
                    socket.expect(&format!("40{NAMESPACE},")).await;
                }
                socket.send_raw(&bytes).await;
                // Servers do so. Otherwise the client would wait a moment for the end.
                socket.finish().await;
                socket
            })
            .await;
            assert_eq!(
                error.kind(),
                kind,
                "{bytes:?}, joining: {joining}: {error:?}"
            );
            assert!(error.reason().is_some());
        }
    }
}

#[tokio::test]
async fn a_stream_that_ends_before_the_session_is_live_is_reported() {
    for joining in [false, true] {
        for reset in [false, true] {
            let server = RawServer::start().await;
            let error = subscribe_error(builder(server.base_url()), async {
                let mut socket = server.upgraded().await;
                if joining {
                    socket.send("0{}").await;
                    socket.expect(&format!("40{NAMESPACE},")).await;
                }
                if reset {
                    socket.reset();
                }
            })
            .await;
            assert_eq!(error.kind(), ErrorKind::ConnectionFailed, "{error:?}");
        }
    }
}

#[tokio::test]
async fn leaving_the_namespace_while_joining_is_a_failed_connection() {
    let server = RawServer::start().await;
    let error = subscribe_error(builder(server.base_url()), async {
        let mut socket = server.upgraded().await;
        socket.send("0{}").await;
        socket.expect(&format!("40{NAMESPACE},")).await;
        socket.send(&format!("41{NAMESPACE},")).await;
        socket
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::ConnectionFailed);
}

#[tokio::test]
async fn an_open_packet_of_another_shape_is_a_protocol_error() {
    for open in [
        "0",
        "0[]",
        "0null",
        "0{",
        r#"0{"pingInterval":"fast"}"#,
        r#"0{"pingTimeout":-1}"#,
    ] {
        let server = RawServer::start().await;
        let error = subscribe_error(builder(server.base_url()), async {
            let mut socket = server.upgraded().await;
            socket.send(open).await;
            socket
        })
        .await;
        assert_eq!(error.kind(), ErrorKind::Protocol, "{open}: {error:?}");
    }
}

#[tokio::test]
async fn a_refused_client_hangs_up() {
    let server = RawServer::start().await;
    let client = builder(server.base_url()).build().unwrap();
    let resource = Resource::my_drive();
    let serve = async {
        let mut socket = server.upgraded().await;
        socket.send("0{}").await;
        socket.expect(&format!("40{NAMESPACE},")).await;
        socket.send(&format!("44{NAMESPACE},{{}}")).await;
        socket.until_closed().await;
    };
    let both = async { tokio::join!(client.subscribe(&resource), serve) };
    let (result, ()) = within(both).await;
    result.unwrap_err();
}

/// A proxy or a fast server may send both in one segment.
#[tokio::test]
async fn frames_that_come_with_the_upgrade_are_not_lost() {
    let server = RawServer::start().await;
    let (_subscription, _socket) = connect(builder(server.base_url()), async {
        server.give_endpoint().await;
        let frames = [
            text_frame("0{}"),
            text_frame(&format!("40{NAMESPACE},{{}}")),
        ];
        let request = server.request().await;
        request.upgrade_and_send(&frames.concat()).await
    })
    .await;
}
