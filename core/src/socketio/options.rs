use std::time::Duration;

/// The limits of a connection.
#[derive(Debug, Clone)]
pub(crate) struct SocketOptions {
    /// For the TCP and TLS handshakes, and for the response to the upgrade.
    pub(crate) connect_timeout: Duration,
    /// For the Engine.IO open packet.
    pub(crate) open_timeout: Duration,
    /// For the response to the join of the namespace.
    pub(crate) join_timeout: Duration,
    /// For a goodbye: the server may be gone.
    pub(crate) close_timeout: Duration,
    /// The longest incoming message, in bytes.
    pub(crate) max_message_size: usize,
    /// A longer pause that the server requests is cut to this.
    pub(crate) max_retry_after: Duration,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            open_timeout: Duration::from_secs(10),
            join_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(1),
            max_message_size: 1024 * 1024,
            max_retry_after: Duration::from_secs(60 * 60),
        }
    }
}
