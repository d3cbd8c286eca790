//! Validation of what the types of a fault allow but no test can want.

use axum::http::{HeaderName, HeaderValue, header};

use super::action::{Action, Answer};
use super::invalid::InvalidFault;
use super::model::{Fault, Stage, Target, When};

/// A day. No test lasts longer, and instants must not overflow.
const MAX_MS: u64 = 24 * 60 * 60 * 1000;
/// Sixteen times the service's limit for a message.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// A control frame has at most 125 bytes, two of which are the status code.
const MAX_REASON: usize = 123;
/// The HTTP library sets these itself.
const RESERVED: [HeaderName; 4] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

type Checked = Result<(), InvalidFault>;

impl Fault {
    pub(crate) fn check(&self) -> Checked {
        require(self.times != Some(0), "times", "must not be 0")?;
        require(self.for_ms != Some(0), "forMs", "must not be 0")?;
        check_ms("forMs", self.for_ms.unwrap_or_default())?;
        let share = self.share.unwrap_or(1.0);
        let possible = share > 0.0 && share <= 1.0;
        require(possible, "share", "is not above 0 and at most 1")?;
        let drive = self.drive.as_deref();
        require(drive != Some(""), "drive", "is empty")?;
        let no_socket = self.on.has_no_socket();
        if no_socket && self.after.is_some_and(|stage| stage != Stage::Request) {
            return Err(InvalidFault::new(
                "after",
                "only a socket reaches this stage",
            ));
        }
        if no_socket && self.action.needs_socket() {
            return Err(InvalidFault::new("on", "this action needs a socket"));
        }
        let from_the_start = self.after.is_none() && self.after_bytes == 0;
        match &self.action {
            Action::Answer(_) => {
                require(from_the_start, "after", "an answer starts with the request")?;
                let later = self.when != When::Now;
                require(later, "when", "requests before now already have a response")?;
            }
            Action::Expire { .. } => {
                require(
                    from_the_start,
                    "after",
                    "does not apply to a notification URL",
                )?;
                let whole = self.share.is_none();
                require(whole, "share", "does not apply to a notification URL")?;
                let all = self.on == Target::All;
                require(
                    all,
                    "on",
                    "does not apply to a notification URL; use `drive`",
                )?;
            }
            Action::Recreate { .. } => {
                let graph = matches!(self.on, Target::Graph | Target::Endpoint | Target::Delta);
                require(graph, "on", "must be graph, endpoint or delta")?;
                require(
                    from_the_start,
                    "after",
                    "an item is made before the response",
                )?;
                let later = self.when != When::Now;
                require(later, "when", "requests before now already have a response")?;
            }
            Action::RefuseNamespace { .. } | Action::IgnoreJoin => {
                require(from_the_start, "after", "does not apply to a join")?;
            }
            _ => {}
        }
        self.action.check()
    }
}

impl Action {
    /// Whether the action needs WebSocket, or a protocol above it.
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
            | Self::Recreate { .. }
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
            Self::Split { bytes } => require(*bytes > 0, "action.split.bytes", "must not be 0"),
            Self::Inject { hex } => {
                require(!hex.is_empty(), "action.inject.hex", "is empty")?;
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
                require(*opcode <= 15, "action.frame.opcode", "is more than 15")?;
                let one = text.is_empty() || hex.is_empty();
                require(one, "action.frame.hex", "cannot be combined with text")?;
                check_size("action.frame.text", text.len())?;
                check_size("action.frame.hex", hex.len())?;
                check_size("action.frame.size", *size)
            }
            Self::Close { code, reason } => {
                let field = "action.close.reason";
                let fits = reason.len() <= MAX_REASON;
                require(fits, field, "is longer than 123 bytes")?;
                require(code.is_some() || reason.is_empty(), field, "needs a code")
            }
            Self::Answer(answer) => answer.check(),
            Self::Recreate { path } => {
                let named = path.split('/').any(|name| !name.is_empty());
                require(named, "action.recreate.path", "names no item")
            }
            _ => Ok(()),
        }
    }
}

impl Answer {
    fn check(&self) -> Checked {
        let field = "action.answer.status";
        let usual = (200..600).contains(&self.status);
        require(usual, field, "is not between 200 and 599")?;
        let graph = self.code.is_some() || self.message.is_some();
        let one = self.body.is_none() || !graph;
        let field = "action.answer.body";
        require(one, field, "cannot be combined with code or message")?;
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

fn require(met: bool, field: &str, reason: &str) -> Checked {
    if met {
        Ok(())
    } else {
        Err(InvalidFault::new(field, reason))
    }
}

fn check_ms(field: &str, ms: u64) -> Checked {
    let reason = format!("is more than {MAX_MS} (a day)");
    require(ms <= MAX_MS, field, &reason)
}

fn check_size(field: &str, bytes: usize) -> Checked {
    let reason = format!("is more than {MAX_BYTES} bytes");
    require(bytes <= MAX_BYTES, field, &reason)
}
