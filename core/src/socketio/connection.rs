use std::time::Duration;

use serde_json::Value;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::event::SocketEvent;
use super::frames::{Frame, Frames};
use super::packet::{self, EnginePacket, SocketPacket, SocketPacketKind};
use super::url::NotificationUrl;
use crate::DisconnectReason;
use crate::log_limit::limited;

/// A connection to a Socket.IO namespace.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(super) frames: Frames,
    pub(super) url: NotificationUrl,
}

/// What a message of the server means to the application.
pub(super) enum Incoming {
    Event(SocketEvent),
    Joined,
    JoinRefused(String),
    /// A heartbeat, or a packet that does not concern us.
    Nothing,
}

impl Connection {
    /// The next event. Answers heartbeats meanwhile. Nothing is lost when the future is dropped.
    pub(crate) async fn next_event(&mut self) -> Result<SocketEvent, DisconnectReason> {
        loop {
            let text = self.next_text().await?;
            if let Incoming::Event(event) = self.handle(&text).await? {
                return Ok(event);
            }
        }
    }

    /// Makes a text of the server safe to show.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.url.redact(text)
    }

    /// Counts time as silence of the server during which the machine was asleep.
    pub(crate) fn add_time_asleep(&mut self, asleep: Duration) {
        self.frames.add_time_asleep(asleep);
    }

    pub(super) async fn next_text(&mut self) -> Result<Utf8Bytes, DisconnectReason> {
        loop {
            match self.frames.next().await? {
                Frame::Text(text) => return Ok(text),
                Frame::Pong(_) => {}
                Frame::Close(frame) => return Err(self.closed(frame)),
            }
        }
    }

    /// Answers a message as the protocols demand, and returns what it means.
    pub(super) async fn handle(&mut self, text: &Utf8Bytes) -> Result<Incoming, DisconnectReason> {
        match EnginePacket::parse(text)? {
            EnginePacket::Ping(payload) => {
                self.frames.send(packet::pong(payload)).await?;
                Ok(Incoming::Nothing)
            }
            EnginePacket::Close => Err(DisconnectReason::EngineClose),
            EnginePacket::Message(message) => self.handle_message(message).await,
            EnginePacket::Open(_)
            | EnginePacket::Pong
            | EnginePacket::Upgrade
            | EnginePacket::Noop => Ok(Incoming::Nothing),
        }
    }

    async fn handle_message(&mut self, message: &str) -> Result<Incoming, DisconnectReason> {
        let packet = SocketPacket::parse(message)?;
        let is_ours = packet.namespace == self.url.namespace();
        Ok(match packet.kind {
            SocketPacketKind::Connect if is_ours => {
                if let Some(id) = packet::session_id(packet.data) {
                    self.url.protect(id);
                }
                Incoming::Joined
            }
            SocketPacketKind::ConnectError if is_ours => {
                Incoming::JoinRefused(self.connect_error(packet.data))
            }
            SocketPacketKind::Disconnect if is_ours => {
                return Err(DisconnectReason::NamespaceDisconnect);
            }
            // Production servers were observed to send events in the default namespace too.
            SocketPacketKind::Event if is_ours || packet.namespace == "/" => {
                let event = SocketEvent::parse(packet.data)?;
                if let Some(id) = packet.ack_id {
                    self.frames.send(packet::ack(packet.namespace, id)).await?;
                }
                Incoming::Event(event)
            }
            SocketPacketKind::Connect
            | SocketPacketKind::ConnectError
            | SocketPacketKind::Disconnect
            | SocketPacketKind::Event
            | SocketPacketKind::Ack => {
                limited!(DEBUG, kind = ?packet.kind, "skipping a packet for another namespace");
                Incoming::Nothing
            }
        })
    }

    /// The server's reason for refusing a namespace: an object with `message`, a string, or
    /// nothing.
    fn connect_error(&self, data: &str) -> String {
        let value: Value = serde_json::from_str(data).unwrap_or_default();
        let text = value["message"].as_str().or(value.as_str());
        text.map_or_else(|| "it gave no reason".to_owned(), |text| self.redact(text))
    }

    fn closed(&self, frame: Option<CloseFrame>) -> DisconnectReason {
        DisconnectReason::WebSocketClose {
            code: frame.as_ref().map(|frame| frame.code.into()),
            reason: frame
                .map(|frame| self.redact(&frame.reason))
                .unwrap_or_default(),
        }
    }
}
