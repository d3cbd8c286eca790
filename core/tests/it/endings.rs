//! Each way in which a live connection ends, and the reported reason.
//!
//! Most tests use scripted bytes. `service_endings` has the same for whole services.

use std::time::Duration;

use drivebell::DisconnectReason;
use futures_util::future::join_all;

use crate::support::graph::{NAMESPACE, builder, client};
use crate::support::raw_server::RawServer;
use crate::support::raw_socket::{
    CLOSE, FIN, PING, PONG, RawSocket, TEXT, close_frame, frame, text_frame,
};
use crate::support::service::{Server, on_both_servers};
use crate::support::session::{connect, expect_end, live, next_disconnect, next_notification};
use crate::support::within;

/// A heartbeat that fails after 200 ms of silence.
const IMPATIENT: &str = r#"{"sid":"s","pingInterval":100,"pingTimeout":100}"#;

#[tokio::test]
async fn the_server_disconnects_the_client_from_the_namespace() {
    for packet in [format!("41{NAMESPACE},"), format!("41{NAMESPACE}")] {
        let (subscription, mut socket) = live().await;
        socket.send(&packet).await;
        expect_end(subscription, &DisconnectReason::NamespaceDisconnect).await;
        within(socket.until_closed()).await;
    }
}

#[tokio::test]
async fn the_server_closes_the_engine_io_session() {
    let (subscription, mut socket) = live().await;
    socket.send("1").await;
    expect_end(subscription, &DisconnectReason::EngineClose).await;
    within(socket.until_closed()).await;
}

#[tokio::test]
async fn the_server_closes_the_websocket() {
    for (code, reason) in [
        (1000, ""),
        (1001, "going away"),
        (1011, "internal \u{e9}rror"),
        (1012, ""),
        (3000, ""),
        (4001, "token expired"),
    ] {
        let (subscription, mut socket) = live().await;
        socket.send_raw(&close_frame(code, reason)).await;
        // RFC 6455, section 5.5.1: the reply is a close frame, usually with the same code.
        let reply = within(socket.receive()).await.unwrap();
        assert_eq!(reply.opcode, CLOSE);
        assert_eq!(reply.payload[..2], code.to_be_bytes());
        socket.finish().await;
        let expected = DisconnectReason::WebSocketClose {
            code: Some(code),
            reason: reason.to_owned(),
        };
        expect_end(subscription, &expected).await;
        within(socket.until_closed()).await;
    }
}

#[tokio::test]
async fn the_server_closes_the_websocket_without_a_status() {
    let (subscription, mut socket) = live().await;
    socket.send_raw(&frame(FIN | CLOSE, b"")).await;
    let reply = within(socket.receive()).await.unwrap();
    assert_eq!((reply.opcode, reply.payload.len()), (CLOSE, 0));
    socket.finish().await;
    let expected = DisconnectReason::WebSocketClose {
        code: None,
        reason: String::new(),
    };
    expect_end(subscription, &expected).await;
}

/// The reader may be interrupted while it answers the close frame, if that comes right behind other
/// frames.
#[tokio::test]
async fn a_close_frame_right_behind_an_event_is_not_lost() {
    let (subscription, mut socket) = live().await;
    let event = format!(r#"42{NAMESPACE},["notification","{{}}"]"#);
    let bytes = [text_frame(&event), close_frame(1001, "going away")].concat();
    socket.send_raw(&bytes).await;
    // The server does not close the connection.
    let expected = DisconnectReason::WebSocketClose {
        code: Some(1001),
        reason: "going away".to_owned(),
    };
    expect_end(subscription, &expected).await;
    drop(socket);
}

/// After the server's close frame, the client does not wait for the server to close its side.
#[tokio::test]
async fn a_server_that_sends_a_close_frame_and_stays_does_not_delay_the_client() {
    let (subscription, mut socket) = live().await;
    socket.send_raw(&close_frame(1001, "")).await;
    let expected = DisconnectReason::WebSocketClose {
        code: Some(1001),
        reason: String::new(),
    };
    expect_end(subscription, &expected).await;
    within(socket.until_closed()).await;
}

#[tokio::test]
async fn the_stream_ends_without_a_close_frame() {
    let (subscription, mut socket) = live().await;
    socket.finish().await;
    expect_end(subscription, &DisconnectReason::ConnectionClosed).await;
    within(socket.until_closed()).await;
}

#[tokio::test]
async fn the_stream_ends_in_the_middle_of_a_frame() {
    let (subscription, mut socket) = live().await;
    socket.send_raw(&frame(FIN | TEXT, b"6666")[..3]).await;
    socket.finish().await;
    expect_end(subscription, &DisconnectReason::ConnectionClosed).await;
}

#[tokio::test]
async fn the_connection_is_reset() {
    let (subscription, socket) = live().await;
    socket.reset();
    expect_end(subscription, &DisconnectReason::ConnectionReset).await;
}

#[tokio::test]
async fn the_server_falls_silent() {
    let server = RawServer::start().await;
    let serve = server.live_with_open(IMPATIENT);
    let (subscription, mut socket) = connect(builder(server.base_url()), serve).await;
    expect_end(subscription, &DisconnectReason::HeartbeatTimeout).await;
    within(socket.until_closed()).await;
}

/// Any frame is a sign of life, even one that is not an Engine.IO packet.
#[tokio::test]
async fn a_server_that_sends_anything_is_not_silent() {
    let signs_of_life = [
        frame(FIN | TEXT, b"6"),
        frame(FIN | TEXT, b"2"),
        frame(FIN | TEXT, br#"42/elsewhere,["x"]"#),
        frame(FIN | PING, b""),
        frame(FIN | PONG, b""),
    ];
    join_all(signs_of_life.map(async |sign_of_life| {
        let server = RawServer::start().await;
        let serve = server.live_with_open(r#"{"pingInterval":500,"pingTimeout":500}"#);
        let (mut subscription, mut socket) = connect(builder(server.base_url()), serve).await;
        // Twice as long in total as the heartbeat tolerates silence.
        for _ in 0..40 {
            socket.send_raw(&sign_of_life).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        socket.send_event(r#"["notification",{}]"#).await;
        next_notification(&mut subscription).await;
    }))
    .await;
}

/// The server still sends, but reads nothing: the pongs, as long as its pings, fill every buffer.
#[tokio::test]
async fn the_server_stops_reading() {
    let server = RawServer::start().await;
    let serve = server.live_with_open(IMPATIENT);
    let (subscription, mut socket) = connect(builder(server.base_url()), serve).await;
    let ping = format!("2{}", "x".repeat(256 * 1024));
    let flood = async {
        while socket.try_send(&ping).await.is_ok() {}
        socket
    };
    let ended = expect_end(subscription, &DisconnectReason::HeartbeatTimeout);
    within(async { tokio::join!(flood, ended) }).await;
}

#[tokio::test]
async fn the_service_announces_the_end() {
    let seconds = Duration::from_secs_f64;
    for (argument, code, message, retry_after) in [
        (
            r#",{"code":"ServiceUpdate","message":"restarting","retryAfter":30}"#,
            Some("ServiceUpdate"),
            Some("restarting"),
            Some(seconds(30.0)),
        ),
        (
            r#","{\"code\":1001,\"message\":\"m\",\"retryAfter\":0.5}""#,
            Some("1001"),
            Some("m"),
            Some(seconds(0.5)),
        ),
        (r#",{"retryAfter":-1}"#, None, None, None),
        (r#",{"retryAfter":"soon","code":null}"#, None, None, None),
        (
            r#",{"retryAfter":"30","code":7.50}"#,
            Some("7.50"),
            None,
            Some(seconds(30.0)),
        ),
        // `max_retry_after` is the longest.
        (r#",{"retryAfter":1e19}"#, None, None, Some(seconds(3600.0))),
        (
            r#",{"retryAfter":1e400}"#,
            None,
            None,
            Some(seconds(3600.0)),
        ),
        (
            r#",{"retryAfter":"Fri, 31 Dec 9999 23:59:59 GMT"}"#,
            None,
            None,
            Some(seconds(3600.0)),
        ),
        (r#","not json""#, None, None, None),
        (",7", None, None, None),
        ("", None, None, None),
    ] {
        let (subscription, mut socket) = live().await;
        socket
            .send_event(&format!(r#"["server_disconnect"{argument}]"#))
            .await;
        let goodbye = async {
            socket.expect(&format!("41{NAMESPACE},")).await;
            reply_to_close(&mut socket).await;
        };
        let expected = DisconnectReason::ServerDisconnect {
            code: code.map(str::to_owned),
            message: message.map(str::to_owned),
            retry_after,
        };
        let ended = expect_end(subscription, &expected);
        within(async { tokio::join!(ended, goodbye) }).await;
    }
}

async fn reply_to_close(socket: &mut RawSocket) {
    let frame = socket.receive().await.expect("a close frame");
    assert_eq!(frame.opcode, CLOSE);
    socket.send_raw(&close_frame(1000, "")).await;
    socket.finish().await;
}

#[tokio::test]
async fn events_before_the_end_are_delivered_before_it() {
    let (mut subscription, mut socket) = live().await;
    for _ in 0..100 {
        socket.send_event(r#"["notification",{}]"#).await;
    }
    socket.send(&format!("41{NAMESPACE},")).await;
    drop(socket);
    for _ in 0..100 {
        next_notification(&mut subscription).await;
    }
    let (reason, _) = next_disconnect(&mut subscription).await;
    assert_eq!(reason, DisconnectReason::NamespaceDisconnect);
}

on_both_servers!(a_service_that_shuts_down_ends_its_connections);

async fn a_service_that_shuts_down_ends_its_connections(server: Server) {
    let service = server.start().await;
    let client = client(service.base_url());
    let resource = drivebell::Resource::my_drive();
    let mut subscription = within(client.subscribe(&resource)).await.unwrap();
    service.notify("b!me", 1).await;
    next_notification(&mut subscription).await;
    within(service.shutdown()).await;
    next_disconnect(&mut subscription).await;
}
