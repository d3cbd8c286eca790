use std::fmt;
use std::time::Duration;

/// Why a live connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// The server disconnected the client from the namespace (Socket.IO packet `41`).
    NamespaceDisconnect,
    /// The server closed the Engine.IO session (packet `1`).
    EngineClose,
    /// The server sent a WebSocket close frame.
    WebSocketClose {
        /// The status code (RFC 6455, section 7.4). None if the frame had no body.
        code: Option<u16>,
        /// The reason in the frame, often empty.
        reason: String,
    },
    /// The TCP or TLS stream ended without a WebSocket close frame.
    ConnectionClosed,
    /// The TCP connection was reset, or failed in another way.
    ConnectionReset,
    /// Nothing arrived for `pingInterval + pingTimeout`, or the server no longer accepts our packets.
    HeartbeatTimeout,
    /// The service announced the end with the event `server_disconnect`.
    ServerDisconnect {
        /// The service's code, as it sent it.
        code: Option<String>,
        /// The service's message.
        message: Option<String>,
        /// How long to wait before the next connection.
        retry_after: Option<Duration>,
    },
    /// The endpoint expired before a new one could replace it.
    EndpointExpired,
    /// The server sent something that the protocol does not allow, or a message over the size limit.
    ProtocolError {
        /// What was wrong, without the data itself.
        problem: String,
    },
}

impl DisconnectReason {
    /// The stable name in `snake_case`, for logs and for other languages.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NamespaceDisconnect => "namespace_disconnect",
            Self::EngineClose => "engine_close",
            Self::WebSocketClose { .. } => "websocket_close",
            Self::ConnectionClosed => "connection_closed",
            Self::ConnectionReset => "connection_reset",
            Self::HeartbeatTimeout => "heartbeat_timeout",
            Self::ServerDisconnect { .. } => "server_disconnect",
            Self::EndpointExpired => "endpoint_expired",
            Self::ProtocolError { .. } => "protocol_error",
        }
    }

    /// How long the service asked to wait before the next connection, if it did.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::ServerDisconnect { retry_after, .. } => *retry_after,
            _ => None,
        }
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
            Self::ProtocolError { problem } => {
                write!(f, "the server broke the protocol: {problem}")
            }
        }
    }
}
