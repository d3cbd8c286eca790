//! Collects the switches and starts the simulator.

use std::collections::HashMap;
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::behaviour::{
    Argument, AtExpiry, Config, DeltaLinks, DriveType, EndpointShape, Latency, Payload,
};
use crate::drive::Drive;
use crate::fault::Fault;
use crate::resource_path::Place;
use crate::service::Shared;
use crate::simulator::Simulator;

const MY_DRIVE: &str = "b!me";
const TEAM_DRIVE: &str = "b!team";
const SHORTEST_PING: Duration = Duration::from_millis(1);
const LONGEST_PING: Duration = Duration::from_hours(24);
const LONGEST_LAG: Duration = Duration::from_hours(24);
/// A few hundred bytes each.
const LARGEST_SEED: u32 = 10_000_000;
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
    seeds: Vec<(String, u32)>,
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
            seeds: Vec::new(),
            aliases,
            faults: Vec::new(),
        }
    }

    /// Accepts this bearer token. Without any, every Graph request is answered by 401.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.config.tokens.insert(token.into());
        self
    }

    /// Accepts this bearer token, of a user whose `/me/drive` is this drive, which is added, and who
    /// reaches no drive of another user.
    pub fn user(mut self, token: impl Into<String>, drive: impl Into<String>) -> Self {
        let (token, drive) = (token.into(), drive.into());
        self.config.tokens.insert(token.clone());
        self.config.users.add(token, drive.clone());
        self.drive(drive)
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

    /// Fills a drive with so many generated items in a tree of folders, the same in every run.
    pub fn seed(mut self, drive: impl Into<String>, items: u32) -> Self {
        self.seeds.push((drive.into(), items));
        self
    }

    /// What sort of drive each of them is; business by default.
    pub fn drive_type(mut self, drive_type: DriveType) -> Self {
        self.config.drive_type = drive_type;
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

    /// How many items a page of a delta query has unless it says otherwise; 200 by default.
    pub fn page_size(mut self, items: u32) -> Self {
        self.config.delta.page_size = items;
        self
    }

    /// The form of the links in a delta query's answer.
    pub fn delta_links(mut self, links: DeltaLinks) -> Self {
        self.config.delta.links = links;
        self
    }

    /// Sends an empty page with a `nextLink` before each page of a delta query.
    pub fn delta_empty_pages(mut self, empty_pages: bool) -> Self {
        self.config.delta.empty_pages = empty_pages;
        self
    }

    /// Shows items twice in a delta query, an earlier state first.
    pub fn delta_duplicates(mut self, duplicates: bool) -> Self {
        self.config.delta.duplicates = duplicates;
        self
    }

    /// How long after a change delta queries show it; at once by default.
    pub fn delta_lag(mut self, lag: Duration) -> Self {
        self.config.delta.lag = lag;
        self
    }

    /// How long the tokens of delta queries are good for; for ever by default.
    pub fn delta_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.config.delta.token_lifetime = Some(lifetime);
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
        if self.config.delta.page_size == 0 {
            return Err(invalid("page size 0 would never get on".to_owned()));
        }
        if self.config.delta.lag > LONGEST_LAG {
            let message = format!("delta lag is more than {LONGEST_LAG:?}");
            return Err(invalid(message));
        }
        let mut drives = HashMap::new();
        for id in self.drives {
            if id.is_empty() || id.contains('/') {
                return Err(invalid(format!(
                    "drive {id:?} is empty or contains a slash"
                )));
            }
            let mut drive = Drive::new(id.clone());
            let delta = self.config.delta;
            drive.configure(self.config.drive_type, delta.lag, delta.duplicates);
            drives.insert(id, drive);
        }
        seed(&mut drives, &self.seeds)?;
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

fn seed(drives: &mut HashMap<String, Drive>, seeds: &[(String, u32)]) -> io::Result<()> {
    for (id, items) in seeds {
        if *items > LARGEST_SEED {
            let message = format!("seed of drive {id:?} is more than {LARGEST_SEED} items");
            return Err(invalid(message));
        }
        let drive = drives
            .get_mut(id)
            .ok_or_else(|| invalid(format!("seed names drive {id:?}, which does not exist")))?;
        if drive.len() > 0 {
            return Err(invalid(format!("drive {id:?} is seeded twice")));
        }
        drive.seed(*items);
    }
    Ok(())
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}
