//! The switches of the simulator.

use std::collections::HashSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::access::Users;

/// How long after a change its event is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Latency {
    /// At once: what a test wants.
    #[default]
    None,
    /// Always the same.
    Fixed(Duration),
    /// As observed in production: 5 to 36 s, about 25 s as a rule, drawn for each event.
    Real,
}

/// The fields of an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Payload {
    /// `{"value":[{…}]}`, as logged in 2026.
    #[default]
    Observed,
    /// One object without `value`, as a client of 2024 received it.
    Flat,
}

/// The type of an event's argument.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Argument {
    /// A string that contains JSON, as observed.
    #[default]
    String,
    /// The JSON itself.
    Object,
}

/// What the endpoint request answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EndpointShape {
    /// `/notifications?token=…&applicationId=…`, with an expiry.
    #[default]
    Observed,
    /// The documentation's example: `/zbaehwg/callback?snthgk=…`, without an expiry.
    Documented,
}

impl EndpointShape {
    /// The path of the notification URL, which is the Socket.IO namespace too.
    pub(crate) fn namespace(self) -> &'static str {
        match self {
            Self::Observed => "/notifications",
            Self::Documented => "/zbaehwg/callback",
        }
    }

    /// The name of the query parameter that carries the secret.
    pub(crate) fn secret_parameter(self) -> &'static str {
        match self {
            Self::Observed => "token",
            Self::Documented => "snthgk",
        }
    }
}

/// What becomes of the sockets on a notification URL when it expires, which nobody has published.
/// New sockets are refused in any case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AtExpiry {
    /// They stay, and hear nothing but the heartbeat.
    #[default]
    Quiet,
    /// They are cut off.
    Drop,
    /// They go on to get events.
    GoOn,
}

/// What sort of drive each of them is. They differ in what a delta query answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DriveType {
    /// `OneDrive` for work or school, and `SharePoint`'s libraries.
    #[default]
    Business,
    /// `OneDrive` of a personal account.
    Personal,
}

impl DriveType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Personal => "personal",
        }
    }
}

/// The form of the links in a delta query's answer. Both are understood.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DeltaLinks {
    /// `delta?token=…`
    #[default]
    Query,
    /// `delta(token='…')`
    Parentheses,
    /// The one and the other in turn, the one in parentheses first.
    Mixed,
}

/// How delta queries are answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeltaConfig {
    pub(crate) page_size: u32,
    pub(crate) links: DeltaLinks,
    pub(crate) empty_pages: bool,
    pub(crate) duplicates: bool,
    pub(crate) lag: Duration,
    /// `None` lets tokens live as long as the simulator.
    pub(crate) token_lifetime: Option<Duration>,
}

impl Default for DeltaConfig {
    fn default() -> Self {
        Self {
            page_size: 200,
            links: DeltaLinks::default(),
            empty_pages: false,
            duplicates: false,
            lag: Duration::ZERO,
            token_lifetime: None,
        }
    }
}

/// When and how a URL that is issued expires.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expiry {
    pub(crate) after: Duration,
    pub(crate) then: AtExpiry,
    /// If not, what is announced is the usual lifetime.
    pub(crate) announced: bool,
}

#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) tokens: HashSet<String>,
    pub(crate) users: Users,
    pub(crate) latency: Latency,
    pub(crate) duplicate: bool,
    pub(crate) payload: Payload,
    pub(crate) argument: Argument,
    pub(crate) endpoint_shape: EndpointShape,
    pub(crate) lifetime: Duration,
    pub(crate) at_expiry: AtExpiry,
    pub(crate) ping_interval: Duration,
    pub(crate) ping_timeout: Duration,
    pub(crate) drive_type: DriveType,
    pub(crate) delta: DeltaConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            tokens: HashSet::new(),
            users: Users::default(),
            latency: Latency::default(),
            duplicate: false,
            payload: Payload::default(),
            argument: Argument::default(),
            endpoint_shape: EndpointShape::default(),
            lifetime: Duration::from_hours(1),
            at_expiry: AtExpiry::default(),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            drive_type: DriveType::default(),
            delta: DeltaConfig::default(),
        }
    }
}
