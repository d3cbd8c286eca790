//! The Socket.IO endpoint: handshakes, joins and heartbeats.

use std::time::Duration;

use crate::support::{
    Socket, builder, endpoint, error_body, http, refused, send, socket_url, start, until,
};
use drivebell_simulator::EndpointShape;
use serde_json::json;

#[tokio::test]
async fn the_open_packet() {
    let simulator = start().await;
    let socket = Socket::open(&endpoint(&simulator, "/me/drive/root").await).await;
    let mut open = socket.open.clone();
    assert!(open["sid"].is_string());
    open.as_object_mut().expect("an object").remove("sid");
    assert_eq!(
        open,
        json!({"upgrades": [], "pingInterval": 25000, "pingTimeout": 20000, "maxPayload": 1_000_000})
    );
}

#[tokio::test]
async fn the_heartbeat_is_an_option() {
    let simulator = builder()
        .ping_interval(Duration::from_millis(50))
        .ping_timeout(Duration::from_millis(150))
        .start()
        .await
        .expect("starts");
    let mut socket = Socket::join(&endpoint(&simulator, "/me/drive/root").await).await;
    assert_eq!(socket.open["pingInterval"], 50);
    for _ in 0..3 {
        assert_eq!(socket.frame().await, "2");
        socket.send("3").await;
    }
    until(|| simulator.connected() == 1).await;
    // A client that does not respond is dropped.
    socket.until_end().await;
    until(|| simulator.connected() == 0).await;
}

#[tokio::test]
async fn error_responses_have_engine_io_bodies() {
    let simulator = start().await;
    let (_, url) = socket_url(&endpoint(&simulator, "/me/drive/root").await);
    let forbidden = (403, error_body(4, "Forbidden"));
    let secret = url
        .split_once("token=")
        .and_then(|(_, rest)| rest.split_once('&'));
    let (secret, _) = secret.expect("a secret");
    assert_eq!(refused(&url.replace(secret, "guessed")).await, forbidden);
    assert_eq!(refused(&url.replace("token=", "other=")).await, forbidden);
    // A client that decodes the query and does not encode it again.
    assert_eq!(refused(&url.replace("%2B", "+")).await, forbidden);
    assert_eq!(
        refused(&url.replace("EIO=4", "EIO=3")).await,
        (400, error_body(5, "Unsupported protocol version"))
    );
    assert_eq!(
        refused(&url.replace("=websocket", "=polling")).await,
        (400, error_body(0, "Transport unknown"))
    );
    assert_eq!(
        refused(&format!("{url}&sid=AAAAAAAAAAAAAAAA")).await,
        (400, error_body(1, "Session ID unknown"))
    );
    let plain = url.replace("ws://", "http://");
    for (request, status, body) in [
        (http().get(&plain), 400, error_body(3, "Bad request")),
        (
            http().post(&plain),
            400,
            error_body(2, "Bad handshake method"),
        ),
        (
            http().get(plain.replace("websocket", "polling")),
            400,
            error_body(0, "Transport unknown"),
        ),
    ] {
        let response = send(request).await;
        assert_eq!((response.status, response.json()), (status, body));
        assert_eq!(response.header("content-type"), "application/json");
    }
    // The URL still works.
    Socket::join(&json!({"notificationUrl": notification_url(&url)})).await;
}

fn notification_url(upgrade: &str) -> String {
    upgrade
        .replace("ws://", "http://")
        .replace("/socket.io/", "/notifications")
}

#[tokio::test]
async fn the_query_may_be_reordered_and_reencoded() {
    let simulator = start().await;
    let (_, url) = socket_url(&endpoint(&simulator, "/me/drive/root").await);
    let (base, query) = url.split_once('?').expect("a query");
    let mut pairs: Vec<_> = query.split('&').collect();
    pairs.reverse();
    let query = pairs
        .join("&")
        .replace("%2F", "/")
        .replace("%3D", "=")
        .replace("%2B", "%2b");
    let (mut stream, _) = tokio_tungstenite::connect_async(format!("{base}?{query}"))
        .await
        .expect("an upgrade");
    stream.close(None).await.expect("closed");
}

#[tokio::test]
async fn an_expired_url_is_refused() {
    let simulator = builder()
        .lifetime(Duration::from_millis(300))
        .start()
        .await
        .expect("starts");
    let mine = endpoint(&simulator, "/me/drive/root").await;
    let mut socket = Socket::join(&mine).await;
    let expires = mine["expirationDateTime"].as_str().expect("an instant");
    let expires: jiff::Timestamp = expires.parse().expect("an instant");
    until(|| jiff::Timestamp::now() > expires).await;
    let (_, url) = socket_url(&mine);
    assert_eq!(refused(&url).await, (403, error_body(4, "Forbidden")));
    // A socket on it gets no events; a socket on a new URL does.
    let mut renewed = Socket::join(&endpoint(&simulator, "/me/drive/root").await).await;
    simulator.notify("b!me", 1).expect("a drive");
    renewed.event().await;
    assert_eq!(simulator.events().len(), 1);
    simulator.shutdown().await;
    let left = socket.until_end().await;
    assert!(
        !left.iter().any(|packet| packet.starts_with("42")),
        "{left:?}"
    );
}

#[tokio::test]
async fn another_namespace_is_invalid() {
    let simulator = start().await;
    let mut socket = Socket::open(&endpoint(&simulator, "/me/drive/root").await).await;
    for namespace in ["/other", "/notification", "/zbaehwg/callback"] {
        socket.send(&format!("40{namespace},")).await;
        let expected = format!("44{namespace},{{\"message\":\"Invalid namespace\"}}");
        assert_eq!(socket.packet().await, expected);
    }
    assert_eq!(simulator.connected(), 0);
}

#[tokio::test]
async fn joins_as_clients_in_production_send_them() {
    let simulator = start().await;
    let mut socket = Socket::open(&endpoint(&simulator, "/me/drive/root").await).await;
    socket.send("40").await;
    assert!(socket.packet().await.starts_with("40{\"sid\":\""));
    assert_eq!(simulator.connected(), 0);
    socket.send("40/notifications").await;
    assert!(
        socket
            .packet()
            .await
            .starts_with("40/notifications,{\"sid\":\"")
    );
    simulator.notify("b!me", 1).expect("a drive");
    socket.event().await;
}

#[tokio::test]
async fn a_join_may_repeat_the_query_of_the_url() {
    let simulator = start().await;
    let endpoint = endpoint(&simulator, "/me/drive/root").await;
    let url = endpoint["notificationUrl"].as_str().expect("a URL");
    let (_, query) = url.split_once('?').expect("a query");
    let mut socket = Socket::open(&endpoint).await;
    // Socket.IO answers in the namespace as the client wrote it.
    socket.namespace = format!("/notifications?{query}");
    let join = format!("40{},", socket.namespace);
    socket.send(&join).await;
    let packet = socket.packet().await;
    assert!(
        packet.starts_with(&format!("{join}{{\"sid\":\"")),
        "{packet}"
    );
    simulator.notify("b!me", 1).expect("a drive");
    socket.event().await;
    assert_eq!(simulator.connected(), 1);
}

#[tokio::test]
async fn the_documented_url_names_the_namespace() {
    let simulator = builder()
        .endpoint_shape(EndpointShape::Documented)
        .start()
        .await;
    let simulator = simulator.expect("starts");
    let mut socket = Socket::join(&endpoint(&simulator, "/me/drive/root").await).await;
    assert_eq!(socket.namespace, "/zbaehwg/callback");
    simulator.notify("b!me", 1).expect("a drive");
    socket.event().await;
    socket.send("40/notifications,").await;
    let connect_error = "44/notifications,{\"message\":\"Invalid namespace\"}";
    assert_eq!(socket.packet().await, connect_error);
}

#[tokio::test]
async fn a_socket_that_leaves_is_removed() {
    let simulator = start().await;
    let mine = endpoint(&simulator, "/me/drive/root").await;
    let first = Socket::join(&mine).await;
    let mut second = Socket::join(&mine).await;
    until(|| simulator.connected() == 2).await;
    first.close().await;
    until(|| simulator.connected() == 1).await;
    second.send("41/notifications,").await;
    until(|| simulator.connected() == 0).await;
}

#[tokio::test]
async fn the_shutdown_ends_the_sockets() {
    let simulator = start().await;
    let mine = endpoint(&simulator, "/me/drive/root").await;
    let (mut joined, mut idle) = (Socket::join(&mine).await, Socket::open(&mine).await);
    let port = simulator.port();
    simulator.shutdown().await;
    joined.until_end().await;
    idle.until_end().await;
    assert!(
        tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_err()
    );

    let simulator = start().await;
    let mine = endpoint(&simulator, "/me/drive/root").await;
    let (mut joined, mut idle) = (Socket::join(&mine).await, Socket::open(&mine).await);
    drop(simulator);
    joined.until_end().await;
    idle.until_end().await;
}

/// In the middle of a join, where socketioxide calls no handler of its leaving.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_that_leave_while_they_join_are_not_counted() {
    let simulator = start().await;
    let endpoint = endpoint(&simulator, "/me/drive/root").await;
    for _ in 0..300 {
        let mut socket = Socket::open(&endpoint).await;
        let join = format!("40{},", socket.namespace);
        socket.send(&join).await;
    }
    until(|| simulator.connected() == 0).await;
}
