//! The ten ways in which a service ends a live connection, on both servers.
//!
//! `endings` tests the same with scripted bytes.

use std::time::Duration;

use drivebell::{DisconnectReason, Resource};
use serde_json::{Value, json};

use crate::support::graph::{TOKEN, client};
use crate::support::service::{Server, Service, on_both_servers};
use crate::support::session::{next_disconnect, next_notification};
use crate::support::within;

async fn expect_reason(server: Server, action: &Value, expected: &DisconnectReason) {
    expect_reason_from(server.start().await, action, expected).await;
}

async fn expect_reason_from(service: Service, action: &Value, expected: &DisconnectReason) {
    let client = client(service.base_url());
    let mut subscription = within(client.subscribe(&Resource::my_drive()))
        .await
        .expect("live");
    // The connection works before it ends.
    service.notify("b!me", 1).await;
    next_notification(&mut subscription).await;
    service.end_sockets(action).await;
    let (reason, _) = next_disconnect(&mut subscription).await;
    assert_eq!(&reason, expected);
}

async fn expect_close(server: Server, action: &Value, code: Option<u16>, reason: &str) {
    let reason = reason.to_owned();
    let expected = DisconnectReason::WebSocketClose { code, reason };
    expect_reason(server, action, &expected).await;
}

on_both_servers!(the_namespace_is_left);

async fn the_namespace_is_left(server: Server) {
    let expected = DisconnectReason::NamespaceDisconnect;
    expect_reason(server, &json!("disconnect"), &expected).await;
}

on_both_servers!(engine_io_is_closed);

async fn engine_io_is_closed(server: Server) {
    expect_reason(
        server,
        &json!("engineClose"),
        &DisconnectReason::EngineClose,
    )
    .await;
}

on_both_servers!(the_websocket_is_closed_with_1000);

async fn the_websocket_is_closed_with_1000(server: Server) {
    expect_close(server, &json!({"close": {"code": 1000}}), Some(1000), "").await;
}

on_both_servers!(the_websocket_is_closed_with_1001_and_a_reason);

async fn the_websocket_is_closed_with_1001_and_a_reason(server: Server) {
    let action = json!({"close": {"code": 1001, "reason": "away"}});
    expect_close(server, &action, Some(1001), "away").await;
}

on_both_servers!(the_websocket_is_closed_with_1011);

async fn the_websocket_is_closed_with_1011(server: Server) {
    expect_close(server, &json!({"close": {"code": 1011}}), Some(1011), "").await;
}

on_both_servers!(the_websocket_is_closed_without_a_status);

async fn the_websocket_is_closed_without_a_status(server: Server) {
    expect_close(server, &json!({"close": {}}), None, "").await;
}

on_both_servers!(the_stream_ends);

async fn the_stream_ends(server: Server) {
    let expected = DisconnectReason::ConnectionClosed;
    expect_reason(server, &json!("cut"), &expected).await;
}

on_both_servers!(the_connection_is_reset);

async fn the_connection_is_reset(server: Server) {
    expect_reason(server, &json!("reset"), &DisconnectReason::ConnectionReset).await;
}

on_both_servers!(the_service_falls_silent);

async fn the_service_falls_silent(server: Server) {
    // Long, so that a busy machine does not count as a silent service.
    let limit = Duration::from_millis(500);
    let setup = server.accepting(TOKEN).ping_interval(limit);
    let service = setup.ping_timeout(limit).start().await;
    let expected = DisconnectReason::HeartbeatTimeout;
    expect_reason_from(service, &json!("silence"), &expected).await;
}

on_both_servers!(the_service_announces_its_end);

async fn the_service_announces_its_end(server: Server) {
    let fields = json!({"code": 503, "message": "moving", "retryAfter": 7});
    let expected = DisconnectReason::ServerDisconnect {
        code: Some("503".to_owned()),
        message: Some("moving".to_owned()),
        retry_after: Some(Duration::from_secs(7)),
    };
    expect_reason(server, &json!({"serverDisconnect": fields}), &expected).await;
}
