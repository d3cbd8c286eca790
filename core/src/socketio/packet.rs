use std::collections::HashMap;
use std::time::Duration;

use serde_json::value::RawValue;
use thiserror::Error;

use crate::DisconnectReason;
use crate::secret::Secret;

/// The reference implementation's values, in milliseconds, for an open packet without them.
const DEFAULT_PING_INTERVAL: u64 = 25_000;
/// The longest interval, and the longest timeout, that is believed. In milliseconds.
const LONGEST_PING: u64 = 5 * 60 * 1000;
const DEFAULT_PING_TIMEOUT: u64 = 20_000;

/// Why a packet is invalid. It never contains the packet's data.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum PacketError {
    #[error("an empty packet")]
    Empty,
    #[error("an unknown Engine.IO packet type")]
    UnknownEngineType,
    #[error("an unknown Socket.IO packet type")]
    UnknownSocketType,
    #[error("an open packet that is not a JSON object of the known shape")]
    BadOpen,
    #[error("an event that is not a JSON array starting with a name")]
    BadEvent,
    #[error("an ack id that is not a number")]
    BadAckId,
    #[error("binary data, which this service does not use")]
    Binary,
}

impl From<PacketError> for DisconnectReason {
    fn from(error: PacketError) -> Self {
        Self::ProtocolError {
            problem: error.to_string(),
        }
    }
}

/// An Engine.IO 4 packet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum EnginePacket<'a> {
    Open(Open),
    Close,
    /// With the payload that the pong must repeat.
    Ping(&'a str),
    Pong,
    Message(&'a str),
    Upgrade,
    Noop,
}

/// The open packet, which is the server's handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) ping_interval: Duration,
    pub(crate) ping_timeout: Duration,
}

impl<'a> EnginePacket<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, PacketError> {
        let mut rest = text.chars();
        let packet = match rest.next().ok_or(PacketError::Empty)? {
            '0' => Self::Open(Open::parse(rest.as_str())?),
            '1' => Self::Close,
            '2' => Self::Ping(rest.as_str()),
            '3' => Self::Pong,
            '4' => Self::Message(rest.as_str()),
            '5' => Self::Upgrade,
            '6' => Self::Noop,
            'b' => return Err(PacketError::Binary),
            _ => return Err(PacketError::UnknownEngineType),
        };
        Ok(packet)
    }
}

impl Open {
    fn parse(json: &str) -> Result<Self, PacketError> {
        // As a map, in which the last of a doubled key wins, as in JavaScript.
        let fields: HashMap<String, &RawValue> =
            serde_json::from_str(json).map_err(|_| PacketError::BadOpen)?;
        let millis = |name, default| {
            let value = fields.get(name).map_or("null", |raw| raw.get());
            let millis: Option<u64> =
                serde_json::from_str(value).map_err(|_| PacketError::BadOpen)?;
            // Zero would end every connection at once, so it cannot be meant.
            let millis = millis.filter(|millis| *millis > 0).unwrap_or(default);
            // A server that may be silent for hours cannot be told from one that is gone.
            let millis = millis.min(LONGEST_PING);
            Ok(Duration::from_millis(millis))
        };
        Ok(Self {
            ping_interval: millis("pingInterval", DEFAULT_PING_INTERVAL)?,
            ping_timeout: millis("pingTimeout", DEFAULT_PING_TIMEOUT)?,
        })
    }
}

/// The id of a session (`sid`), of Engine.IO in an open packet, or of Socket.IO in the answer to a join.
pub(crate) fn session_id(json: &str) -> Option<Secret> {
    let fields: HashMap<String, &RawValue> = serde_json::from_str(json).ok()?;
    let id: String = serde_json::from_str(fields.get("sid")?.get()).ok()?;
    Some(Secret::new(&id))
}

/// The kinds of Socket.IO packet that a server sends as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SocketPacketKind {
    Connect,
    Disconnect,
    Event,
    Ack,
    ConnectError,
}

/// A Socket.IO 5 packet, its data unparsed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SocketPacket<'a> {
    pub(crate) kind: SocketPacketKind,
    pub(crate) namespace: &'a str,
    pub(crate) ack_id: Option<u64>,
    pub(crate) data: &'a str,
}

impl<'a> SocketPacket<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, PacketError> {
        let mut rest = text.chars();
        let kind = match rest.next().ok_or(PacketError::Empty)? {
            '0' => SocketPacketKind::Connect,
            '1' => SocketPacketKind::Disconnect,
            '2' => SocketPacketKind::Event,
            '3' => SocketPacketKind::Ack,
            '4' => SocketPacketKind::ConnectError,
            '5' | '6' => return Err(PacketError::Binary),
            _ => return Err(PacketError::UnknownSocketType),
        };
        let (namespace, rest) = split_namespace(rest.as_str());
        let (ack_id, data) = match kind {
            SocketPacketKind::Event | SocketPacketKind::Ack => split_ack_id(rest)?,
            _ => (None, rest),
        };
        Ok(Self {
            kind,
            namespace,
            ack_id,
            data,
        })
    }
}

/// A namespace starts with `/` and ends at the first comma, or with the packet.
fn split_namespace(text: &str) -> (&str, &str) {
    if !text.starts_with('/') {
        return ("/", text);
    }
    // Faster than `find`, whose setup takes longer than reaching a comma this near.
    let comma = text.bytes().position(|byte| byte == b',');
    comma.map_or((text, ""), |comma| (&text[..comma], &text[comma + 1..]))
}

fn split_ack_id(text: &str) -> Result<(Option<u64>, &str), PacketError> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (id, data) = text.split_at(digits);
    if id.is_empty() {
        return Ok((None, data));
    }
    let id = id.parse().map_err(|_| PacketError::BadAckId)?;
    Ok((Some(id), data))
}

/// The pong for a ping.
pub(crate) fn pong(payload: &str) -> String {
    format!("3{payload}")
}

/// The packet that joins a namespace.
pub(crate) fn join(namespace: &str) -> String {
    addressed("40", namespace)
}

/// The packet that leaves a namespace.
pub(crate) fn leave(namespace: &str) -> String {
    addressed("41", namespace)
}

/// The packet that acknowledges an event.
pub(crate) fn ack(namespace: &str, id: u64) -> String {
    format!("{}{id}[]", addressed("43", namespace))
}

fn addressed(kind: &str, namespace: &str) -> String {
    if namespace == "/" {
        kind.to_owned()
    } else {
        format!("{kind}{namespace},")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engine_packets() {
        let open = r#"0{"sid":"s","upgrades":[],"pingInterval":200,"pingTimeout":100,"maxPayload":1000000}"#;
        assert_eq!(
            EnginePacket::parse(open),
            Ok(EnginePacket::Open(Open {
                ping_interval: Duration::from_millis(200),
                ping_timeout: Duration::from_millis(100),
            }))
        );
        assert_eq!(EnginePacket::parse("1"), Ok(EnginePacket::Close));
        assert_eq!(EnginePacket::parse("2"), Ok(EnginePacket::Ping("")));
        assert_eq!(
            EnginePacket::parse("2probe"),
            Ok(EnginePacket::Ping("probe"))
        );
        assert_eq!(EnginePacket::parse("4x"), Ok(EnginePacket::Message("x")));
        assert_eq!(EnginePacket::parse("6"), Ok(EnginePacket::Noop));
        assert_eq!(EnginePacket::parse(""), Err(PacketError::Empty));
        assert_eq!(
            EnginePacket::parse("9"),
            Err(PacketError::UnknownEngineType)
        );
        assert_eq!(
            EnginePacket::parse("é"),
            Err(PacketError::UnknownEngineType)
        );
        assert_eq!(EnginePacket::parse("bAAAA"), Err(PacketError::Binary));
        assert_eq!(EnginePacket::parse("0[]x"), Err(PacketError::BadOpen));
    }

    #[test]
    fn an_open_packet_may_lack_everything() {
        let Ok(EnginePacket::Open(open)) = EnginePacket::parse("0{}") else {
            panic!("refused");
        };
        assert_eq!(
            open.ping_interval + open.ping_timeout,
            Duration::from_secs(45)
        );
        assert_eq!(
            EnginePacket::parse(r#"0{"pingInterval":0,"pingTimeout":0}"#),
            Ok(EnginePacket::Open(open))
        );
    }

    #[test]
    fn the_last_of_a_doubled_key_of_an_open_packet_wins() {
        let json = r#"0{"sid":"one","pingTimeout":1,"sid":null,"pingTimeout":7,"x":1,"x":1e400}"#;
        assert_eq!(
            EnginePacket::parse(json),
            Ok(EnginePacket::Open(Open {
                ping_interval: Duration::from_secs(25),
                ping_timeout: Duration::from_millis(7),
            }))
        );
        for bad in [r#"0{"pingTimeout":-1}"#, r#"0{"pingInterval":"7"}"#, "0[]"] {
            let parsed = EnginePacket::parse(bad);
            assert_eq!(parsed, Err(PacketError::BadOpen), "{bad}");
        }
    }

    #[test]
    fn socket_packets() {
        let table = [
            (
                "0/n,{\"sid\":\"s\"}",
                SocketPacketKind::Connect,
                "/n",
                None,
                "{\"sid\":\"s\"}",
            ),
            ("0", SocketPacketKind::Connect, "/", None, ""),
            ("1/n", SocketPacketKind::Disconnect, "/n", None, ""),
            ("1/n,", SocketPacketKind::Disconnect, "/n", None, ""),
            ("2[\"x\"]", SocketPacketKind::Event, "/", None, "[\"x\"]"),
            (
                "2/n,12[\"x\"]",
                SocketPacketKind::Event,
                "/n",
                Some(12),
                "[\"x\"]",
            ),
            (
                "4/n,\"no\"",
                SocketPacketKind::ConnectError,
                "/n",
                None,
                "\"no\"",
            ),
        ];
        for (text, kind, namespace, ack_id, data) in table {
            let expected = SocketPacket {
                kind,
                namespace,
                ack_id,
                data,
            };
            assert_eq!(SocketPacket::parse(text), Ok(expected), "{text}");
        }
        assert_eq!(
            SocketPacket::parse("7"),
            Err(PacketError::UnknownSocketType)
        );
        assert_eq!(SocketPacket::parse("51-[]"), Err(PacketError::Binary));
        assert_eq!(
            SocketPacket::parse("299999999999999999999[]"),
            Err(PacketError::BadAckId)
        );
    }

    #[test]
    fn packets_to_send() {
        assert_eq!(join("/notifications"), "40/notifications,");
        assert_eq!(join("/"), "40");
        assert_eq!(leave("/notifications"), "41/notifications,");
        assert_eq!(ack("/n", 3), "43/n,3[]");
    }
}
