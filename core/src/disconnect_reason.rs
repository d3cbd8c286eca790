use std::fmt;
use std::time::Duration;

use crate::help_page::HelpFolder;
use crate::names::names;

names! {
    /// Why a live connection ended.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum DisconnectReason {
        /// The server disconnected the client from the namespace (Socket.IO packet `41`).
        NamespaceDisconnect = "namespace_disconnect",
        /// The server closed the Engine.IO session (packet `1`).
        EngineClose = "engine_close",
        /// The server sent a WebSocket close frame.
        WebSocketClose {
            /// The status code (RFC 6455, section 7.4). None if the frame had no body.
            code: Option<u16>,
            /// The reason in the frame, often empty.
            reason: String,
        } = "websocket_close",
        /// The TCP or TLS stream ended without a WebSocket close frame.
        ConnectionClosed = "connection_closed",
        /// The TCP connection was reset, or failed in another way.
        ConnectionReset = "connection_reset",
        /// Nothing arrived for `pingInterval + pingTimeout`, or the server no longer accepts our packets.
        HeartbeatTimeout = "heartbeat_timeout",
        /// The service announced the end with the event `server_disconnect`.
        ServerDisconnect {
            /// The service's code, as it sent it.
            code: Option<String>,
            /// The service's message.
            message: Option<String>,
            /// How long to wait before the next connection.
            retry_after: Option<Duration>,
        } = "server_disconnect",
        /// The endpoint expired before a new one could replace it.
        EndpointExpired = "endpoint_expired",
        /// A delta query found a change that was minutes old, and that no notification had announced
        /// although the connection counted as live. Only [`changes`](crate::Client::changes) notices.
        Deaf = "deaf",
        /// The server sent something that the protocol does not allow, or a message over the size limit.
        ProtocolError {
            /// What was wrong, without the data itself.
            problem: String,
        } = "protocol_error",
    }
}

impl DisconnectReason {
    /// The pause before the next connection that the service requested, if any.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::ServerDisconnect { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The page that says what one sees, why it happens and what to do.
    pub fn help_url(&self) -> String {
        HelpFolder::Events.url(self.as_str())
    }
}

impl fmt::Display for DisconnectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NamespaceDisconnect => {
                f.write_str("the server disconnected the client from the namespace")
            }
            Self::EngineClose => f.write_str("the server closed the Engine.IO session"),
            Self::WebSocketClose { code, reason } => {
                f.write_str("the server closed the WebSocket")?;
                if let Some(code) = code {
                    write!(f, " with code {code}")?;
                }
                if !reason.is_empty() {
                    write!(f, " ({reason})")?;
                }
                Ok(())
            }
            Self::ConnectionClosed => f.write_str("the connection ended without a close frame"),
            Self::ConnectionReset => f.write_str("the connection was reset"),
            Self::HeartbeatTimeout => {
                f.write_str("nothing arrived within the server's ping interval and timeout")
            }
            Self::ServerDisconnect { code, message, .. } => {
                f.write_str("the service ended the session")?;
                if let Some(code) = code {
                    write!(f, ", code {code}")?;
                }
                if let Some(message) = message {
                    write!(f, " ({message})")?;
                }
                Ok(())
            }
            Self::EndpointExpired => {
                f.write_str("the endpoint expired before a new one could replace it")
            }
            Self::Deaf => f.write_str("the connection seemed live, but announced no changes"),
            Self::ProtocolError { problem } => {
                write!(f, "the server broke the protocol: {problem}")
            }
        }
    }
}
