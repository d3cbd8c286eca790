//! What can be made to go wrong, where, and when.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::action::Action;

/// Something that goes wrong: what, on which connections, and when.
///
/// Parses from JSON and from a shorthand (`delay=200,on=graph,times=3`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Fault {
    /// What happens.
    pub action: Action,
    /// To whom.
    #[serde(default)]
    pub on: Target,
    /// Only to what concerns this drive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drive: Option<String>,
    /// Whether it concerns connections that are there, those to come, or both.
    #[serde(default)]
    pub when: When,
    /// How many matches pass unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// How many matches it acts on; without it, on each until the fault is released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// How far the connection must have come. By default `join` for what only a live socket can
    /// suffer, else `request`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Stage>,
    /// How many bytes more the server must have written then.
    #[serde(default)]
    pub after_bytes: u64,
    /// Releases the fault after this many milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_ms: Option<u64>,
}

/// Which connections, by what was last requested on them. Never those of `/_simulator`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    /// All of them.
    #[default]
    All,
    /// Graph's requests.
    Graph,
    /// Graph's endpoint request only.
    Endpoint,
    /// Graph's delta queries only.
    Delta,
    /// Upgrades, and the sockets that come of them.
    Socket,
}

/// Whether what is there suffers, or what is to come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum When {
    /// Both.
    #[default]
    Always,
    /// The connections of this moment.
    Now,
    /// Those that request something after this moment.
    Next,
}

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// It has requested something; nothing was answered.
    Request,
    /// The upgrade was answered by 101.
    Upgrade,
    /// The open packet was sent.
    Open,
    /// The join of the notification namespace was acknowledged.
    Join,
}

impl From<Action> for Fault {
    fn from(action: Action) -> Self {
        Self::new(action)
    }
}

impl Fault {
    /// On every connection, those that are there included, until it is released.
    pub fn new(action: Action) -> Self {
        Self {
            action,
            on: Target::default(),
            drive: None,
            when: When::default(),
            skip: 0,
            times: None,
            after: None,
            after_bytes: 0,
            for_ms: None,
        }
    }

    /// Sets [`Self::on`].
    #[must_use]
    pub fn on(mut self, target: Target) -> Self {
        self.on = target;
        self
    }

    /// Sets [`Self::drive`].
    #[must_use]
    pub fn drive(mut self, id: impl Into<String>) -> Self {
        self.drive = Some(id.into());
        self
    }

    /// Sets [`Self::when`].
    #[must_use]
    pub fn when(mut self, when: When) -> Self {
        self.when = when;
        self
    }

    /// Sets [`Self::skip`].
    #[must_use]
    pub fn skip(mut self, matches: u32) -> Self {
        self.skip = matches;
        self
    }

    /// Sets [`Self::times`].
    #[must_use]
    pub fn times(mut self, matches: u32) -> Self {
        self.times = Some(matches);
        self
    }

    /// Sets [`Self::after`].
    #[must_use]
    pub fn after(mut self, stage: Stage) -> Self {
        self.after = Some(stage);
        self
    }

    /// Sets [`Self::after_bytes`].
    #[must_use]
    pub fn after_bytes(mut self, bytes: u64) -> Self {
        self.after_bytes = bytes;
        self
    }

    /// Sets [`Self::for_ms`].
    #[must_use]
    pub fn lasting(mut self, duration: Duration) -> Self {
        self.for_ms = Some(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Where it starts if the fault does not say.
    pub(crate) fn stage(&self) -> Stage {
        self.after.unwrap_or(match self.action {
            Action::Disconnect
            | Action::EngineClose
            | Action::Close { .. }
            | Action::ServerDisconnect { .. } => Stage::Join,
            _ => Stage::Request,
        })
    }
}
