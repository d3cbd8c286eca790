//! What the server sends while a subscription is live.
//!
//! Most tests use scripted bytes, because both test servers send only well-formed ones.

use std::time::Duration;

use drivebell::{DisconnectReason, NotificationKind, Resource, Subscription};
use drivebell_simulator::{Argument, Payload};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::support::graph::{NAMESPACE, TOKEN, builder, client};
use crate::support::raw_server::RawServer;
use crate::support::raw_socket::{
    BINARY, CONTINUATION, FIN, PING, PONG, RawSocket, TEXT, frame, text_frame,
};
use crate::support::service::{Server, on_both_servers};
use crate::support::session::{connect, expect_end, live, next_disconnect, next_notification};
use crate::support::within;

/// A notification that is recognized by its `subscriptionId`.
fn event(id: &str) -> String {
    json!([
        "notification",
        json!({"value": [{"subscriptionId": id}]}).to_string()
    ])
    .to_string()
}

async fn next_id(subscription: &mut Subscription) -> String {
    let note = next_notification(subscription).await;
    let payload = note.payload().expect("a readable notification");
    payload.subscription_id().expect("an id").to_owned()
}

/// Sends one more event. If it is the next to arrive, nothing else was delivered.
async fn expect_nothing_delivered(subscription: &mut Subscription, socket: &mut RawSocket) {
    socket.send_event(&event("marker")).await;
    assert_eq!(next_id(subscription).await, "marker");
}

on_both_servers!(both_payload_shapes_arrive_as_string_and_as_object);

async fn both_payload_shapes_arrive_as_string_and_as_object(server: Server) {
    for shape in [Payload::Observed, Payload::Flat] {
        for argument in [Argument::String, Argument::Object] {
            let setup = server.accepting(TOKEN).payload(shape);
            let service = setup.argument(argument).start().await;
            let client = client(service.base_url());
            let resource = Resource::drive("b!team").unwrap();
            let mut subscription = within(client.subscribe(&resource)).await.unwrap();
            service.notify("b!team", 1).await;

            let note = next_notification(&mut subscription).await;
            assert_eq!(note.kind(), NotificationKind::Changed);
            assert_eq!(note.resource(), &resource);
            assert_eq!(note.coalesced(), 0);
            let payload = note.payload().unwrap();
            assert!(payload.subscription_id().is_some());
            assert!(
                payload
                    .client_state()
                    .unwrap()
                    .starts_with("system-managed:")
            );
            assert!(payload.subscription_expires_at().is_some());
            assert!(payload.list_id().is_some());
            let observed = shape == Payload::Observed;
            assert_eq!(payload.tenant_id().is_some(), observed);
            assert_eq!(payload.site_url().is_some(), observed);
            assert_eq!(payload.web_id().is_some(), observed);
            let raw: Value = serde_json::from_str(payload.raw()).unwrap();
            assert_eq!(raw["subscriptionId"], payload.subscription_id().unwrap());
            subscription.close().await;
        }
    }
}

/// After a large message its buffer is replaced. Nothing is lost with it: neither the messages of
/// the same packet nor the pong for a ping.
#[tokio::test]
async fn no_message_is_lost_with_the_buffer_of_a_large_one() {
    let sizes = [1, 5_000, 1, 1, 300_000, 9_000, 20, 4_200, 1];
    let events: Vec<_> = sizes
        .iter()
        .enumerate()
        .map(|(index, size)| format!("{index}-{}", "x".repeat(*size)))
        .collect();
    let frames: Vec<_> = events
        .iter()
        .flat_map(|id| {
            let ping = frame(FIN | PING, b"alive?");
            let event = text_frame(&format!("42{NAMESPACE},{}", event(id)));
            [ping, event, text_frame("2")].concat()
        })
        .collect();
    for packet in [1, 7, 1_000, 4_100, 16_384, 1_000_000] {
        let (mut subscription, mut socket) = live().await;
        let (packets, mut replies) = (frames.chunks(packet), 0);
        let serve = async {
            for packet in packets {
                socket.send_raw(packet).await;
            }
            while replies < 2 * sizes.len() {
                let reply = socket.receive().await.expect("a reply");
                assert!(matches!(reply.opcode, PONG | TEXT), "{reply:?}");
                replies += 1;
            }
        };
        let consume = async {
            for id in &events {
                assert_eq!(&next_id(&mut subscription).await, id);
            }
        };
        within(async { tokio::join!(serve, consume) }).await;
    }
}

#[tokio::test]
async fn the_notification_names_the_endpoint_it_came_through() {
    let (mut subscription, mut socket) = live().await;
    let argument = r#"{"value":[{"subscriptionId":"5554a2f6","clientState":"c","expirationDateTime":"2026-05-11T21:52:27.5200000Z","resource":"b8a61df7","tenantId":"t","siteUrl":"/","webId":"w","unknown":{"x":[1]}}]}"#;
    socket
        .send_event(&json!(["notification", argument]).to_string())
        .await;
    let note = next_notification(&mut subscription).await;
    let payload = note.payload().unwrap();
    assert_eq!(payload.subscription_id(), Some("5554a2f6"));
    assert_eq!(payload.client_state(), Some("c"));
    assert_eq!(payload.list_id(), Some("b8a61df7"));
    assert_eq!(payload.tenant_id(), Some("t"));
    assert_eq!(payload.site_url(), Some("/"));
    assert_eq!(payload.web_id(), Some("w"));
    let expected = std::time::UNIX_EPOCH + Duration::from_millis(1_778_536_347_520);
    assert_eq!(payload.subscription_expires_at(), Some(expected));
    assert!(payload.raw().contains(r#""unknown":{"x":[1]}"#));
}

#[tokio::test]
async fn every_notification_of_an_event_is_delivered_in_order() {
    let (mut subscription, mut socket) = live().await;
    let value: Vec<_> = (0..3)
        .map(|id| json!({"subscriptionId": id.to_string()}))
        .collect();
    let argument = json!({"value": value});
    let as_text = json!(["notification", argument.to_string()]);
    let as_object = json!(["notification", argument, "a second argument"]);
    for data in [as_text, as_object] {
        socket.send_event(&data.to_string()).await;
        for expected in ["0", "1", "2"] {
            assert_eq!(next_id(&mut subscription).await, expected);
        }
    }
}

#[tokio::test]
async fn all_of_a_thousand_arrive_in_order() {
    let (mut subscription, mut socket) = live().await;
    let send = async {
        for id in 0..1000 {
            socket.send_event(&event(&id.to_string())).await;
        }
    };
    let receive = async {
        for id in 0..1000 {
            assert_eq!(next_id(&mut subscription).await, id.to_string());
        }
    };
    within(async { tokio::join!(send, receive) }).await;
    expect_nothing_delivered(&mut subscription, &mut socket).await;
}

on_both_servers!(all_of_a_thousand_arrive_on_every_socket);

async fn all_of_a_thousand_arrive_on_every_socket(server: Server) {
    let service = server.start().await;
    let client = client(service.base_url());
    let (me, team) = (Resource::my_drive(), Resource::drive("b!team").unwrap());
    let mut first = within(client.subscribe(&me)).await.unwrap();
    let mut second = within(client.subscribe(&me)).await.unwrap();
    let mut other = within(client.subscribe(&team)).await.unwrap();
    service.notify("b!me", 1000).await;
    service.notify("b!team", 1).await;
    for subscription in [&mut first, &mut second] {
        let id = next_id(subscription).await;
        for _ in 1..1000 {
            assert_eq!(next_id(subscription).await, id);
        }
    }
    assert_eq!(next_notification(&mut other).await.resource(), &team);
    for subscription in [&mut first, &mut second, &mut other] {
        within(subscription.close()).await;
        assert!(subscription.next().await.is_none(), "no further event");
    }
}

#[tokio::test]
async fn an_unreadable_notification_is_a_resync_and_the_session_continues() {
    let (mut subscription, mut socket) = live().await;
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    for argument in [
        "",
        ",null",
        ",7",
        ",true",
        ",[]",
        r#","""#,
        r#","not json""#,
        r#","{\"value\":""#,
        r#",{"value":[]}"#,
        r#",{"value":{}}"#,
        r#",{"value":null}"#,
        r#",{"value":[7]}"#,
        &format!(r#","{{\"x\":{deep}}}""#),
    ] {
        socket
            .send_event(&format!(r#"["notification"{argument}]"#))
            .await;
        let note = next_notification(&mut subscription).await;
        assert_eq!(note.kind(), NotificationKind::Resync, "{argument}");
        assert!(note.payload().is_none());
    }
    expect_nothing_delivered(&mut subscription, &mut socket).await;
}

#[tokio::test]
async fn packets_that_do_not_concern_the_application_are_skipped() {
    let (mut subscription, mut socket) = live().await;
    for packet in [
        // Events with other names, packets of other namespaces, and acks of nothing.
        format!(r#"42{NAMESPACE},["message","x"]"#),
        format!(r#"42{NAMESPACE},["Notification","{{}}"]"#),
        format!(r#"42{NAMESPACE},[""]"#),
        r#"42/elsewhere,["notification","{}"]"#.to_owned(),
        format!(r#"42{NAMESPACE}-of-others,["notification","{{}}"]"#),
        r#"42/elsewhere,["notification","#.to_owned(),
        format!("43{NAMESPACE},7[]"),
        format!("40{NAMESPACE},{{}}"),
        "40".to_owned(),
        "41".to_owned(),
        "41/elsewhere,".to_owned(),
        "44/elsewhere,{}".to_owned(),
        // Engine.IO packets that need no reply.
        "6".to_owned(),
        "3".to_owned(),
        "5".to_owned(),
        r#"0{"sid":"again","pingInterval":1,"pingTimeout":1}"#.to_owned(),
    ] {
        socket.send(&packet).await;
        expect_nothing_delivered(&mut subscription, &mut socket).await;
    }
    // None of them was answered.
    socket.round_trip().await;
}

#[tokio::test]
async fn an_event_of_the_default_namespace_is_accepted() {
    let (mut subscription, mut socket) = live().await;
    for namespace in ["", "/,"] {
        socket.send(&format!("42{namespace}{}", event("x"))).await;
        assert_eq!(next_id(&mut subscription).await, "x");
    }
}

#[tokio::test]
async fn an_event_with_an_ack_id_is_acknowledged_and_delivered() {
    let (mut subscription, mut socket) = live().await;
    for (address, ack) in [
        (format!("{NAMESPACE},12"), format!("43{NAMESPACE},12[]")),
        (format!("{NAMESPACE},0"), format!("43{NAMESPACE},0[]")),
        ("7".to_owned(), "437[]".to_owned()),
    ] {
        socket.send(&format!("42{address}{}", event("x"))).await;
        within(socket.expect(&ack)).await;
        assert_eq!(next_id(&mut subscription).await, "x");
    }
}

#[tokio::test]
async fn pings_of_both_protocols_are_answered_with_their_data() {
    let (_subscription, mut socket) = live().await;
    within(async {
        for data in ["", "probe", "\u{e4}\u{1f514}"] {
            socket.send(&format!("2{data}")).await;
            socket.expect(&format!("3{data}")).await;
        }
        socket.send_raw(&frame(FIN | PING, b"hello")).await;
        let pong = socket.receive().await.unwrap();
        assert_eq!(
            (pong.opcode, pong.payload.as_slice()),
            (PONG, &b"hello"[..])
        );
        // Unsolicited, so ignored.
        socket.send_raw(&frame(FIN | PONG, b"hello")).await;
        socket.round_trip().await;
    })
    .await;
}

#[tokio::test]
async fn a_message_may_be_split_and_several_may_share_a_segment() {
    let (mut subscription, mut socket) = live().await;
    let packet = format!("42{NAMESPACE},{}", event("\u{1f514}"));
    let bytes = packet.as_bytes();
    let middle = bytes.len() - 12;

    // Two fragments that split a character, with a control frame between them.
    socket.send_raw(&frame(TEXT, &bytes[..middle])).await;
    socket.send_raw(&frame(FIN | PING, b"")).await;
    socket
        .send_raw(&frame(CONTINUATION, &bytes[middle..=middle]))
        .await;
    socket
        .send_raw(&frame(FIN | CONTINUATION, &bytes[middle + 1..]))
        .await;
    assert_eq!(next_id(&mut subscription).await, "\u{1f514}");

    // One frame byte by byte.
    for byte in text_frame(&packet) {
        socket.send_raw(&[byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(next_id(&mut subscription).await, "\u{1f514}");

    // Several in one segment.
    socket.send_raw(&text_frame(&packet).repeat(3)).await;
    for _ in 0..3 {
        assert_eq!(next_id(&mut subscription).await, "\u{1f514}");
    }
}

#[tokio::test]
async fn a_violation_of_the_protocol_ends_the_session() {
    let masked = {
        let mut bytes = text_frame("6");
        bytes[1] |= 0x80;
        bytes.splice(2..2, [0; 4]);
        bytes
    };
    let event = |data: &str| text_frame(&format!("42{NAMESPACE},{data}"));
    for (bytes, what) in [
        (text_frame(""), "empty"),
        (text_frame("7"), "unknown Engine.IO"),
        (text_frame("\u{e9}"), "unknown Engine.IO"),
        (text_frame("{}"), "unknown Engine.IO"),
        (text_frame("4"), "empty"),
        (text_frame("47"), "unknown Socket.IO"),
        (text_frame("4[]"), "unknown Socket.IO"),
        (text_frame("bAAAA"), "binary"),
        (frame(FIN | BINARY, b"4"), "binary"),
        (frame(FIN | BINARY, b""), "binary"),
        (
            text_frame(&format!(
                r#"451-{NAMESPACE},["notification",{{"_placeholder":true,"num":0}}]"#
            )),
            "binary",
        ),
        (text_frame("461-[]"), "binary"),
        (event(""), "event"),
        (event("[]"), "event"),
        (event("{}"), "event"),
        (event("[7]"), "event"),
        (event(r#"["notification""#), "event"),
        (event(r#"["notification"]]"#), "event"),
        (event("99999999999999999999999[\"x\"]"), "ack id"),
        (text_frame("0[]"), "open packet"),
        (frame(FIN | TEXT, b"6\xC3\x28"), "UTF-8"),
        (frame(FIN | 0x40 | TEXT, b"6"), "Reserved bits"),
        (frame(FIN | 0x3, b"6"), "opcode"),
        (frame(FIN | CONTINUATION, b"6"), "ontinu"),
        (frame(FIN | PING, &[b'x'; 126]), "ontrol frame"),
        (masked, "mask"),
    ] {
        let (subscription, mut socket) = live().await;
        socket.send_raw(&bytes).await;
        let problem = expect_protocol_error(subscription).await;
        assert!(problem.contains(what), "{bytes:?}: {problem}");
        within(socket.until_closed()).await;
    }
}

/// Returns the problem in the disconnect reason.
async fn expect_protocol_error(mut subscription: Subscription) -> String {
    match next_disconnect(&mut subscription).await {
        (DisconnectReason::ProtocolError { problem }, _) => problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_protocol_error_is_reported_like_any_other_end() {
    let (subscription, mut socket) = live().await;
    socket.send("9").await;
    let problem = "an unknown Engine.IO packet type".to_owned();
    expect_end(subscription, &DisconnectReason::ProtocolError { problem }).await;
}

#[tokio::test]
async fn a_message_is_accepted_up_to_the_limit_and_not_beyond() {
    const LIMIT: usize = 4096;
    let packet = |length: usize| {
        let start = format!(r#"42{NAMESPACE},["notification",{{"subscriptionId":""#);
        let end = r#""}]"#;
        format!(
            "{start}{}{end}",
            "x".repeat(length - start.len() - end.len())
        )
    };
    let whole = text_frame(&packet(LIMIT + 1));
    let (first, second) = (packet(LIMIT + 1), 2048);
    let fragments = [
        frame(TEXT, &first.as_bytes()[..second]),
        frame(FIN | CONTINUATION, &first.as_bytes()[second..]),
    ];
    // Only the header: the limit counts before any of the payload has arrived.
    let announced = whole[..4].to_vec();
    for oversized in [whole, fragments.concat(), announced] {
        let server = RawServer::start().await;
        let options = builder(server.base_url()).max_message_size(LIMIT);
        let (mut subscription, mut socket) = connect(options, server.live()).await;
        socket.send(&packet(LIMIT)).await;
        next_notification(&mut subscription).await;
        socket.send_raw(&oversized).await;
        let problem = expect_protocol_error(subscription).await;
        assert!(problem.contains("max_message_size"), "{problem}");
    }
}

#[tokio::test]
async fn the_default_limit_is_one_mebibyte() {
    let (mut subscription, mut socket) = live().await;
    let start = format!(r#"42{NAMESPACE},["notification",{{"subscriptionId":""#);
    let padding = 1024 * 1024 - start.len() - 3;
    let at_limit = format!(r#"{start}{}"}}]"#, "x".repeat(padding));
    assert_eq!(at_limit.len(), 1024 * 1024);
    let send = socket.send(&at_limit);
    let (note, ()) = tokio::join!(next_notification(&mut subscription), within(send));
    assert_eq!(note.kind(), NotificationKind::Changed);
    socket
        .send_raw(&frame(FIN | TEXT, &vec![b'6'; 1024 * 1024 + 1])[..4096])
        .await;
    expect_protocol_error(subscription).await;
}

#[tokio::test]
async fn the_largest_values_of_an_open_packet_are_accepted() {
    let open = format!(
        r#"{{"pingInterval":{max},"pingTimeout":{max}}}"#,
        max = u64::MAX
    );
    let server = RawServer::start().await;
    let options = builder(server.base_url());
    let (mut subscription, mut socket) = connect(options, server.live_with_open(&open)).await;
    expect_nothing_delivered(&mut subscription, &mut socket).await;
}
