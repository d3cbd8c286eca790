//! What the types of a fault let pass and nobody can mean.

use axum::http::{HeaderName, HeaderValue, header};

use super::model::{Action, Answer, Fault, Stage, Target, When};
use super::parse::InvalidFault;

/// A day: nothing in a test is longer, and instants must not overflow.
const LONGEST_MS: u64 = 24 * 60 * 60 * 1000;
/// Sixteen times what the service allows a message to be.
const LARGEST: usize = 16 * 1024 * 1024;
/// What fits into a control frame beside the status.
const LONGEST_REASON: usize = 123;
/// Written by the HTTP library itself, which does not like to be contradicted; for lies about them
/// there is the scripted server.
const RESERVED: [HeaderName; 4] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

type Checked = Result<(), InvalidFault>;

impl Fault {
    pub(crate) fn check(&self) -> Checked {
        require(self.times != Some(0), "times", "0 would never act")?;
        require(self.for_ms != Some(0), "forMs", "0 would never act")?;
        check_ms("forMs", self.for_ms.unwrap_or_default())?;
        let drive = self.drive.as_deref();
        require(drive != Some(""), "drive", "it is empty")?;
        let no_socket = matches!(self.on, Target::Graph | Target::Endpoint | Target::Delta);
        if no_socket && self.after.is_some_and(|stage| stage != Stage::Request) {
            return Err(InvalidFault::new("after", "only a socket comes so far"));
        }
        if no_socket && self.action.needs_socket() {
            return Err(InvalidFault::new("on", "this happens on a socket only"));
        }
        let from_the_start = self.after.is_none() && self.after_bytes == 0;
        match &self.action {
            Action::Answer(_) => {
                require(from_the_start, "after", "an answer has no earlier bytes")?;
                let later = self.when != When::Now;
                require(later, "when", "what was requested before now is answered")?;
            }
            Action::Expire { .. } => {
                require(from_the_start, "after", "a URL has no bytes")?;
                let all = self.on == Target::All;
                require(all, "on", "a URL is no connection; `drive` chooses")?;
            }
            Action::RefuseNamespace { .. } | Action::IgnoreJoin => {
                require(from_the_start, "after", "a join has its own time")?;
            }
            _ => {}
        }
        self.action.check()
    }
}

impl Action {
    /// Speaks WebSocket or what is above it.
    pub(crate) fn needs_socket(&self) -> bool {
        match self {
            Self::Hold { .. }
            | Self::Cut
            | Self::Reset
            | Self::Delay { .. }
            | Self::Split { .. }
            | Self::Inject { .. }
            | Self::Silence
            | Self::Answer(_)
            | Self::Expire { .. } => false,
            Self::Text { .. }
            | Self::Frame { .. }
            | Self::Disconnect
            | Self::EngineClose
            | Self::Close { .. }
            | Self::ServerDisconnect { .. }
            | Self::RefuseNamespace { .. }
            | Self::IgnoreJoin => true,
        }
    }

    fn check(&self) -> Checked {
        match self {
            Self::Delay { ms } => check_ms("action.delay.ms", *ms),
            Self::Expire { ms, .. } => check_ms("action.expire.ms", *ms),
            Self::Split { bytes } => {
                require(*bytes > 0, "action.split.bytes", "0 would never get on")
            }
            Self::Inject { hex } => {
                require(!hex.is_empty(), "action.inject.hex", "it is empty")?;
                check_size("action.inject.hex", hex.len())
            }
            Self::Text { text } => check_size("action.text.text", text.len()),
            Self::Frame {
                opcode,
                text,
                hex,
                size,
                ..
            } => {
                require(*opcode <= 15, "action.frame.opcode", "it is more than 15")?;
                let one = text.is_empty() || hex.is_empty();
                require(one, "action.frame.hex", "there is a text already")?;
                check_size("action.frame.text", text.len())?;
                check_size("action.frame.hex", hex.len())?;
                check_size("action.frame.size", *size)
            }
            Self::Close { code, reason } => {
                let field = "action.close.reason";
                let fits = reason.len() <= LONGEST_REASON;
                require(fits, field, "it is longer than 123 bytes")?;
                require(
                    code.is_some() || reason.is_empty(),
                    field,
                    "it needs a code",
                )
            }
            Self::Answer(answer) => answer.check(),
            _ => Ok(()),
        }
    }
}

impl Answer {
    fn check(&self) -> Checked {
        let field = "action.answer.status";
        let usual = (200..600).contains(&self.status);
        require(usual, field, "it is not between 200 and 599")?;
        let graph = self.code.is_some() || self.message.is_some();
        let one = self.body.is_none() || !graph;
        let field = "action.answer.body";
        require(one, field, "a code and a message make a body of their own")?;
        for (name, value) in &self.headers {
            let known = HeaderName::try_from(name);
            let free = known.is_ok_and(|name| !RESERVED.contains(&name));
            if !free || HeaderValue::try_from(value).is_err() {
                let reason = format!("{name:?} cannot be set to {value:?}");
                return Err(InvalidFault::new("action.answer.headers", reason));
            }
        }
        Ok(())
    }
}

fn require(met: bool, field: &str, otherwise: &str) -> Checked {
    if met {
        Ok(())
    } else {
        Err(InvalidFault::new(field, otherwise))
    }
}

fn check_ms(field: &str, ms: u64) -> Checked {
    let reason = format!("it is more than {LONGEST_MS}, a day");
    require(ms <= LONGEST_MS, field, &reason)
}

fn check_size(field: &str, bytes: usize) -> Checked {
    let reason = format!("it is more than {LARGEST} bytes");
    require(bytes <= LARGEST, field, &reason)
}
