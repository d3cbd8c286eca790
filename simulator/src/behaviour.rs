//! Variants of the service's behaviour, each the value of an option.

use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// The time from a change to its event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Latency {
    /// None, which suits most tests.
    #[default]
    None,
    /// The same for each event.
    Fixed(Duration),
    /// As observed in production: random for each event, 5 to 36 s and most often about 25 s.
    Real,
}

impl FromStr for Latency {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" | "0" => Ok(Self::None),
            "real" => Ok(Self::Real),
            number => match number.parse() {
                Ok(milliseconds) => Ok(Self::Fixed(Duration::from_millis(milliseconds))),
                Err(_) => Err("expected none, real, or a number of milliseconds"),
            },
        }
    }
}

/// How long a person takes to approve a device code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInTime {
    /// This long.
    After(Duration),
    /// Until the control API approves or declines it.
    Never,
}

impl Default for SignInTime {
    fn default() -> Self {
        Self::After(Duration::ZERO)
    }
}

impl FromStr for SignInTime {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.parse()) {
            ("never", _) => Ok(Self::Never),
            (_, Ok(milliseconds)) => Ok(Self::After(Duration::from_millis(milliseconds))),
            (_, Err(_)) => Err("expected never, or a number of milliseconds"),
        }
    }
}

/// The fields of an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Payload {
    /// `{"value":[{…}]}`, as logged in 2026.
    #[default]
    Observed,
    /// One object without `value`, as a client of 2024 received it.
    Flat,
}

/// The type of an event's argument.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Argument {
    /// A string that contains JSON, as observed.
    #[default]
    String,
    /// A JSON object.
    Object,
}

/// The response to the endpoint request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum EndpointShape {
    /// `/notifications?token=…&applicationId=…`, with an expiry.
    #[default]
    Observed,
    /// The documentation's example: `/zbaehwg/callback?snthgk=…`, without an expiry.
    Documented,
}

impl EndpointShape {
    /// The path of the notification URL, which is also the Socket.IO namespace.
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

/// What happens to the sockets on a notification URL when it expires. New sockets are refused in
/// any case. Microsoft does not document this.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "camelCase")]
pub enum AtExpiry {
    /// They stay connected, and get only heartbeats.
    #[default]
    Quiet,
    /// They are cut off.
    Drop,
    /// They continue to get events.
    GoOn,
}

/// The type of all drives. The types differ in their responses to delta queries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum DriveType {
    /// OneDrive for work or school, and SharePoint document libraries.
    #[default]
    Business,
    /// A personal OneDrive. It accepts no timestamps as delta tokens, and deleted items have
    /// other fields.
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

/// The form of the links in responses to delta queries. Requests may use either form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum DeltaLinks {
    /// `delta?token=…`
    #[default]
    Query,
    /// `delta(token='…')`
    Parentheses,
    /// Both forms in turn, starting with parentheses.
    Mixed,
}

/// When and how a notification URL expires.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expiry {
    pub(crate) after: Duration,
    pub(crate) then: AtExpiry,
    /// Whether `expirationDateTime` says so; otherwise it announces the usual lifetime.
    pub(crate) announced: bool,
}
