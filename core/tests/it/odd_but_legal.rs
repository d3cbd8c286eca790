//! Messages that the protocols allow and no known server sends, so the tests script their bytes.

use std::time::{Duration, UNIX_EPOCH};

use drivebell::{NotificationKind, Subscription};
use serde_json::json;

use crate::support::graph::{NAMESPACE, builder};
use crate::support::raw_server::{RawServer, accept_key, switching_protocols};
use crate::support::raw_socket::{
    CONTINUATION, FIN, PING, PONG, RawSocket, TEXT, frame, text_frame,
};
use crate::support::session::{connect, live, next_notification};
use crate::support::within;

/// 2026-05-11T21:52:27Z.
const WHOLE_SECONDS: Duration = Duration::from_secs(1_778_536_347);

fn event(argument: &str) -> String {
    format!(r#"42{NAMESPACE},["notification",{argument}]"#)
}

async fn next_id(subscription: &mut Subscription) -> String {
    let note = next_notification(subscription).await;
    let payload = note.payload().expect("a readable notification");
    payload.subscription_id().expect("an id").to_owned()
}

/// Sends each byte in its own segment.
async fn trickle(socket: &mut RawSocket, bytes: &[u8]) {
    for byte in bytes {
        socket.send_raw(&[*byte]).await;
        // The client reads everything there is: it must not find the next byte as well.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn expect_pong(socket: &mut RawSocket, data: &[u8]) {
    let pong = socket.receive().await.expect("a frame");
    assert_eq!((pong.opcode, pong.payload.as_slice()), (PONG, data));
}

#[tokio::test]
async fn a_whole_conversation_arrives_byte_by_byte() {
    let server = RawServer::start().await;
    let (mut subscription, mut socket) = connect(builder(server.base_url()), async {
        server.give_endpoint().await;
        let request = server.request().await;
        let key = request.header("sec-websocket-key").expect("a key");
        let head = switching_protocols(&accept_key(key));
        let mut socket = RawSocket::new(request.stream);
        trickle(&mut socket, head.as_bytes()).await;
        trickle(&mut socket, &text_frame(r#"0{"sid":"s"}"#)).await;
        socket.expect(&format!("40{NAMESPACE},")).await;
        let joined = format!(r#"40{NAMESPACE},{{"sid":"n"}}"#);
        trickle(&mut socket, &text_frame(&joined)).await;
        socket
    })
    .await;
    within(async {
        let ping = [text_frame("2probe"), frame(FIN | PING, b"hello")].concat();
        trickle(&mut socket, &ping).await;
        socket.expect("3probe").await;
        expect_pong(&mut socket, b"hello").await;
        // Long enough for the second encoding of a frame's length.
        let id = "\u{1f514}".repeat(40);
        let event = event(&json!({"subscriptionId": id}).to_string());
        trickle(&mut socket, &text_frame(&event)).await;
        assert_eq!(next_id(&mut subscription).await, id);
    })
    .await;
}

#[tokio::test]
async fn pings_are_answered_while_the_open_packet_and_the_join_are_half_read() {
    let server = RawServer::start().await;
    let (mut subscription, mut socket) = connect(builder(server.base_url()), async {
        server.give_endpoint().await;
        let request = server.request().await;
        let begun = [text_frame("2probe"), frame(TEXT, br#"0{"sid":"#)].concat();
        let mut socket = request.upgrade_and_send(&begun).await;
        socket.expect("3probe").await;
        // Between the fragments of a message, RFC 6455 allows only its own ping.
        for data in [&b""[..], b"half"] {
            socket.send_raw(&frame(FIN | PING, data)).await;
            expect_pong(&mut socket, data).await;
            socket.send_raw(&frame(CONTINUATION, b" ")).await;
        }
        socket
            .send_raw(&frame(FIN | CONTINUATION, br#""s"}"#))
            .await;

        let joined = format!(r#"40{NAMESPACE},{{"sid":"n"}}"#);
        let (start, end) = joined.split_at(9);
        socket.expect(&format!("40{NAMESPACE},")).await;
        socket.send("2").await;
        socket.expect("3").await;
        socket.send_raw(&frame(TEXT, start.as_bytes())).await;
        socket.send_raw(&frame(FIN | PING, b"half")).await;
        expect_pong(&mut socket, b"half").await;
        socket
            .send_raw(&frame(FIN | CONTINUATION, end.as_bytes()))
            .await;
        socket
    })
    .await;
    socket.send(&event(r#"{"subscriptionId":"x"}"#)).await;
    assert_eq!(next_id(&mut subscription).await, "x");
}

#[tokio::test]
async fn fragments_may_be_as_small_as_a_byte() {
    let (mut subscription, mut socket) = live().await;
    let packet = event(r#"{"subscriptionId":"x"}"#);
    let mut frames = frame(TEXT, b"");
    for byte in packet.as_bytes() {
        frames.extend(frame(CONTINUATION, &[*byte]));
        frames.extend(frame(CONTINUATION, b""));
    }
    frames.extend(frame(FIN | CONTINUATION, b""));
    socket.send_raw(&frames).await;
    assert_eq!(next_id(&mut subscription).await, "x");
}

/// HTTP ignores the case of header names and of some values, and a reason phrase may be empty.
#[tokio::test]
async fn the_head_of_the_upgrade_may_be_spelled_differently() {
    let server = RawServer::start().await;
    let (_subscription, _socket) = connect(builder(server.base_url()), async {
        server.give_endpoint().await;
        let mut request = server.request().await;
        let key = request.header("sec-websocket-key").expect("a key");
        let accept = accept_key(key);
        let head = format!(
            "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n\
             HTTP/1.1 101 \r\nSERVER: x\r\nset-cookie: a=b\r\nSet-Cookie: c=d\r\n\
             UPGRADE:WebSocket\r\nconnection: keep-alive, upgrade\r\n\
             sec-websocket-ACCEPT: \t{accept}  \r\nDate:\r\n\r\n"
        );
        request.send_raw(head.as_bytes()).await;
        let mut socket = RawSocket::new(request.stream);
        socket.send("0{}").await;
        socket.accept_join().await;
        socket
    })
    .await;
}

#[tokio::test]
async fn an_open_packet_and_a_join_may_hold_unknown_fields() {
    for (open, joined) in [
        (
            r#"{"sid":"s","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000,"new":{"x":[1.5,null]}}"#,
            r#"{"sid":"n","pid":"p","new":[]}"#,
        ),
        (
            r#"{"sid":"s","pingInterval":1,"pingTimeout":1,"sid":"again","pingInterval":25000,"pingTimeout":20000}"#,
            r#"{"sid":"n","sid":"n"}"#,
        ),
        (r#"{"sid":null}"#, "null"),
        (" {\r\n\t\"sid\" : \"\\u0073\" } ", " { } "),
        (r#"{"sid":""}"#, r#""n""#),
    ] {
        let server = RawServer::start().await;
        let (mut subscription, mut socket) = connect(builder(server.base_url()), async {
            let mut socket = server.upgraded().await;
            socket.send(&format!("0{open}")).await;
            socket.expect(&format!("40{NAMESPACE},")).await;
            socket.send(&format!("40{NAMESPACE},{joined}")).await;
            socket
        })
        .await;
        socket.send(&event(r#"{"subscriptionId":"x"}"#)).await;
        assert_eq!(next_id(&mut subscription).await, "x", "{open}");
    }
}

#[tokio::test]
async fn an_event_may_have_any_number_of_arguments() {
    let (mut subscription, mut socket) = live().await;
    for (packet, kind, ack) in [
        (
            r#"["notification",{},{"value":[]},null,"more",[[]]]"#,
            NotificationKind::Changed,
            "",
        ),
        (
            r#" [ "notification" , "{}" , 1e400 ] "#,
            NotificationKind::Changed,
            "",
        ),
        (r#"["notific\u0061tion",{}]"#, NotificationKind::Changed, ""),
        (r#"["notification"]"#, NotificationKind::Resync, ""),
        (r#"["notification"]"#, NotificationKind::Resync, "12"),
        (r#"["notification",{},{}]"#, NotificationKind::Changed, "13"),
    ] {
        socket.send(&format!("42{NAMESPACE},{ack}{packet}")).await;
        let note = next_notification(&mut subscription).await;
        assert_eq!(note.kind(), kind, "{packet}");
        if !ack.is_empty() {
            within(socket.expect(&format!("43{NAMESPACE},{ack}[]"))).await;
        }
    }
    // Events without an id were not acknowledged.
    within(socket.round_trip()).await;
}

#[tokio::test]
async fn a_payload_may_begin_with_a_byte_order_mark() {
    let (mut subscription, mut socket) = live().await;
    for payload in [
        "\u{feff}{\"subscriptionId\":\"x\"}",
        "\u{feff} {\"value\":[{\"subscriptionId\":\"x\"}]}\r\n",
    ] {
        socket.send(&event(&json!(payload).to_string())).await;
        assert_eq!(next_id(&mut subscription).await, "x");
    }
}

#[tokio::test]
async fn unknown_and_doubled_fields_change_nothing_for_the_others() {
    let (mut subscription, mut socket) = live().await;
    for payload in [
        r#"{"new":{"value":[]},"value":[{"new":[1.5,null,"s"],"subscriptionId":"x","":0}],"count":1}"#,
        r#"{"value":[],"value":[{"subscriptionId":"one","subscriptionId":"x"}]}"#,
        r#"{"subscriptionId":7,"new":true,"new":{},"subscriptionId":"x"}"#,
        r#"{"subscription\u0049d":"\u0078"}"#,
    ] {
        for argument in [payload.to_owned(), json!(payload).to_string()] {
            socket.send(&event(&argument)).await;
            assert_eq!(next_id(&mut subscription).await, "x", "{payload}");
        }
    }
}

#[tokio::test]
async fn dates_have_any_number_of_fractional_digits_and_a_zone_or_none() {
    let (mut subscription, mut socket) = live().await;
    for name in ["expirationDateTime", "subscriptionExpirationDateTime"] {
        for digits in 0..=9 {
            let fraction = &"123456789"[..digits];
            let dot = if digits == 0 { "" } else { "." };
            let nanoseconds = format!("{fraction:0<9}").parse().unwrap();
            let expected = UNIX_EPOCH + WHOLE_SECONDS + Duration::from_nanos(nanoseconds);
            for zone in ["Z", ""] {
                let date = format!("2026-05-11T21:52:27{dot}{fraction}{zone}");
                socket.send(&event(&json!({name: date}).to_string())).await;
                let note = next_notification(&mut subscription).await;
                let expires_at = note.payload().unwrap().subscription_expires_at();
                assert_eq!(expires_at, Some(expected), "{date}");
            }
        }
    }
}

/// As many as a bulk change may bring. The default mailbox holds all of them.
#[tokio::test]
async fn a_thousand_notifications_of_one_event_are_delivered_one_by_one() {
    let (mut subscription, mut socket) = live().await;
    let value: Vec<_> = (0..1000)
        .map(|id| json!({"subscriptionId": id.to_string()}))
        .collect();
    let argument = json!({ "value": value });
    for argument in [
        argument.to_string(),
        json!(argument.to_string()).to_string(),
    ] {
        let packet = event(&argument);
        let send = within(socket.send(&packet));
        let receive = async {
            for id in 0..1000 {
                let note = next_notification(&mut subscription).await;
                assert_eq!(note.coalesced(), 0);
                let payload = note.payload().unwrap();
                assert_eq!(payload.subscription_id(), Some(id.to_string().as_str()));
            }
        };
        tokio::join!(send, receive);
    }
}
