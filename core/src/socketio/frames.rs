use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message, Utf8Bytes};

use super::handshake::WebSocketBytes;
use super::options::SocketOptions;
use super::packet::PacketError;
use super::wire::Wire;
use crate::DisconnectReason;
use crate::clock::later;
use crate::mention::mention;

/// This buffer is a good part of a session's memory. The library's default is 128 KiB.
const READ_BUFFER: usize = 1024;

/// How many bytes may wait until the server reads them, beside one message: a pong repeats its ping,
/// and a server can make us answer again and again.
const MAX_UNSENT: usize = 64 * 1024;

/// How many frames a server may send before the connection is live. Two would do.
const MAX_FRAMES_BEFORE_LIVE: u32 = 256;

/// A read buffer that has held a longer frame is replaced by a new one.
const LARGE_FRAME: usize = 4 * 1024;

/// The frames of a WebSocket, and the time within which the next one must arrive.
#[derive(Debug)]
pub(super) struct Frames {
    socket: WebSocketStream<Wire<WebSocketBytes>>,
    max_message_size: usize,
    /// How long the server may be silent. None during opening and closing, when each step has its
    /// own limit.
    heartbeat: Option<Duration>,
    /// The end of that limit, or of the silence. None after each frame: the clock is read once for
    /// a silence, not for each frame.
    deadline: Option<Instant>,
    close_timeout: Duration,
    /// How many more frames may come before the connection is live.
    allowed_before_live: u32,
    /// The goodbye has begun: nothing is answered any more.
    is_leaving: bool,
    /// The server's close frame, and until when the answer to it may take.
    closing: Option<(Option<CloseFrame>, Instant)>,
}

/// A frame of the server. Pings are answered by the WebSocket library.
pub(super) enum Frame {
    Text(Utf8Bytes),
    Pong(Bytes),
    Close(Option<CloseFrame>),
}

impl Frames {
    pub(super) async fn new(bytes: WebSocketBytes, options: &SocketOptions) -> Self {
        let wire = Wire::new(bytes, LARGE_FRAME);
        Self {
            socket: websocket(wire, options.max_message_size).await,
            max_message_size: options.max_message_size,
            heartbeat: None,
            deadline: None,
            close_timeout: options.close_timeout,
            allowed_before_live: MAX_FRAMES_BEFORE_LIVE,
            is_leaving: false,
            closing: None,
        }
    }

    /// Starts a step that must be over within `limit`, whatever arrives meanwhile.
    pub(super) fn begin_step(&mut self, limit: Duration) {
        self.heartbeat = None;
        self.deadline = Some(deadline_after(limit));
    }

    /// From now on the server may be silent for at most `limit` at a time.
    pub(super) fn expect_heartbeat(&mut self, limit: Duration) {
        self.heartbeat = Some(limit);
        self.deadline = None;
    }

    /// Counts time as silence during which the machine was asleep and the clock stood still.
    pub(super) fn add_time_asleep(&mut self, asleep: Duration) {
        let deadline = self.deadline();
        self.deadline = Some(deadline.checked_sub(asleep).unwrap_or(deadline));
    }

    /// How long a goodbye may take.
    pub(super) fn close_timeout(&self) -> Duration {
        self.close_timeout
    }

    /// The next frame. Nothing is lost when the future is dropped.
    pub(super) async fn next(&mut self) -> Result<Frame, DisconnectReason> {
        loop {
            if self.closing.is_some() {
                return Ok(Frame::Close(self.answer_close().await));
            }
            let frame = match self.socket.next().now_or_never() {
                Some(frame) => frame,
                None => timeout_at(self.deadline(), self.socket.next())
                    .await
                    .map_err(|_| DisconnectReason::HeartbeatTimeout)?,
            };
            // Any frame is a sign of life, including WebSocket's own pings.
            if self.heartbeat.is_some() {
                self.deadline = None;
            } else if !self.is_leaving {
                self.check_opening_frame()?;
            }
            match frame {
                None => return Err(DisconnectReason::ConnectionClosed),
                Some(Err(error)) => return Err(reason_of(&error)),
                Some(Ok(Message::Text(text))) => {
                    self.replace_large_buffer().await;
                    return Ok(Frame::Text(text));
                }
                Some(Ok(Message::Pong(payload))) => return Ok(Frame::Pong(payload)),
                Some(Ok(Message::Binary(_))) => return Err(PacketError::Binary.into()),
                Some(Ok(Message::Close(frame))) if self.is_leaving => {
                    return Ok(Frame::Close(frame));
                }
                Some(Ok(Message::Close(frame))) => {
                    self.closing = Some((frame, deadline_after(self.close_timeout)));
                }
                Some(Ok(Message::Ping(_) | Message::Frame(_))) => {}
            }
        }
    }

    /// A server that sends without a pause must not keep the connection in a step for ever.
    fn check_opening_frame(&mut self) -> Result<(), DisconnectReason> {
        if self.deadline.is_some_and(|limit| Instant::now() >= limit) {
            return Err(DisconnectReason::HeartbeatTimeout);
        }
        match self.allowed_before_live.checked_sub(1) {
            Some(rest) => {
                self.allowed_before_live = rest;
                Ok(())
            }
            None => Err(DisconnectReason::ProtocolError {
                problem: format!(
                    "it sent more than {MAX_FRAMES_BEFORE_LIVE} frames before the connection was live"
                ),
            }),
        }
    }

    /// Sends a packet, unless the goodbye has begun.
    pub(super) async fn send(&mut self, packet: String) -> Result<(), DisconnectReason> {
        if self.is_leaving {
            return Ok(());
        }
        timeout_at(self.deadline(), self.socket.send(Message::text(packet)))
            .await
            .map_err(|_| DisconnectReason::HeartbeatTimeout)?
            .map_err(|error| reason_of(&error))
    }

    pub(super) async fn ping(&mut self, payload: &'static [u8]) -> Result<(), tungstenite::Error> {
        let ping = Message::Ping(Bytes::from_static(payload));
        self.socket.send(ping).await
    }

    /// From now on nothing but the goodbye is sent, and everything must be over within
    /// `close_timeout`.
    pub(super) fn begin_goodbye(&mut self) {
        self.is_leaving = true;
        self.begin_step(self.close_timeout);
    }

    /// Sends the last packet and a close frame.
    pub(super) async fn send_goodbye(&mut self, packet: String) -> Result<(), tungstenite::Error> {
        self.socket.send(Message::text(packet)).await?;
        self.socket.close(None).await
    }

    async fn replace_large_buffer(&mut self) {
        // Not during a goodbye, nor before the library has sent everything it holds.
        if self.socket.get_ref().has_grown()
            && !self.is_leaving
            && matches!(self.socket.flush().now_or_never(), Some(Ok(())))
        {
            let wire = self.socket.get_mut().hand_over();
            self.socket = websocket(wire, self.max_message_size).await;
        }
    }

    /// The library has queued the close frame that answers the server's. Reading on sends it. Nothing
    /// is lost when the future is dropped. Returns the server's close frame.
    async fn answer_close(&mut self) -> Option<CloseFrame> {
        if let Some((_, deadline)) = &self.closing {
            let drained = async { while let Some(Ok(_)) = self.socket.next().await {} };
            let _ = timeout_at(*deadline, drained).await;
        }
        self.closing.take().and_then(|(frame, _)| frame)
    }

    fn deadline(&mut self) -> Instant {
        let heartbeat = self.heartbeat.unwrap_or_default();
        *self
            .deadline
            .get_or_insert_with(|| deadline_after(heartbeat))
    }
}

async fn websocket(
    wire: Wire<WebSocketBytes>,
    max_message_size: usize,
) -> WebSocketStream<Wire<WebSocketBytes>> {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(max_message_size.saturating_add(MAX_UNSENT))
        .max_message_size(Some(max_message_size))
        .max_frame_size(Some(max_message_size));
    WebSocketStream::from_raw_socket(wire, Role::Client, Some(config)).await
}

pub(super) fn deadline_after(limit: Duration) -> Instant {
    later(Instant::now(), limit)
}

fn reason_of(error: &tungstenite::Error) -> DisconnectReason {
    use tungstenite::Error as E;
    match error {
        E::ConnectionClosed
        | E::AlreadyClosed
        | E::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            DisconnectReason::ConnectionClosed
        }
        // A TLS stream that ended without close_notify.
        E::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            DisconnectReason::ConnectionClosed
        }
        E::Io(_) => DisconnectReason::ConnectionReset,
        E::Capacity(CapacityError::MessageTooLong { .. }) => DisconnectReason::ProtocolError {
            problem: format!(
                "a message over the size limit {}",
                mention("max_message_size")
            ),
        },
        other => DisconnectReason::ProtocolError {
            problem: other.to_string(),
        },
    }
}
