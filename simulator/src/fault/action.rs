//! What a fault does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::hex;
use crate::behaviour::AtExpiry;

/// What a fault does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum Action {
    /// Holds bytes back. They arrive when the fault is released.
    Hold {
        /// Which bytes.
        #[serde(default)]
        direction: Direction,
    },
    /// Ends the TCP stream in order: FIN.
    Cut,
    /// Resets the TCP connection: RST.
    Reset,
    /// Delays each write of the server.
    Delay {
        /// By this many milliseconds.
        ms: u64,
    },
    /// Splits the server's bytes into segments, a millisecond apart.
    Split {
        /// The size of a segment at most.
        bytes: usize,
    },
    /// Sends raw bytes; on a socket, between two frames.
    Inject {
        /// The bytes. In JSON, hexadecimal digits.
        #[serde(with = "hex")]
        hex: Vec<u8>,
    },
    /// Sends a text frame.
    Text {
        /// An Engine.IO packet, or an invalid one.
        text: String,
    },
    /// Sends a frame of any kind.
    Frame {
        /// 0 to 15: 1 text, 2 binary, 8 close, 9 ping, 10 pong.
        opcode: u8,
        /// Whether the frame is the last of its message.
        #[serde(default = "yes")]
        fin: bool,
        /// The payload as text.
        #[serde(default)]
        text: String,
        /// The payload as bytes instead. In JSON, hexadecimal digits.
        #[serde(default, with = "hex")]
        hex: Vec<u8>,
        /// Pads the payload with `x` to this many bytes.
        #[serde(default)]
        size: usize,
    },
    /// Sends a Socket.IO disconnect packet, `41`. The connection stays open with its heartbeat, as
    /// in Node.
    Disconnect,
    /// Sends an Engine.IO close packet, `1`. The server then sends nothing and waits for the client
    /// to close.
    EngineClose,
    /// Sends a WebSocket close frame. The server then sends nothing and waits for the client to
    /// close.
    Close {
        /// The status code; `None` sends none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
        /// At most 123 bytes, and only with a code.
        #[serde(default)]
        reason: String,
    },
    /// Sends the event `server_disconnect`, which another Microsoft service sends, and a close
    /// frame with code 1000.
    ServerDisconnect {
        /// A value of any type, because Microsoft does not document it.
        #[serde(default)]
        code: Value,
        /// A text for people.
        #[serde(default)]
        message: String,
        /// The event's `retryAfter`, of any type.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<Value>,
    },
    /// Loses everything that the server sends, including its heartbeat and the end of the stream.
    Silence,
    /// Refuses the join of the notification namespace: `44`.
    RefuseNamespace {
        /// The data after the namespace; `null` sends none.
        #[serde(default = "invalid_namespace")]
        body: Value,
    },
    /// Never responds to the join of the notification namespace.
    IgnoreJoin,
    /// Responds to a request or to an upgrade instead of the service.
    Answer(Answer),
    /// Deletes an item and makes it again, with everything below it and with new ids, before the
    /// request is answered.
    Recreate {
        /// The path below the root of the request's drive, for example `/folder/file`.
        path: String,
    },
    /// Makes notification URLs expire: at least, no new socket can use them.
    Expire {
        /// After this many milliseconds: from now if the URL is already issued, otherwise from its
        /// issue.
        ms: u64,
        /// What happens to the sockets on the URL.
        #[serde(default)]
        then: AtExpiry,
        /// Whether `expirationDateTime` in the endpoint's response announces it.
        #[serde(default = "yes")]
        announced: bool,
    },
}

/// The response of a fault to a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status, 200 to 599.
    pub status: u16,
    /// The code in the error body of Graph or of the identity service; by default the usual one
    /// for the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The message in the error body; by default the usual one for the status or the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// A body instead of the service's error body: a string is sent as it is, any other
    /// value as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// `Retry-After`, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// Additional headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

/// The direction of bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// From the server to the client.
    ToClient,
    /// From the client to the server.
    ToServer,
    /// Both directions.
    #[default]
    Both,
}

fn yes() -> bool {
    true
}

fn invalid_namespace() -> Value {
    json!({"message": "Invalid namespace"})
}

impl Answer {
    /// A response with the usual body for its status.
    pub fn new(status: u16) -> Self {
        Self {
            status,
            code: None,
            message: None,
            body: None,
            retry_after: None,
            headers: BTreeMap::new(),
        }
    }

    /// Sets [`Self::code`].
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Sets [`Self::message`].
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// Sets [`Self::body`].
    #[must_use]
    pub fn body(mut self, body: impl Into<Value>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sets [`Self::retry_after`].
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Adds to [`Self::headers`].
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }
}

impl From<Answer> for Action {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}
