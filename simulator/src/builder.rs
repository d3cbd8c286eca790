//! Collects the switches and starts the simulator.

use std::collections::HashMap;
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::config::{Argument, AtExpiry, Config, EndpointShape, Latency, Payload};
use crate::drive::Drive;
use crate::fault::Fault;
use crate::place::Place;
use crate::shared::Shared;
use crate::simulator::Simulator;

const MY_DRIVE: &str = "b!me";
const TEAM_DRIVE: &str = "b!team";
const SHORTEST_PING: Duration = Duration::from_millis(1);
const LONGEST_PING: Duration = Duration::from_hours(24);
const TEAM_ALIASES: [&str; 4] = [
    "/groups/team/drive",
    "/sites/contoso/drive",
    "/sites/contoso/lists/documents",
    "/users/alex@contoso.com/drive",
];

/// Configures a [`Simulator`].
///
/// The drives `b!me` (also `/me/drive`) and `b!team` (also `/groups/team/drive`,
/// `/sites/contoso/drive`, `/sites/contoso/lists/documents` and `/users/alex@contoso.com/drive`)
/// are always there.
#[must_use]
pub struct Builder {
    config: Config,
    port: u16,
    drives: Vec<String>,
    aliases: Vec<(String, String)>,
    faults: Vec<Fault>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        let mut aliases = vec![("/me/drive".to_owned(), MY_DRIVE.to_owned())];
        aliases.extend(TEAM_ALIASES.map(|prefix| (prefix.to_owned(), TEAM_DRIVE.to_owned())));
        Self {
            config: Config::default(),
            port: 0,
            drives: vec![MY_DRIVE.to_owned(), TEAM_DRIVE.to_owned()],
            aliases,
            faults: Vec::new(),
        }
    }

    /// Accepts this bearer token. Without any, every Graph request is answered by 401.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.config.tokens.insert(token.into());
        self
    }

    /// Listens on this port of 127.0.0.1; 0, the default, lets the system choose.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Adds an empty drive.
    pub fn drive(mut self, id: impl Into<String>) -> Self {
        self.drives.push(id.into());
        self
    }

    /// Makes a drive reachable by another path, for example `/groups/g1/drive`.
    ///
    /// A list (`/sites/s/lists/l`) serves its drive and the plain list.
    pub fn alias(mut self, prefix: impl Into<String>, drive: impl Into<String>) -> Self {
        self.aliases.push((prefix.into(), drive.into()));
        self
    }

    /// How long after a change its event is sent.
    pub fn latency(mut self, latency: Latency) -> Self {
        self.config.latency = latency;
        self
    }

    /// Sends each event twice.
    pub fn duplicate(mut self, duplicate: bool) -> Self {
        self.config.duplicate = duplicate;
        self
    }

    /// The fields of an event.
    pub fn payload(mut self, payload: Payload) -> Self {
        self.config.payload = payload;
        self
    }

    /// The type of an event's argument.
    pub fn argument(mut self, argument: Argument) -> Self {
        self.config.argument = argument;
        self
    }

    /// What the endpoint request answers.
    pub fn endpoint_shape(mut self, shape: EndpointShape) -> Self {
        self.config.endpoint_shape = shape;
        self
    }

    /// How long an issued notification URL works; one hour by default.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.config.lifetime = lifetime;
        self
    }

    /// What becomes of the sockets on a notification URL when it expires.
    pub fn at_expiry(mut self, then: AtExpiry) -> Self {
        self.config.at_expiry = then;
        self
    }

    /// Starts with this fault.
    pub fn fault(mut self, fault: impl Into<Fault>) -> Self {
        self.faults.push(fault.into());
        self
    }

    /// The heartbeat that the server announces and keeps; 25 s by default.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.config.ping_interval = interval;
        self
    }

    /// How long the server waits for the answer to a heartbeat; 20 s by default.
    pub fn ping_timeout(mut self, timeout: Duration) -> Self {
        self.config.ping_timeout = timeout;
        self
    }

    /// Binds the port and serves until the [`Simulator`] is shut down or dropped.
    pub async fn start(self) -> io::Result<Simulator> {
        for (name, duration) in [
            ("ping interval", self.config.ping_interval),
            ("ping timeout", self.config.ping_timeout),
        ] {
            if duration < SHORTEST_PING || duration > LONGEST_PING {
                return Err(invalid(format!(
                    "{name} {duration:?} is not between {SHORTEST_PING:?} and {LONGEST_PING:?}"
                )));
            }
        }
        let mut drives = HashMap::new();
        for id in self.drives {
            if id.is_empty() || id.contains('/') {
                return Err(invalid(format!(
                    "drive {id:?} is empty or contains a slash"
                )));
            }
            drives.insert(id.clone(), Drive::new(id));
        }
        let mut aliases = HashMap::new();
        for (prefix, drive) in self.aliases {
            let place = Place::from_prefix(&prefix).ok_or_else(|| {
                invalid(format!(
                    "alias {prefix:?} is none of /me/drive, /groups/ID/drive, /users/ID/drive, \
                     /sites/ID/drive, /sites/ID/lists/ID"
                ))
            })?;
            if !drives.contains_key(&drive) {
                return Err(invalid(format!(
                    "alias {prefix:?} names drive {drive:?}, which does not exist"
                )));
            }
            aliases.insert(place, drive);
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port))
            .await
            .map_err(|error| {
                let message = format!("cannot listen on 127.0.0.1:{}: {error}", self.port);
                io::Error::new(error.kind(), message)
            })?;
        let port = listener.local_addr()?.port();
        let shared = Shared::new(self.config, port, drives, aliases);
        for fault in self.faults {
            let set = shared.set_fault(fault);
            set.map_err(|error| invalid(format!("fault: {error}")))?;
        }
        Ok(Simulator::serve(listener, shared))
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The configuration holds bearer tokens.
        f.debug_struct("Builder")
            .field("port", &self.port)
            .field("drives", &self.drives)
            .finish_non_exhaustive()
    }
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}
