//! A fault: what happens, to which connections, and when.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::action::Action;

/// A fault: what happens, to which connections, and when.
///
/// It can be parsed from JSON and from a shorthand (`delay=200,on=graph,times=3`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Fault {
    /// What happens.
    pub action: Action,
    /// To which connections.
    #[serde(default)]
    pub on: Target,
    /// Limits it to the drive with this id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drive: Option<String>,
    /// Whether it acts on existing connections, on later requests, or on both.
    #[serde(default)]
    pub when: When,
    /// How many matches it leaves alone first.
    #[serde(default)]
    pub skip: u32,
    /// How many matches it acts on. By default on all, until the fault is released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// The share of matches that it acts on, above 0 and at most 1; others are left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// The stage that the connection must have reached. By default `join` for an action that needs
    /// a live socket, otherwise `request`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Stage>,
    /// How many bytes the server must have written after that stage.
    #[serde(default)]
    pub after_bytes: u64,
    /// Releases the fault after this many milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_ms: Option<u64>,
}

/// Which connections, by the last request on them. Requests to `/_simulator` never match.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    /// All of them.
    #[default]
    All,
    /// Requests to Graph.
    Graph,
    /// Graph's endpoint requests only.
    Endpoint,
    /// Graph's delta queries only.
    Delta,
    /// Upgrades, and the sockets that result from them.
    Socket,
    /// Requests to the identity service.
    Identity,
    /// The identity service's device authorization requests only.
    #[serde(rename = "devicecode")]
    DeviceCode,
    /// The identity service's token requests only.
    Token,
}

impl Target {
    /// Whether none of its connections becomes a socket.
    pub(crate) fn has_no_socket(self) -> bool {
        !matches!(self, Self::All | Self::Socket)
    }
}

/// Whether a fault acts on existing connections, on later requests, or on both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum When {
    /// Both.
    #[default]
    Always,
    /// The connections that exist when the fault is set.
    Now,
    /// The requests that arrive after the fault is set.
    Next,
}

/// The stages of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// A request has arrived, without a response yet.
    Request,
    /// The response 101 to the upgrade is sent.
    Upgrade,
    /// The open packet is sent.
    Open,
    /// The join of the notification namespace is acknowledged.
    Join,
}

impl From<Action> for Fault {
    fn from(action: Action) -> Self {
        Self::new(action)
    }
}

impl Fault {
    /// A fault on every connection, existing or later, until it is released.
    pub fn new(action: Action) -> Self {
        Self {
            action,
            on: Target::default(),
            drive: None,
            when: When::default(),
            skip: 0,
            times: None,
            share: None,
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

    /// Sets [`Self::share`].
    #[must_use]
    pub fn share(mut self, share: f64) -> Self {
        self.share = Some(share);
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

    /// [`Self::after`], or its default for the action.
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
