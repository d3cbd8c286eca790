use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use serde_json::Value;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message, Utf8Bytes};

use super::handshake::{self, WebSocketBytes};
use super::packet::{self, EnginePacket, PacketError, SocketPacket, SocketPacketKind};
use super::wire::Wire;
use super::{NotificationUrl, SocketEvent, Witness};
use crate::network::Network;
use crate::{DisconnectReason, Error, ErrorKind};

/// A session's memory is to a good part this buffer; the library's default costs nine times as much.
const READ_BUFFER: usize = 1024;

/// A buffer that has held more is let go.
const LARGE: usize = 4 * 1024;

/// How patient and how generous a connection is.
#[derive(Debug, Clone)]
pub(crate) struct SocketOptions {
    /// For the TCP and TLS handshakes and the answer to the upgrade.
    pub(crate) connect_timeout: Duration,
    /// For the Engine.IO open packet.
    pub(crate) open_timeout: Duration,
    /// For the answer to joining the namespace.
    pub(crate) join_timeout: Duration,
    /// For a goodbye: the other side may be gone.
    pub(crate) close_timeout: Duration,
    /// Longest incoming message, in bytes.
    pub(crate) max_message_size: usize,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            open_timeout: Duration::from_secs(10),
            join_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(1),
            max_message_size: 1024 * 1024,
        }
    }
}

/// A connection that has joined its namespace.
#[derive(Debug)]
pub(crate) struct Connection {
    socket: WebSocketStream<Wire<WebSocketBytes>>,
    max_message_size: usize,
    url: NotificationUrl,
    /// How long the server may be silent; nothing while opening, when each step has its time.
    heartbeat: Option<Duration>,
    /// When the step, or the silence, will have lasted too long. Nothing while the server is heard:
    /// the clock is read once for a silence, not for each of its frames.
    deadline: Option<Instant>,
    close_timeout: Duration,
    /// Goodbye is said: nothing is answered any more.
    leaving: bool,
}

/// What one frame of the server means to the application.
enum Incoming {
    Event(SocketEvent),
    Joined,
    Refused(String),
    /// Heartbeats and packets that are none of our business.
    Nothing,
}

impl Connection {
    /// Connects, waits for the open packet and joins the URL's namespace.
    pub(crate) async fn open(
        network: &Network,
        url: &NotificationUrl,
        options: &SocketOptions,
    ) -> Result<Self, Error> {
        Self::open_before(network, url, options, &mut ()).await
    }

    /// The same, with somebody who looks.
    pub(crate) async fn open_before(
        network: &Network,
        url: &NotificationUrl,
        options: &SocketOptions,
        witness: &mut dyn Witness,
    ) -> Result<Self, Error> {
        let deadline = deadline_after(options.connect_timeout);
        let upgraded = handshake::upgrade(network, url, deadline, witness).await?;
        let mut connection = Self {
            socket: websocket(Wire::new(upgraded, LARGE), options.max_message_size).await,
            max_message_size: options.max_message_size,
            url: url.clone(),
            heartbeat: None,
            deadline: Some(deadline_after(options.open_timeout)),
            close_timeout: options.close_timeout,
            leaving: false,
        };
        let host = url.host();
        let heartbeat = connection
            .wait_for_open(witness)
            .await
            .map_err(|reason| unopened(host, &reason, "sent no Engine.IO open packet in time"))?;
        connection
            .join_either(options.join_timeout, witness)
            .await
            .map_err(|failure| match failure {
                JoinFailure::Refused(why) => Error::new(
                    ErrorKind::ConnectionFailed,
                    format!(
                        "{host} refused the namespace of the notification URL ({why}); a new \
                     endpoint from Graph may be accepted"
                    ),
                ),
                JoinFailure::Ended(reason) => {
                    unopened(host, &reason, "did not answer the request to join in time")
                }
            })?;
        connection.heartbeat = Some(heartbeat);
        connection.deadline = None;
        Ok(connection)
    }

    /// The next event, answering heartbeats meanwhile. Nothing is lost when the future is dropped.
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

    /// The server has been silent for so much longer than the clock says.
    pub(crate) fn woke(&mut self, asleep: Duration) {
        let deadline = self.deadline();
        self.deadline = Some(deadline.checked_sub(asleep).unwrap_or(deadline));
    }

    /// Hands to `deliver` what the server has sent until now. It is all there when the server has
    /// answered a WebSocket ping, which it does in order and with the same text (RFC 6455, section
    /// 5.5.3); false if it does not, and there may have been more.
    ///
    /// An end is no answer, orderly as it may be: it may have come long before.
    pub(crate) async fn catch_up(&mut self, mut deliver: impl FnMut(SocketEvent)) -> bool {
        const QUESTION: &[u8] = b"was that all?";
        let patience = self.close_timeout;
        let asking = async {
            let question = Message::Ping(Bytes::from_static(QUESTION));
            if let Err(error) = self.socket.send(question).await {
                tracing::debug!(%error, "the server was gone before it was replaced");
            }
            let mut readable = true;
            loop {
                let text = match self.next_frame().await {
                    Ok(Frame::Text(text)) => text,
                    Ok(Frame::Pong(answer)) if answer == QUESTION => return readable,
                    Ok(Frame::Pong(_)) => continue,
                    Err(_) => return false,
                };
                match self.handle(&text).await {
                    Ok(Incoming::Event(event)) => deliver(event),
                    Ok(_) => {}
                    Err(DisconnectReason::ProtocolError { .. }) => readable = false,
                    Err(_) => return false,
                }
            }
        };
        timeout(patience, asking).await.unwrap_or(false)
    }

    /// Leaves the namespace and closes the WebSocket, as far as the server still listens. What was
    /// on its way meanwhile is handed to `deliver`.
    pub(crate) async fn close(mut self, mut deliver: impl FnMut(SocketEvent)) {
        let deadline = deadline_after(self.close_timeout);
        // Each step has to be over by then, whatever still arrives.
        self.heartbeat = None;
        self.leaving = true;
        self.deadline = Some(deadline);
        let goodbye = async {
            if let Err(error) = self.say_goodbye().await {
                tracing::debug!(%error, "the server was gone before the goodbye");
            }
            while let Ok(text) = self.next_text().await {
                if let Ok(Incoming::Event(event)) = self.handle(&text).await {
                    deliver(event);
                }
            }
        };
        let _ = timeout_at(deadline, goodbye).await;
    }

    async fn say_goodbye(&mut self) -> Result<(), tungstenite::Error> {
        let leave = Message::text(packet::leave(self.url.namespace()));
        self.socket.send(leave).await?;
        self.socket.close(None).await
    }

    async fn wait_for_open(
        &mut self,
        witness: &mut dyn Witness,
    ) -> Result<Duration, DisconnectReason> {
        loop {
            let text = self.next_text().await?;
            match EnginePacket::parse(&text)? {
                EnginePacket::Open(open) => {
                    witness.opened(&text[1..]);
                    tracing::debug!(sid = open.sid, "the Engine.IO session is open");
                    return Ok(open.ping_interval + open.ping_timeout);
                }
                EnginePacket::Ping(payload) => self.pong(payload).await?,
                EnginePacket::Close => return Err(DisconnectReason::EngineClose),
                EnginePacket::Pong
                | EnginePacket::Message(_)
                | EnginePacket::Upgrade
                | EnginePacket::Noop => {}
            }
        }
    }

    /// Joins the URL's namespace; if that is refused, the other one that its path may mean.
    async fn join_either(
        &mut self,
        patience: Duration,
        witness: &mut dyn Witness,
    ) -> Result<(), JoinFailure> {
        self.deadline = Some(deadline_after(patience));
        let refused = match self.join(witness).await {
            Err(JoinFailure::Refused(why)) => why,
            result => return result,
        };
        let Some(other) = self.url.without_callback() else {
            return Err(JoinFailure::Refused(refused));
        };
        tracing::debug!("the namespace was refused; trying it without /callback");
        self.url = other;
        self.deadline = Some(deadline_after(patience));
        self.join(witness).await
    }

    async fn join(&mut self, witness: &mut dyn Witness) -> Result<(), JoinFailure> {
        self.send(packet::join(self.url.namespace())).await?;
        loop {
            let text = self.next_text().await?;
            match self.handle(&text).await? {
                Incoming::Joined => {
                    witness.answered_join(self.url.namespace(), true, &text);
                    return Ok(());
                }
                Incoming::Refused(why) => {
                    witness.answered_join(self.url.namespace(), false, &text);
                    return Err(JoinFailure::Refused(why));
                }
                Incoming::Event(event) => {
                    tracing::debug!(
                        name = self.redact(&event.name),
                        "an event before the join; skipped"
                    );
                }
                Incoming::Nothing => {}
            }
        }
    }

    async fn handle(&mut self, text: &Utf8Bytes) -> Result<Incoming, DisconnectReason> {
        match EnginePacket::parse(text)? {
            EnginePacket::Ping(payload) => {
                self.pong(payload).await?;
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
        let ours = packet.namespace == self.url.namespace();
        Ok(match packet.kind {
            SocketPacketKind::Connect if ours => Incoming::Joined,
            SocketPacketKind::ConnectError if ours => Incoming::Refused(self.refusal(packet.data)),
            SocketPacketKind::Disconnect if ours => {
                return Err(DisconnectReason::NamespaceDisconnect);
            }
            // Production servers have been seen to speak in the default namespace as well.
            SocketPacketKind::Event if ours || packet.namespace == "/" => {
                let event = SocketEvent::parse(packet.data)?;
                if let Some(id) = packet.ack_id {
                    self.send(packet::ack(packet.namespace, id)).await?;
                }
                Incoming::Event(event)
            }
            SocketPacketKind::Connect
            | SocketPacketKind::ConnectError
            | SocketPacketKind::Disconnect
            | SocketPacketKind::Event
            | SocketPacketKind::Ack => {
                tracing::debug!(kind = ?packet.kind, "a packet for another namespace; skipped");
                Incoming::Nothing
            }
        })
    }

    async fn next_text(&mut self) -> Result<Utf8Bytes, DisconnectReason> {
        loop {
            if let Frame::Text(text) = self.next_frame().await? {
                return Ok(text);
            }
        }
    }

    async fn next_frame(&mut self) -> Result<Frame, DisconnectReason> {
        loop {
            let frame = match self.socket.next().now_or_never() {
                Some(frame) => frame,
                None => timeout_at(self.deadline(), self.socket.next())
                    .await
                    .map_err(|_| DisconnectReason::HeartbeatTimeout)?,
            };
            // Any frame is a sign of life, WebSocket's own pings included.
            if self.heartbeat.is_some() {
                self.deadline = None;
            }
            match frame {
                None => return Err(DisconnectReason::ConnectionClosed),
                Some(Err(error)) => return Err(ended(&error)),
                Some(Ok(Message::Text(text))) => {
                    self.let_go_of_a_large_buffer().await;
                    return Ok(Frame::Text(text));
                }
                Some(Ok(Message::Pong(answer))) => return Ok(Frame::Pong(answer)),
                Some(Ok(Message::Binary(_))) => return Err(PacketError::Binary.into()),
                Some(Ok(Message::Close(frame))) => {
                    if !self.leaving {
                        self.answer_close().await;
                    }
                    return Err(DisconnectReason::WebSocketClose {
                        code: frame.as_ref().map(|frame| frame.code.into()),
                        reason: frame
                            .map(|frame| self.redact(&frame.reason))
                            .unwrap_or_default(),
                    });
                }
                Some(Ok(Message::Ping(_) | Message::Frame(_))) => {}
            }
        }
    }

    async fn let_go_of_a_large_buffer(&mut self) {
        // Not in the middle of a goodbye, nor before the library has sent what it still has to.
        if self.socket.get_ref().has_grown()
            && !self.leaving
            && matches!(self.socket.flush().now_or_never(), Some(Ok(())))
        {
            let wire = self.socket.get_mut().hand_over();
            self.socket = websocket(wire, self.max_message_size).await;
        }
    }

    /// The library has queued the answering close frame; reading on sends it.
    async fn answer_close(&mut self) {
        let patience = self.close_timeout;
        let drained = async { while let Some(Ok(_)) = self.socket.next().await {} };
        let _ = timeout(patience, drained).await;
    }

    async fn pong(&mut self, payload: &str) -> Result<(), DisconnectReason> {
        self.send(format!("3{payload}")).await
    }

    async fn send(&mut self, packet: String) -> Result<(), DisconnectReason> {
        if self.leaving {
            return Ok(());
        }
        timeout_at(self.deadline(), self.socket.send(Message::text(packet)))
            .await
            .map_err(|_| DisconnectReason::HeartbeatTimeout)?
            .map_err(|error| ended(&error))
    }

    fn deadline(&mut self) -> Instant {
        let heartbeat = self.heartbeat.unwrap_or_default();
        *self
            .deadline
            .get_or_insert_with(|| deadline_after(heartbeat))
    }

    /// The text of a refusal to join: an object with `message`, a string, or nothing.
    fn refusal(&self, data: &str) -> String {
        let value: Value = serde_json::from_str(data).unwrap_or_default();
        let text = value["message"].as_str().or(value.as_str());
        text.map_or_else(|| "it gave no reason".to_owned(), |text| self.redact(text))
    }
}

async fn websocket(
    wire: Wire<WebSocketBytes>,
    max_message_size: usize,
) -> WebSocketStream<Wire<WebSocketBytes>> {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(Some(max_message_size))
        .max_frame_size(Some(max_message_size));
    WebSocketStream::from_raw_socket(wire, Role::Client, Some(config)).await
}

/// A time that the clock cannot count stands for no limit.
fn deadline_after(limit: Duration) -> Instant {
    const DECADES: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
    let now = Instant::now();
    now.checked_add(limit).unwrap_or(now + DECADES)
}

enum Frame {
    Text(Utf8Bytes),
    Pong(Bytes),
}

enum JoinFailure {
    Refused(String),
    Ended(DisconnectReason),
}

impl From<DisconnectReason> for JoinFailure {
    fn from(reason: DisconnectReason) -> Self {
        Self::Ended(reason)
    }
}

fn unopened(host: &str, reason: &DisconnectReason, timed_out: &str) -> Error {
    let error = match reason {
        DisconnectReason::HeartbeatTimeout => {
            Error::new(ErrorKind::Timeout, format!("{host} {timed_out}"))
        }
        DisconnectReason::ProtocolError { .. } => Error::new(
            ErrorKind::Protocol,
            format!("{host} does not speak Engine.IO 4: {reason}"),
        ),
        _ => Error::new(
            ErrorKind::ConnectionFailed,
            format!("{host} ended the connection before it was live: {reason}"),
        ),
    };
    error.with_reason(reason.clone())
}

impl From<PacketError> for DisconnectReason {
    fn from(error: PacketError) -> Self {
        Self::ProtocolError {
            problem: error.to_string(),
        }
    }
}

fn ended(error: &tungstenite::Error) -> DisconnectReason {
    use tungstenite::Error as E;
    match error {
        E::ConnectionClosed
        | E::AlreadyClosed
        | E::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            DisconnectReason::ConnectionClosed
        }
        // How TLS tells of a stream that ended without its own goodbye.
        E::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            DisconnectReason::ConnectionClosed
        }
        E::Io(_) => DisconnectReason::ConnectionReset,
        E::Capacity(CapacityError::MessageTooLong { .. }) => DisconnectReason::ProtocolError {
            problem: "a message over the size limit (option max_message_size)".to_owned(),
        },
        other => DisconnectReason::ProtocolError {
            problem: other.to_string(),
        },
    }
}
