//! The scripted server: any bytes, and a record of what came back.

mod support;

use std::time::Duration;

use drivebell_simulator::websocket::{self, CONTINUATION, FIN, PING, TEXT};
use drivebell_simulator::{RawServer, Script, Sent, What};
use futures_util::StreamExt;
use serde_json::Value;
use support::{Answer, DEADLINE, Socket, TOKEN, http, send, socket_url};
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{self, Message};

async fn play(script: Script) -> (RawServer, Value) {
    let server = RawServer::builder().script(script).start().await;
    let server = server.expect("starts");
    let endpoint = ask(&server).await.json();
    assert_eq!(endpoint["notificationUrl"], server.notification_url());
    (server, endpoint)
}

async fn ask(server: &RawServer) -> Answer {
    let path = "/v1.0/me/drive/root/subscriptions/socketIo";
    let request = http().get(format!("{}{path}", server.base_url()));
    send(request.bearer_auth(TOKEN)).await
}

fn texts(sent: &[Sent]) -> Vec<&str> {
    sent.iter().filter_map(Sent::text).collect()
}

#[tokio::test]
async fn a_client_comes_live_and_is_recorded() {
    let script = Script::live()
        .pause()
        .text("42/notifications,[\"notification\",{}]")
        .until_closed();
    let (server, endpoint) = play(script).await;
    let mut socket = Socket::join(&endpoint).await;
    server.paused().await.expect("at the pause");
    socket.send("3early").await;
    server
        .received(|sent| texts(sent).contains(&"3early"))
        .await
        .expect("recorded");
    assert!(socket.nothing_yet());
    server.resume();
    socket.event().await;
    socket.close().await;
    server.finished().await.expect("played");
    let sent = server.sent();
    let requests = sent.iter().filter_map(|sent| match &sent.what {
        What::Request(request) => Some((sent.connection, request)),
        _ => None,
    });
    let requests: Vec<_> = requests.collect();
    assert_eq!(requests.len(), 2);
    assert!(requests[0].1.path.ends_with("/subscriptions/socketIo"));
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(requests[0].1.header("authorization"), Some(bearer.as_str()));
    assert_eq!(requests[1].0, 2);
    assert!(
        requests[1]
            .1
            .path
            .starts_with("/socket.io/?token=w1-s3cr3t%2F")
    );
    assert_eq!(texts(&sent), ["40/notifications,", "3early"]);
    assert!(
        sent.iter()
            .all(|sent| !matches!(sent.what, What::Frame { masked: false, .. })),
        "a client masks"
    );
    // A close frame, and then the end.
    let last: Vec<_> = sent.iter().rev().take(2).map(|sent| &sent.what).collect();
    assert!(matches!(last[0], What::End { .. }));
    assert!(matches!(last[1], What::Frame { first: 0x88, .. }));
}

#[tokio::test]
async fn the_head_and_the_first_frames_in_one_segment() {
    let first = [websocket::text("0{}"), websocket::text("2")].concat();
    let script = Script::new()
        .upgrade_and(first)
        .expect("40")
        .texts(&["40/notifications,{\"sid\":\"", "2x"]);
    let (server, endpoint) = play(script.until_closed()).await;
    let mut socket = Socket::join(&endpoint).await;
    assert_eq!(socket.packet().await, "2x");
    socket.close().await;
    server.finished().await.expect("played");
}

#[tokio::test]
async fn a_ping_before_the_last_fragment_of_the_open_packet() {
    let script = Script::new()
        .upgrade()
        .frame(TEXT, b"0{\"sid\"")
        .frame(FIN | PING, b"?")
        .frame(CONTINUATION, b":")
        .frame(FIN | CONTINUATION, b"\"s\"}")
        .fragments(&["4", "2[", "]"])
        .pause();
    let (server, endpoint) = play(script).await;
    let (mut socket, _) = connect_async(socket_url(&endpoint).1)
        .await
        .expect("an upgrade");
    for message in [
        Message::Ping("?".into()),
        Message::text("0{\"sid\":\"s\"}"),
        Message::text("42[]"),
    ] {
        let received = timeout(DEADLINE, socket.next()).await.expect("in time");
        assert_eq!(received.expect("open").expect("a message"), message);
    }
    server.resume();
    let end = timeout(DEADLINE, socket.next()).await.expect("in time");
    assert!(matches!(end, Some(Err(_)) | None));
    server.finished().await.expect("played");
}

#[tokio::test]
async fn upgrades_that_are_none() {
    let server = RawServer::builder()
        .script(Script::new().upgrade_with_key("d3Jvbmc="))
        .script(Script::new())
        .script(Script::new().send("HTTP/1.1 101 Swi").reset())
        .script(Script::new().answer("403 Forbidden", &[("X-Mine", "1")], "no"))
        .start()
        .await
        .expect("starts");
    let url = socket_url(&ask(&server).await.json()).1;
    let refused = async || connect_async(&url).await.expect_err("refused");
    assert!(matches!(refused().await, tungstenite::Error::Protocol(_)));
    assert!(!matches!(refused().await, tungstenite::Error::Http(_)));
    assert!(!matches!(refused().await, tungstenite::Error::Http(_)));
    let tungstenite::Error::Http(response) = refused().await else {
        panic!("no answer");
    };
    assert_eq!(
        (
            response.status().as_u16(),
            response.headers()["x-mine"].as_bytes()
        ),
        (403, &b"1"[..])
    );
    assert_eq!(response.body().as_deref(), Some(&b"no"[..]));
    // There are no more scripts.
    let tungstenite::Error::Http(response) = refused().await else {
        panic!("no answer");
    };
    assert_eq!(response.status().as_u16(), 503);
    server.finished().await.expect("played");
}

#[tokio::test]
async fn the_answer_that_never_comes() {
    let (server, endpoint) = play(Script::new().until_closed()).await;
    let connecting = tokio::spawn(connect_async(socket_url(&endpoint).1));
    let upgrade = |sent: &Sent| matches!(&sent.what, What::Request(_)) && sent.connection == 2;
    server
        .received(|sent| sent.iter().any(upgrade))
        .await
        .expect("it came");
    connecting.abort();
    server.finished().await.expect("the client has gone");
}

#[tokio::test]
async fn endings() {
    let (server, endpoint) = play(Script::live().close(Some(1011), "no").until_closed()).await;
    let mut socket = Socket::join(&endpoint).await;
    let message = socket.message().await;
    assert!(
        matches!(&message, Some(Ok(Message::Close(Some(frame)))) if u16::from(frame.code) == 1011),
        "{message:?}"
    );
    drop(socket);
    server.finished().await.expect("played");

    for script in [
        Script::live().finish().until_closed(),
        Script::live().reset(),
    ] {
        let (server, endpoint) = play(script).await;
        let mut socket = Socket::join(&endpoint).await;
        assert!(matches!(socket.message().await, Some(Err(_)) | None));
        drop(socket);
        server.finished().await.expect("played");
    }
}

#[tokio::test]
async fn the_endpoint_request_can_be_scripted_too() {
    let throttled = Script::new().answer("429 Too Many Requests", &[("Retry-After", "1")], "{}");
    let server = RawServer::builder()
        .endpoint_script(throttled)
        .start()
        .await;
    let server = server.expect("starts");
    assert_eq!(ask(&server).await.status, 429);
    assert_eq!(ask(&server).await.status, 200);
    server.finished().await.expect("played");
}

#[tokio::test]
async fn failures_say_where() {
    let server = RawServer::builder()
        .script(Script::new().upgrade().expect("40"))
        .deadline(Duration::from_millis(50))
        .start()
        .await
        .expect("starts");
    let nobody = server
        .finished()
        .await
        .expect_err("nobody came")
        .to_string();
    assert!(nobody.contains("not all scripts"), "{nobody}");
    let url = socket_url(&ask(&server).await.json()).1;
    let (_socket, _) = connect_async(&url).await.expect("an upgrade");
    while server.finished().await.expect_err("no join").to_string() == nobody {}
    let failure = server.finished().await.expect_err("no join").to_string();
    assert!(
        failure.starts_with("connection 2, step 2: \"40\" did not come"),
        "{failure}"
    );
}

#[tokio::test]
async fn it_ends_when_dropped() {
    let (server, endpoint) = play(Script::live().pause()).await;
    let mut socket = Socket::join(&endpoint).await;
    drop(server);
    assert!(matches!(socket.message().await, Some(Err(_)) | None));
}
