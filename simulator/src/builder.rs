//! Configures and starts a simulator.

use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::behaviour::{
    Argument, AtExpiry, DeltaLinks, DriveType, EndpointShape, Latency, Payload, SignInTime,
};
use crate::drive::Drive;
use crate::drives::Drives;
use crate::fault::Fault;
use crate::identity;
use crate::options::Options;
use crate::resource_path::DriveAddress;
use crate::service::Service;
use crate::simulator::Simulator;
use crate::tls::Tls;

const MY_DRIVE: &str = "b!me";
const TEAM_DRIVE: &str = "b!team";
const MIN_PING: Duration = Duration::from_millis(1);
const MAX_PING: Duration = Duration::from_hours(24);
/// An item takes a few hundred bytes.
const MAX_SEED: u32 = 10_000_000;
/// An empty drive takes about a kilobyte.
const MAX_NUMBERED_DRIVES: u32 = 1_000_000;
const ALIASES: [(&str, &str); 5] = [
    ("/me/drive", MY_DRIVE),
    ("/groups/team/drive", TEAM_DRIVE),
    ("/sites/contoso/drive", TEAM_DRIVE),
    ("/sites/contoso/lists/documents", TEAM_DRIVE),
    ("/users/alex@contoso.com/drive", TEAM_DRIVE),
];

/// Configures a [`Simulator`].
///
/// The drives `b!me` (also `/me/drive`) and `b!team` (also `/groups/team/drive`,
/// `/sites/contoso/drive`, `/sites/contoso/lists/documents` and `/users/alex@contoso.com/drive`)
/// always exist.
#[derive(Debug, Default)]
#[must_use]
pub struct Builder {
    options: Options,
}

impl Simulator {
    /// Starts from the defaults.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl From<Options> for Builder {
    fn from(options: Options) -> Self {
        Self { options }
    }
}

macro_rules! setters {
    ($($option:ident: $type:ty),* $(,)?) => {
        /// Setters of single values.
        impl Builder {
            $(
                #[doc = concat!("Sets [`Options::", stringify!($option), "`].")]
                pub fn $option(mut self, value: $type) -> Self {
                    self.options.$option = value;
                    self
                }
            )*
        }
    };
}

setters! {
    port: u16,
    numbered_drives: u32,
    drive_type: DriveType,
    latency: Latency,
    duplicate: bool,
    payload: Payload,
    argument: Argument,
    endpoint_shape: EndpointShape,
    lifetime: Duration,
    at_expiry: AtExpiry,
    ping_interval: Duration,
    ping_timeout: Duration,
    page_size: u32,
    delta_links: DeltaLinks,
    delta_empty_pages: bool,
    delta_duplicates: bool,
    app_only: bool,
    ui: bool,
    random_seed: u64,
    sign_in_takes: SignInTime,
    device_code_lifetime: Duration,
    device_code_interval: Duration,
    access_token_lifetime: Duration,
}

macro_rules! delta_setters {
    ($($setter:ident, $quirk:ident: $type:ty);* $(;)?) => {
        /// Setters of [`Options::delta`].
        impl Builder {
            $(
                #[doc = concat!("Sets [`crate::DeltaQuirks::", stringify!($quirk), "`].")]
                pub fn $setter(mut self, value: $type) -> Self {
                    self.options.delta.$quirk = value;
                    self
                }
            )*
        }
    };
}

delta_setters! {
    delta_lag, lag: Duration;
    delta_empty_rounds_skip, empty_rounds_skip: bool;
    delta_empty_rounds_skip_deletions, empty_rounds_skip_deletions: bool;
    delta_tombstone_lag, tombstone_lag: Duration;
    delta_tombstone_loss, tombstone_loss: f64;
    delta_lose_tombstones, lose_tombstones: u32;
    delta_enumerations_lose_tombstones, enumerations_lose_tombstones: bool;
    delta_tombstone_hashes, tombstone_hashes: bool;
    delta_unchanged, unchanged: f64;
    delta_unchanged_rounds, unchanged_rounds: u32;
}

impl Builder {
    /// Adds to [`Options::tokens`]. Without any token, every Graph request fails with 401.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.options.tokens.push(token.into());
        self
    }

    /// Adds to [`Options::users`].
    pub fn user(mut self, token: impl Into<String>, drive: impl Into<String>) -> Self {
        self.options.users.push((token.into(), drive.into()));
        self
    }

    /// Adds to [`Options::drives`].
    pub fn drive(mut self, id: impl Into<String>) -> Self {
        self.options.drives.push(id.into());
        self
    }

    /// Adds to [`Options::seeds`]. The items are the same in every run.
    pub fn seed(mut self, drive: impl Into<String>, items: u32) -> Self {
        self.options.seeds.push((drive.into(), items));
        self
    }

    /// Adds to [`Options::aliases`].
    pub fn alias(mut self, prefix: impl Into<String>, drive: impl Into<String>) -> Self {
        self.options.aliases.push((prefix.into(), drive.into()));
        self
    }

    /// Adds to [`Options::faults`].
    pub fn fault(mut self, fault: impl Into<Fault>) -> Self {
        self.options.faults.push(fault.into());
        self
    }

    /// Sets [`Options::delta_token_lifetime`].
    pub fn delta_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.options.delta_token_lifetime = Some(lifetime);
        self
    }

    /// Sets [`Options::identity_tls_port`].
    pub fn identity_tls_port(mut self, port: u16) -> Self {
        self.options.identity_tls_port = Some(port);
        self
    }

    /// Sets [`Options::identity_ca`].
    pub fn identity_ca(mut self, file: impl Into<PathBuf>) -> Self {
        self.options.identity_ca = Some(file.into());
        self
    }

    /// Adds to [`Options::accounts`].
    pub fn account(mut self, name: impl Into<String>, drive: impl Into<String>) -> Self {
        self.options.accounts.push((name.into(), drive.into()));
        self
    }

    /// Sets [`Options::token_refresh_in`].
    pub fn token_refresh_in(mut self, duration: Duration) -> Self {
        self.options.token_refresh_in = Some(duration);
        self
    }

    /// Binds the port and serves until the [`Simulator`] is shut down or dropped.
    pub async fn start(mut self) -> io::Result<Simulator> {
        check(&self.options)?;
        let drives = drives(&self.options)?;
        let listener = listen(self.options.port).await?;
        let tls = match self.options.identity_tls_port {
            Some(port) => Some((listen(port).await?, Tls::new()?)),
            None => None,
        };
        if let (Some(file), Some((_, tls))) = (&self.options.identity_ca, &tls) {
            std::fs::write(file, &tls.authority_pem).map_err(|error| {
                let message = format!("cannot write {}: {error}", file.display());
                io::Error::new(error.kind(), message)
            })?;
        }
        let faults = std::mem::take(&mut self.options.faults);
        let port = listener.local_addr()?.port();
        let service = Service::new(self.options, port, drives);
        for fault in faults {
            let set = service.set_fault(fault);
            set.map_err(|error| invalid(format!("fault: {error}")))?;
        }
        Simulator::serve(listener, tls, service)
    }
}

async fn listen(port: u16) -> io::Result<TcpListener> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    bound.map_err(|error| {
        let message = format!("cannot listen on 127.0.0.1:{port}: {error}");
        io::Error::new(error.kind(), message)
    })
}

fn check(options: &Options) -> io::Result<()> {
    for (name, duration) in [
        ("ping interval", options.ping_interval),
        ("ping timeout", options.ping_timeout),
    ] {
        if duration < MIN_PING || duration > MAX_PING {
            return Err(invalid(format!(
                "{name} {duration:?} is not between {MIN_PING:?} and {MAX_PING:?}"
            )));
        }
    }
    if options.page_size == 0 {
        return Err(invalid("page size must not be 0".to_owned()));
    }
    if options.numbered_drives > MAX_NUMBERED_DRIVES {
        let message = format!("the number of drives is more than {MAX_NUMBERED_DRIVES}");
        return Err(invalid(message));
    }
    options.delta.check().map_err(invalid)
}

fn numbered_drive(number: u32) -> String {
    format!("drive-{number:05}")
}

fn drives(options: &Options) -> io::Result<Drives> {
    let mut drives = Drives::default();
    let usual = [MY_DRIVE, TEAM_DRIVE];
    let added = options.drives.iter().map(String::as_str);
    let of_users = options.users.iter().map(|(_, drive)| drive.as_str());
    let of_accounts = identity::accounts(options).map(|(_, drive)| drive);
    let numbered: Vec<_> = (1..=options.numbered_drives).map(numbered_drive).collect();
    let numbered = numbered.iter().map(String::as_str);
    let ids = usual
        .into_iter()
        .chain(numbered)
        .chain(added)
        .chain(of_users);
    for id in ids.chain(of_accounts) {
        if id.is_empty() || id.contains('/') {
            return Err(invalid(format!(
                "drive {id:?} is empty or contains a slash"
            )));
        }
        let mut drive = Drive::new(id.to_owned());
        let keep_previous = options.delta_duplicates;
        drive.configure(options.drive_type, keep_previous, options.random_seed);
        drive.set_quirks(options.delta);
        drives.insert(drive);
    }
    for (id, items) in &options.seeds {
        seed(&mut drives, id, *items)?;
    }
    let added = options.aliases.iter();
    let added = added.map(|(prefix, drive)| (prefix.as_str(), drive.as_str()));
    for (prefix, drive) in ALIASES.into_iter().chain(added) {
        let address = DriveAddress::parse(prefix).ok_or_else(|| {
            invalid(format!(
                "alias {prefix:?} is none of /me/drive, /groups/ID/drive, /users/ID/drive, \
                 /sites/ID/drive, /sites/ID/lists/ID"
            ))
        })?;
        if !drives.add_alias(address, drive) {
            return Err(invalid(format!(
                "alias {prefix:?} names drive {drive:?}, which does not exist"
            )));
        }
    }
    Ok(drives)
}

fn seed(drives: &mut Drives, id: &str, items: u32) -> io::Result<()> {
    if items > MAX_SEED {
        let message = format!("seed of drive {id:?} is more than {MAX_SEED} items");
        return Err(invalid(message));
    }
    let drive = drives
        .get_mut(id)
        .ok_or_else(|| invalid(format!("seed names drive {id:?}, which does not exist")))?;
    if drive.len() > 0 {
        return Err(invalid(format!("drive {id:?} is seeded twice")));
    }
    drive.seed(items);
    Ok(())
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}
