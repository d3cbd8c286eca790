//! Properties of the parsers of packets, events and URLs.

use proptest::prelude::*;

use super::event::{Argument, SocketEvent};
use super::packet::{self, EnginePacket, SocketPacket, SocketPacketKind};
use super::url::NotificationUrl;
use crate::strategies::{damaged, namespace, notification_url};

fn frame() -> impl Strategy<Value = String> {
    let packet = (
        0..8u8,
        prop::option::of(namespace()),
        prop::option::of(0..1000u32),
    );
    let data = prop_oneof!["", "\\[\"notification\",\"[a-z]{0,9}\"\\]", "\\{\\}", ".*"];
    (0..8u8, packet, data).prop_map(|(engine, (kind, namespace, id), data)| {
        let namespace = namespace.map(|it| it + ",").unwrap_or_default();
        let id = id.map(|it| it.to_string()).unwrap_or_default();
        format!("{engine}{kind}{namespace}{id}{data}")
    })
}

fn one_text() -> impl Strategy<Value = String> {
    ("[a-z]{0,3}", ".{0,9}").prop_map(|event| serde_json::json!(event).to_string())
}

/// The packet as text.
fn print(packet: &SocketPacket<'_>) -> String {
    let kind = match packet.kind {
        SocketPacketKind::Connect => '0',
        SocketPacketKind::Disconnect => '1',
        SocketPacketKind::Event => '2',
        SocketPacketKind::Ack => '3',
        SocketPacketKind::ConnectError => '4',
    };
    let id = packet.ack_id.map(|id| id.to_string()).unwrap_or_default();
    format!("{kind}{},{id}{}", packet.namespace, packet.data)
}

proptest! {
    #[test]
    fn any_text_is_a_packet_or_an_error(text in prop_oneof![".*", frame(), damaged(frame())]) {
        let Ok(EnginePacket::Message(message)) = EnginePacket::parse(&text) else {
            return Ok(());
        };
        let Ok(packet) = SocketPacket::parse(message) else {
            return Ok(());
        };
        let printed = print(&packet);
        prop_assert_eq!(SocketPacket::parse(&printed), Ok(packet));
    }

    #[test]
    fn any_text_is_an_event_or_an_error(text in prop_oneof![".*", "\\[.*\\]", "\\[\"[a-z]*\".*\\]"]) {
        let _ = SocketEvent::parse(&text);
    }

    #[test]
    fn a_text_arrives_as_it_was_sent(text in prop_oneof![".*", "[\"\\\\/a\n]*"]) {
        let data = serde_json::json!(["x", text]).to_string();
        let event = SocketEvent::parse(&data).expect("an event");
        prop_assert_eq!(event.argument, Some(Argument::Text(text.into())));
    }

    #[test]
    fn the_fast_parser_of_events_agrees_with_the_general_one(
        data in prop_oneof![".*", r#"\["[a-z\\\\"]{0,3}",?"[a-z\\\\"/u\x00-\x1f]{0,9}"[,\]]{0,2}"#, damaged(one_text())],
    ) {
        prop_assert_eq!(SocketEvent::parse(&data), SocketEvent::parse_any(&data));
    }

    #[test]
    fn packets_to_send_name_their_namespace(namespace in namespace(), id in any::<u64>()) {
        for (printed, kind) in [
            (packet::join(&namespace), SocketPacketKind::Connect),
            (packet::leave(&namespace), SocketPacketKind::Disconnect),
        ] {
            let packet = SocketPacket::parse(&printed[1..]).expect("our own packet");
            prop_assert_eq!((packet.kind, packet.namespace, packet.data), (kind, &*namespace, ""));
        }
        let printed = packet::ack(&namespace, id);
        let packet = SocketPacket::parse(&printed[1..]).expect("our own packet");
        prop_assert_eq!((packet.namespace, packet.ack_id), (&*namespace, Some(id)));
    }

    #[test]
    fn a_url_is_split_without_touching_path_or_query(text in prop_oneof![".*", notification_url(), damaged(notification_url())]) {
        let Ok(url) = NotificationUrl::parse(&text) else {
            return Ok(());
        };
        let (_, rest) = text.split_once("://").expect("it was accepted");
        let rest = rest.split('#').next().unwrap_or_default();
        let (location, query) = rest.split_once('?').unwrap_or((rest, ""));
        prop_assert!(location.ends_with(url.namespace()) || url.namespace() == "/");
        let target = url.engine_uri().query().expect("it has one").to_owned();
        let separator = if query.is_empty() { "" } else { "&" };
        let query_of_a_uri: String = query
            .chars()
            .map(|character| match character {
                ' ' | '"' | '<' | '>' => format!("%{:02X}", u32::from(character)),
                '!'..='~' => character.to_string(),
                _ => percent_encoding::utf8_percent_encode(
                    &character.to_string(), percent_encoding::NON_ALPHANUMERIC).to_string(),
            })
            .collect();
        prop_assert_eq!(target, format!("{query_of_a_uri}{separator}EIO=4&transport=websocket"));
        let debug = format!("{url:?}");
        prop_assert!(query.len() < 8 || !debug.contains(query));
    }
}
