//! What a fault does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::hex;
use crate::behaviour::AtExpiry;

/// What happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum Action {
    /// Bytes stay where they are until the fault is released, and arrive then.
    Hold {
        /// Which way.
        #[serde(default)]
        direction: Direction,
    },
    /// The server ends the TCP stream: FIN.
    Cut,
    /// The server resets the connection: RST.
    Reset,
    /// Each write of the server waits.
    Delay {
        /// For so many milliseconds.
        ms: u64,
    },
    /// The server's bytes leave in pieces, each a segment of its own, a millisecond apart.
    Split {
        /// Of at most so many bytes.
        bytes: usize,
    },
    /// These bytes are sent, on a socket between two frames.
    Inject {
        /// In JSON, hexadecimal digits.
        #[serde(with = "hex")]
        hex: Vec<u8>,
    },
    /// A text frame is sent.
    Text {
        /// An Engine.IO packet, or what is none.
        text: String,
    },
    /// A frame of any kind is sent.
    Frame {
        /// 0 to 15: 1 text, 2 binary, 8 close, 9 ping, 10 pong.
        opcode: u8,
        /// Whether it ends its message.
        #[serde(default = "yes")]
        fin: bool,
        /// The payload, or its beginning.
        #[serde(default)]
        text: String,
        /// The same in hexadecimal digits, instead.
        #[serde(default, with = "hex")]
        hex: Vec<u8>,
        /// Pads the payload with `x` to this length.
        #[serde(default)]
        size: usize,
    },
    /// Socket.IO's own end, `41`. The connection stays and keeps its heartbeat, as in Node.
    Disconnect,
    /// Engine.IO's end, `1`. The server says nothing more and waits for the client to close.
    EngineClose,
    /// WebSocket's end. The server says nothing more and waits for the client to close.
    Close {
        /// The status; none if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
        /// At most 123 bytes, and only with a status.
        #[serde(default)]
        reason: String,
    },
    /// The event `server_disconnect` of Microsoft's sister service, then WebSocket's end (1000).
    ServerDisconnect {
        /// Of any type: nobody has published it.
        #[serde(default)]
        code: Value,
        /// For a human.
        #[serde(default)]
        message: String,
        /// As it is to stand in the event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<Value>,
    },
    /// What the server sends is lost, the heartbeat and its end included.
    Silence,
    /// The join of the notification namespace is refused: `44`.
    RefuseNamespace {
        /// What stands behind the namespace; nothing if null.
        #[serde(default = "invalid_namespace")]
        body: Value,
    },
    /// The join of the notification namespace is never answered.
    IgnoreJoin,
    /// A request is answered so, instead of being served: the endpoint request, any other of
    /// Graph, an upgrade.
    Answer(Answer),
    /// The notification URL stops working, for new sockets at least.
    Expire {
        /// After so many milliseconds: from now for a URL that is out already, else from its issue.
        ms: u64,
        /// What becomes of the sockets on it.
        #[serde(default)]
        then: AtExpiry,
        /// Whether the endpoint's `expirationDateTime` says so.
        #[serde(default = "yes")]
        announced: bool,
    },
}

/// How a request is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Answer {
    /// 200 to 599.
    pub status: u16,
    /// The code in Graph's error body; the usual one of the status if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The message in Graph's error body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Instead of Graph's or Engine.IO's error body: a string as it stands, the rest as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// Further headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// From the server to the client.
    ToClient,
    /// From the client to the server.
    ToServer,
    /// Both ways.
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
    /// An answer with the body that is usual for its status.
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
