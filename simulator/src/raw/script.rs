//! What a scripted server does with one connection.

use std::collections::VecDeque;

use crate::config::EndpointShape;
use crate::websocket;

/// Step by step, what happens on a connection once its request has arrived.
///
/// ```
/// use drivebell_simulator::Script;
///
/// let script = Script::new()
///     .upgrade()
///     .text(r#"0{"sid":"s","pingInterval":25000,"pingTimeout":20000}"#)
///     .expect("40/notifications,")
///     .fragments(&["40/notif", r#"ications,{"sid":"n"}"#])
///     .pause()
///     .close(Some(1011), "")
///     .until_closed();
/// ```
///
/// After the last step the connection is closed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Script {
    pub(super) steps: VecDeque<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// 101, with an accept key of its own or the right one, and bytes in the same segment.
    Upgrade {
        accept: Option<String>,
        then: Vec<u8>,
    },
    /// In one write.
    Send(Vec<u8>),
    Expect(String),
    Pause,
    UntilClosed,
    Finish,
    Reset,
}

impl Script {
    /// Closes the connection without an answer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Upgrades and answers the join, so that a client is live, with a heartbeat that is not felt.
    pub fn live() -> Self {
        let namespace = EndpointShape::Observed.namespace();
        Self::new()
            .upgrade()
            .text(r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#)
            .expect(format!("40{namespace},"))
            .text(&format!(r#"40{namespace},{{"sid":"n"}}"#))
    }

    /// Answers the upgrade as is right.
    pub fn upgrade(self) -> Self {
        self.upgrade_and([])
    }

    /// The same, with these bytes in the same segment as the head.
    pub fn upgrade_and(self, then: impl Into<Vec<u8>>) -> Self {
        self.step(Step::Upgrade {
            accept: None,
            then: then.into(),
        })
    }

    /// Answers the upgrade by 101 with another accept key than the right one.
    pub fn upgrade_with_key(self, accept: impl Into<String>) -> Self {
        self.step(Step::Upgrade {
            accept: Some(accept.into()),
            then: Vec::new(),
        })
    }

    /// Answers by a whole HTTP response.
    pub fn answer(self, status: &str, headers: &[(&str, &str)], body: &str) -> Self {
        let mut text = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        self.send(format!("{text}\r\n{body}"))
    }

    /// Sends these bytes in one segment.
    pub fn send(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.step(Step::Send(bytes.into()))
    }

    /// Sends a text message in one frame.
    pub fn text(self, text: &str) -> Self {
        self.send(websocket::text(text))
    }

    /// Sends several text messages in one segment.
    pub fn texts(self, texts: &[&str]) -> Self {
        let frames: Vec<_> = texts.iter().map(|text| websocket::text(text)).collect();
        self.send(frames.concat())
    }

    /// Sends a text message in a frame for each part.
    pub fn fragments(self, parts: &[&str]) -> Self {
        let frames = websocket::fragments(parts);
        frames.into_iter().fold(self, Self::send)
    }

    /// Sends a frame of any kind; `first` holds the FIN bit, the reserved bits and the opcode.
    pub fn frame(self, first: u8, payload: &[u8]) -> Self {
        self.send(websocket::frame(first, payload))
    }

    /// Sends a close frame. The connection stays until the script ends it.
    pub fn close(self, code: Option<u16>, reason: &str) -> Self {
        self.send(websocket::close(code, reason))
    }

    /// Waits for a text frame that starts so; others are recorded and passed over. Fails if none
    /// comes before the deadline.
    pub fn expect(self, prefix: impl Into<String>) -> Self {
        self.step(Step::Expect(prefix.into()))
    }

    /// Waits for [`RawServer::resume`](super::RawServer::resume). What the client sends meanwhile
    /// is recorded.
    pub fn pause(self) -> Self {
        self.step(Step::Pause)
    }

    /// Waits until the client has ended the connection, and says nothing.
    pub fn until_closed(self) -> Self {
        self.step(Step::UntilClosed)
    }

    /// Ends the stream in this direction: FIN. What the client sends is still read.
    pub fn finish(self) -> Self {
        self.step(Step::Finish)
    }

    /// Resets the connection: RST.
    pub fn reset(self) -> Self {
        self.step(Step::Reset)
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push_back(step);
        self
    }
}
