//! The options of the simulator. Each is declared here once, for the command line and for Rust.

use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, FromArgMatches};
use serde::{Deserialize, Serialize};

use crate::behaviour::{
    Argument, AtExpiry, DeltaLinks, DriveType, EndpointShape, Latency, Payload, SignInTime,
};
use crate::fault::Fault;

const DELTA: &str = "Delta queries";
const UNKIND: &str = "Unkind delta queries";
const IDENTITY: &str = "Identity service";

/// What a [`Simulator`](crate::Simulator) serves, and how.
///
/// The documentation of a field is also its `--help`.
#[derive(Clone, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
#[non_exhaustive]
pub struct Options {
    /// Port of 127.0.0.1 to listen on; 0 lets the system choose.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// A bearer token to accept, which reaches every drive; repeatable.
    #[arg(long = "token", value_name = "TOKEN", value_parser = non_empty)]
    pub tokens: Vec<String>,
    /// A bearer token of a user, and the id of the user's drive, which is added; repeatable.
    ///
    /// With this token, /me/drive is that drive, and the drives of other users are forbidden.
    #[arg(long = "user", value_name = "TOKEN=DRIVE", value_parser = user)]
    pub users: Vec<(String, String)>,
    /// The id of an additional, empty drive; repeatable.
    #[arg(long = "drive", value_name = "ID")]
    pub drives: Vec<String>,
    /// Add N empty drives, drive-00001 and so on.
    #[arg(long = "drives", value_name = "N", default_value_t = 0)]
    pub numbered_drives: u32,
    /// A drive to fill with N generated items in a tree of folders; repeatable.
    #[arg(long = "seed", value_name = "DRIVE=N", value_parser = seed)]
    pub seeds: Vec<(String, u32)>,
    /// The type of all drives.
    #[arg(long, value_enum, default_value_t)]
    pub drive_type: DriveType,
    /// An additional path to a drive, for example /groups/g1/drive=b!team; repeatable.
    ///
    /// A list (/sites/s/lists/l) serves its drive and the list itself.
    #[arg(long = "alias", value_name = "PREFIX=DRIVE", value_parser = alias)]
    pub aliases: Vec<(String, String)>,
    /// The time from a change to its event: none, real (5 to 36 s), or milliseconds.
    #[arg(long, default_value = "none", value_name = "none|real|MS")]
    pub latency: Latency,
    /// Send each event twice.
    #[arg(long)]
    pub duplicate: bool,
    /// The fields of an event.
    #[arg(long, value_enum, default_value_t)]
    pub payload: Payload,
    /// The type of an event's argument.
    #[arg(long, value_enum, default_value_t)]
    pub argument: Argument,
    /// The response to the endpoint request.
    #[arg(long = "endpoint", value_enum, default_value_t)]
    pub endpoint_shape: EndpointShape,
    /// How long a notification URL works.
    #[arg(long, value_name = "SECONDS", default_value = "3600", value_parser = seconds)]
    pub lifetime: Duration,
    /// What happens to the sockets on a notification URL when it expires.
    #[arg(long, value_enum, default_value_t)]
    pub at_expiry: AtExpiry,
    /// Serve a page at / for a person: drives to edit, sessions, notifications and faults.
    #[arg(long)]
    pub ui: bool,
    /// Treat every token as one with application permissions: the endpoint request is refused.
    #[arg(long)]
    pub app_only: bool,
    /// What random decisions of faults and delta queries depend on.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub random_seed: u64,
    /// A fault to start with, as JSON or shorthand, for example delay=200,on=graph; repeatable.
    ///
    /// README.md describes all faults.
    #[arg(long = "fault", value_name = "FAULT")]
    pub faults: Vec<Fault>,
    /// The interval between heartbeats on a socket.
    #[arg(long, value_name = "MS", default_value = "25000", value_parser = milliseconds)]
    pub ping_interval: Duration,
    /// How long the server waits for the reply to a heartbeat.
    #[arg(long, value_name = "MS", default_value = "20000", value_parser = milliseconds)]
    pub ping_timeout: Duration,
    /// Items on a page, unless the request names another number.
    #[arg(long, value_name = "N", default_value = "200", value_parser = positive)]
    #[arg(help_heading = DELTA)]
    pub page_size: u32,
    /// The form of nextLink and deltaLink.
    #[arg(long, value_enum, default_value_t, help_heading = DELTA)]
    pub delta_links: DeltaLinks,
    /// Send an empty page with a nextLink before each page.
    #[arg(long, help_heading = DELTA)]
    pub delta_empty_pages: bool,
    /// Send some items twice in a round, an earlier state first.
    #[arg(long, help_heading = DELTA)]
    pub delta_duplicates: bool,
    /// How delta queries treat changes; another one can be set while the simulator runs.
    #[command(flatten)]
    pub delta: DeltaQuirks,
    /// How long delta tokens are valid; an older one causes a 410. Unlimited by default.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = DELTA)]
    pub delta_token_lifetime: Option<Duration>,
    /// Port of 127.0.0.1 for the identity service over TLS; 0 lets the system choose.
    ///
    /// Without this option there is no TLS port. The port of --port serves the identity service in
    /// any case.
    #[arg(long, value_name = "PORT", help_heading = IDENTITY)]
    pub identity_tls_port: Option<u16>,
    /// Write the certificate authority of the TLS port to this file, as PEM.
    #[arg(long, value_name = "FILE", requires = "identity_tls_port", help_heading = IDENTITY)]
    pub identity_ca: Option<PathBuf>,
    /// A user who can sign in, and the id of the user's drive, which is added; repeatable.
    ///
    /// The first one signs in unless a request names another. Without this option it is
    /// alex@contoso.com=b!me.
    #[arg(long = "account", value_name = "NAME=DRIVE", value_parser = account)]
    #[arg(help_heading = IDENTITY)]
    pub accounts: Vec<(String, String)>,
    /// How long a person takes to approve a device code; never leaves it to the control API.
    #[arg(long, default_value = "0", value_name = "MS|never", help_heading = IDENTITY)]
    pub sign_in_takes: SignInTime,
    /// How long a device code is valid.
    #[arg(long, value_name = "SECONDS", default_value = "900", value_parser = seconds)]
    #[arg(help_heading = IDENTITY)]
    pub device_code_lifetime: Duration,
    /// The interval at which a client may poll; 0 permits any.
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds_or_zero)]
    #[arg(help_heading = IDENTITY)]
    pub device_code_interval: Duration,
    /// How long an access token is valid.
    #[arg(long, value_name = "SECONDS", default_value = "3600", value_parser = seconds)]
    #[arg(help_heading = IDENTITY)]
    pub access_token_lifetime: Duration,
    /// Ask clients to refresh access tokens after this time, before their end. Absent by default.
    #[arg(long, value_name = "SECONDS", value_parser = seconds_or_zero, help_heading = IDENTITY)]
    pub token_refresh_in: Option<Duration>,
}

/// How the delta queries of a drive treat its changes: as production does, honestly or not.
///
/// [`Simulator::set_delta`](crate::Simulator::set_delta) changes it for a running simulator, and so
/// does the control API, where the fields have the same names in camel case. Both speak of
/// milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Args, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[command(next_help_heading = UNKIND)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
#[non_exhaustive]
pub struct DeltaQuirks {
    /// The time from a change until delta queries return it. Its event does not wait for that.
    #[arg(long = "delta-lag", value_name = "MS", default_value = "0")]
    #[arg(value_parser = milliseconds_or_zero)]
    #[serde(with = "crate::milliseconds")]
    pub lag: Duration,
    /// The token of a round without items skips the changes that the lag still hides.
    #[arg(long = "delta-empty-rounds-skip")]
    pub empty_rounds_skip: bool,
    /// The same for deletions only, of which it was observed.
    #[arg(long = "delta-empty-rounds-skip-deletions")]
    pub empty_rounds_skip_deletions: bool,
    /// How much later than other changes deletions come. Their names may be used again before.
    #[arg(long = "delta-tombstone-lag", value_name = "MS", default_value = "0")]
    #[arg(value_parser = milliseconds_or_zero)]
    #[serde(with = "crate::milliseconds")]
    pub tombstone_lag: Duration,
    /// The probability that a deletion never comes.
    #[arg(long = "delta-tombstone-loss", value_name = "P", default_value_t = 0.0)]
    #[arg(value_parser = probability)]
    pub tombstone_loss: f64,
    /// The next N deletions never come. Counts down.
    #[arg(long = "delta-lose-tombstones", value_name = "N", default_value_t = 0)]
    pub lose_tombstones: u32,
    /// Deletions during a full enumeration never come to the client that enumerates.
    #[arg(long = "delta-enumerations-lose-tombstones")]
    pub enumerations_lose_tombstones: bool,
    /// Deleted files have a hash, which is not theirs.
    #[arg(long = "delta-tombstone-hashes")]
    pub tombstone_hashes: bool,
    /// The probability, per round, that an item comes although it did not change.
    #[arg(long = "delta-unchanged", value_name = "P", default_value_t = 0.0)]
    #[arg(value_parser = probability)]
    pub unchanged: f64,
    /// In each of the next N rounds, an item comes although it did not change. Counts down.
    #[arg(long = "delta-unchanged-rounds", value_name = "N", default_value_t = 0)]
    pub unchanged_rounds: u32,
}

const MAX_LAG: Duration = Duration::from_hours(24);

impl DeltaQuirks {
    pub(crate) fn check(&self) -> Result<(), String> {
        for (name, lag) in [
            ("delta lag", self.lag),
            ("delta tombstone lag", self.tombstone_lag),
        ] {
            if lag > MAX_LAG {
                return Err(format!("{name} is more than {MAX_LAG:?}"));
            }
        }
        for (name, probability) in [
            ("delta tombstone loss", self.tombstone_loss),
            ("delta unchanged", self.unchanged),
        ] {
            if !(0.0..=1.0).contains(&probability) {
                return Err(format!("{name} is not between 0 and 1"));
            }
        }
        Ok(())
    }
}

impl Default for Options {
    /// The options of an empty command line.
    fn default() -> Self {
        let command = Self::augment_args(clap::Command::new(env!("CARGO_PKG_NAME")));
        let matches = command.get_matches_from([env!("CARGO_PKG_NAME")]);
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The options contain bearer tokens.
        f.debug_struct("Options")
            .field("port", &self.port)
            .field("drives", &self.drives)
            .finish_non_exhaustive()
    }
}

fn non_empty(value: &str) -> Result<String, &'static str> {
    if value.is_empty() {
        return Err("is empty");
    }
    Ok(value.to_owned())
}

fn alias(value: &str) -> Result<(String, String), &'static str> {
    let parts = value.split_once('=');
    parts
        .map(|(prefix, drive)| (prefix.to_owned(), drive.to_owned()))
        .ok_or("expected PREFIX=DRIVE, for example /groups/g1/drive=b!team")
}

fn user(value: &str) -> Result<(String, String), &'static str> {
    let parts = value.rsplit_once('=');
    parts
        .filter(|(token, _)| !token.is_empty())
        .map(|(token, drive)| (token.to_owned(), drive.to_owned()))
        .ok_or("expected TOKEN=DRIVE, for example secret-of-alex=b!alex")
}

fn account(value: &str) -> Result<(String, String), &'static str> {
    let parts = value.rsplit_once('=');
    parts
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, drive)| (name.to_owned(), drive.to_owned()))
        .ok_or("expected NAME=DRIVE, for example alex@contoso.com=b!me")
}

fn seed(value: &str) -> Result<(String, u32), &'static str> {
    let parts = value.rsplit_once('=');
    parts
        .and_then(|(drive, count)| Some((drive.to_owned(), count.parse().ok()?)))
        .ok_or("expected DRIVE=N, for example b!me=1000")
}

fn probability(value: &str) -> Result<f64, &'static str> {
    let number = value.parse().ok();
    let number = number.filter(|number| (0.0..=1.0).contains(number));
    number.ok_or("expected a number from 0 to 1")
}

type ParseResult<T> = Result<T, std::num::ParseIntError>;

fn positive(value: &str) -> ParseResult<u32> {
    value.parse().map(NonZeroU32::get)
}

fn seconds(value: &str) -> ParseResult<Duration> {
    let seconds = value.parse().map(NonZeroU64::get);
    seconds.map(Duration::from_secs)
}

fn seconds_or_zero(value: &str) -> ParseResult<Duration> {
    value.parse().map(Duration::from_secs)
}

fn milliseconds(value: &str) -> ParseResult<Duration> {
    let milliseconds = value.parse().map(NonZeroU64::get);
    milliseconds.map(Duration::from_millis)
}

fn milliseconds_or_zero(value: &str) -> ParseResult<Duration> {
    value.parse().map(Duration::from_millis)
}
