//! The configuration: `fleet.toml`, the environment and the options of the command line.

mod budget;
mod document;
mod files;
mod graph;
mod log;
mod names;
mod nats;
mod problems;
mod source;
mod stream;
mod summary;
mod tokens;
mod values;

use std::net::SocketAddr;
use std::time::Duration;

use drivebell::{ClientBuilder, Credential};

pub(crate) use self::files::read_bounded;
pub(crate) use self::log::{commands_filter, parse_filter};

pub use self::budget::Budget;
pub use self::graph::Graph;
pub use self::log::{Log, LogFormat};
pub use self::nats::Nats;
pub use self::problems::Problems;
pub use self::source::{Overrides, Source};
pub use self::stream::Stream;
pub use self::tokens::{TokenService, Tokens};
pub use self::values::{parse_duration, show_duration};

use self::document::Section;

/// Everything that a worker and the commands are told. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// The name of the fleet, with which its buckets, its stream and its subjects begin: `drivebell`
    /// unless given.
    pub name: String,
    /// The name of this worker; by default that of the machine. Its id is this and eight random digits.
    pub worker: String,
    /// How many partitions the drives are divided into: 1024 unless given. All workers have the same.
    pub partitions: u32,
    /// How long a worker may give no sign of life before others take its drives: 6 s unless given.
    pub lease_time: Duration,
    /// How much this worker takes compared with the others: 100 unless given.
    pub capacity: u64,
    /// How to reach NATS.
    pub nats: Nats,
    /// How to use Microsoft Graph.
    pub graph: Graph,
    /// Where the tokens of users come from.
    pub tokens: Tokens,
    /// What a tenant allows, unless `budget` has set something else for it.
    pub budget: Budget,
    /// The stream of changes.
    pub stream: Stream,
    /// Where health and metrics are served; `None` if they are not. 127.0.0.1:9464 unless given.
    pub http: Option<SocketAddr>,
    /// What is logged, and how.
    pub log: Log,
}

const DEFAULT_NAME: &str = "drivebell";
const DEFAULT_PARTITIONS: u32 = 1024;
const DEFAULT_LEASE_TIME: Duration = Duration::from_secs(6);
const DEFAULT_CAPACITY: u64 = 100;
const DEFAULT_HTTP: &str = "127.0.0.1:9464";

/// The most partitions: each costs a record, and a fence.
const MAX_PARTITIONS: u64 = 65_536;

/// A worker renews its lease some times within this time.
const LEAST_LEASE_TIME: Duration = Duration::from_secs(2);

/// For `capacity`, so that weights of drives stay comparable.
const MAX_CAPACITY: u64 = 1_000_000;

impl Config {
    /// Reads a configuration: a file if there is one, with what the environment and the command line
    /// say instead.
    ///
    /// # Errors
    /// Everything that is wrong, each with its file, line and key.
    pub fn read(source: &Source<'_>) -> Result<Self, Problems> {
        source::read(source)
    }

    /// A client of Graph with these settings, for this credential.
    pub fn client_builder(&self, credential: Credential) -> ClientBuilder {
        self.graph.builder(credential, self.tokens.timeout)
    }

    fn of(section: Section<'_>, source: &Source<'_>) -> Self {
        let config = Self {
            name: section
                .get("name", names::fleet)
                .unwrap_or_else(|| DEFAULT_NAME.to_owned()),
            worker: section
                .get("worker", names::name)
                .unwrap_or_else(names::of_this_machine),
            partitions: section
                .get("partitions", |value| {
                    values::count_to(value, 1, MAX_PARTITIONS)
                })
                .and_then(|count| u32::try_from(count).ok())
                .unwrap_or(DEFAULT_PARTITIONS),
            lease_time: section
                .get("lease_time", lease_time)
                .unwrap_or(DEFAULT_LEASE_TIME),
            capacity: section
                .get("capacity", |value| values::count_to(value, 1, MAX_CAPACITY))
                .unwrap_or(DEFAULT_CAPACITY),
            nats: Nats::of(section.section("nats"), source),
            graph: Graph::of(section.section("graph"), section.section("changes"), source),
            tokens: Tokens::of(section.section("tokens"), source),
            budget: Budget::of(section.section("budget")),
            stream: Stream::of(section.section("stream")),
            http: http(section.section("http")),
            log: Log::of(section.section("log")),
        };
        section.finish();
        config
    }
}

fn lease_time(value: &toml::de::DeValue<'_>) -> Result<Duration, String> {
    let time = values::duration(value)?;
    if time < LEAST_LEASE_TIME {
        return Err(format!(
            "must be at least {}, so that a busy machine does not lose its drives",
            show_duration(LEAST_LEASE_TIME)
        ));
    }
    Ok(time)
}

fn http(section: Section<'_>) -> Option<SocketAddr> {
    let default = DEFAULT_HTTP.parse().ok();
    let listen = section.get("listen", |value| match value.as_str() {
        Some("off") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| {
            format!(
                "must be \"off\", or an address and a port like {DEFAULT_HTTP:?} or \"[::]:9464\", and \
                 is {text:?}"
            )
        }),
        None => Err(format!(
            "must be a text in quotes: \"off\", or an address and a port like {DEFAULT_HTTP:?}"
        )),
    });
    section.finish();
    listen.unwrap_or(default)
}
