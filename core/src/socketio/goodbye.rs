use tokio::time::timeout;

use super::connection::{Connection, Incoming};
use super::event::SocketEvent;
use super::frames::Frame;
use super::packet;
use crate::DisconnectReason;

impl Connection {
    /// Hands everything that the server has sent so far to `deliver`. Returns false if there may
    /// have been more.
    ///
    /// It sends a WebSocket ping. The server answers in order and with the same payload (RFC 6455,
    /// section 5.5.3), so everything before the pong has arrived. The end of the connection proves
    /// nothing, however orderly: it may have come long before.
    pub(crate) async fn catch_up(&mut self, mut deliver: impl FnMut(SocketEvent)) -> bool {
        const PAYLOAD: &[u8] = b"was that all?";
        let limit = self.frames.close_timeout();
        let exchange = async {
            if let Err(error) = self.frames.ping(PAYLOAD).await {
                tracing::debug!(%error, "the server was gone before its connection was replaced");
            }
            let mut is_readable = true;
            loop {
                let text = match self.frames.next().await {
                    Ok(Frame::Text(text)) => text,
                    Ok(Frame::Pong(payload)) if payload == PAYLOAD => return is_readable,
                    Ok(Frame::Pong(_)) => continue,
                    Ok(Frame::Close(_)) | Err(_) => return false,
                };
                match self.handle(&text).await {
                    Ok(Incoming::Event(event)) => deliver(event),
                    Ok(_) => {}
                    Err(DisconnectReason::ProtocolError { .. }) => is_readable = false,
                    Err(_) => return false,
                }
            }
        };
        timeout(limit, exchange).await.unwrap_or(false)
    }

    /// Leaves the namespace and closes the WebSocket, if the server still listens. Hands events
    /// that were on their way to `deliver`.
    pub(crate) async fn close(mut self, mut deliver: impl FnMut(SocketEvent)) {
        self.frames.begin_goodbye();
        let limit = self.frames.close_timeout();
        let goodbye = async {
            let leave = packet::leave(self.url.namespace());
            if let Err(error) = self.frames.send_goodbye(leave).await {
                tracing::debug!(%error, "the server was gone before the goodbye");
            }
            while let Ok(text) = self.next_text().await {
                if let Ok(Incoming::Event(event)) = self.handle(&text).await {
                    deliver(event);
                }
            }
        };
        let _ = timeout(limit, goodbye).await;
    }
}
