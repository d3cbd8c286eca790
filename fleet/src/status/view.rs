//! What a worker tells about itself: plain data, which the worker fills in, `status` asks for and the
//! metrics are made of.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A worker at one moment. Times are spans, because clocks of machines differ.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkerView {
    /// Its id: its name and eight random digits.
    pub worker: String,
    /// Its version of drivebell-fleet.
    pub version: String,
    /// What it does.
    pub state: WorkerState,
    /// How long it runs.
    #[serde(rename = "uptime_seconds", with = "seconds")]
    pub uptime: Duration,
    /// How much it takes compared with the others.
    pub capacity: u64,
    /// How many partitions it owns.
    pub partitions: u64,
    /// Why it does not follow what it owns at this moment, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// How many drives the fleet has.
    pub drives_listed: u64,
    /// The drives of its partitions.
    pub drives: DriveCounts,
    /// The longest of the lags of its drives: see [`DriveView::lag`].
    #[serde(rename = "lag_seconds", with = "seconds")]
    pub lag: Duration,
    /// The time since the last change that it has published, if it has published any.
    #[serde(
        rename = "since_last_change_seconds",
        with = "optional_seconds",
        skip_serializing_if = "Option::is_none"
    )]
    pub since_last_change: Option<Duration>,
    /// Its connection to NATS.
    pub nats: NatsView,
    /// What is on its way to the stream.
    pub outbox: OutboxView,
    /// How often it has asked for tokens.
    pub tokens: TokenView,
    /// What has happened to its leases.
    pub leases: LeaseView,
    /// What it asks of Graph for each tenant.
    pub budgets: Vec<BudgetView>,
    /// The pauses that Graph has asked for, and that have not ended.
    pub pauses: Vec<PauseView>,
}

/// What a worker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerState {
    /// It reads the list of drives, and claims its first partitions.
    #[default]
    Starting,
    /// It follows its drives.
    Running,
    /// It hands its partitions over.
    Draining,
}

impl WorkerState {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Draining => "draining",
        }
    }
}

/// What a drive is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriveState {
    /// Its changes are announced, and arrive.
    Live,
    /// It is asked now and then, because Graph gives it no notifications.
    Polling,
    /// It waits for its first connection.
    Starting,
    /// All its items are being read.
    Enumerating,
    /// Graph or the network is away; it is tried again.
    Away,
    /// Graph, or the token service, has refused it; it is tried again now and then.
    Refused,
    /// Its entry cannot be read.
    Invalid,
}

impl DriveState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Live,
        Self::Polling,
        Self::Starting,
        Self::Enumerating,
        Self::Away,
        Self::Refused,
        Self::Invalid,
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Polling => "polling",
            Self::Starting => "starting",
            Self::Enumerating => "enumerating",
            Self::Away => "away",
            Self::Refused => "refused",
            Self::Invalid => "invalid",
        }
    }

    /// Whether somebody should look after it.
    pub fn is_problem(self) -> bool {
        matches!(self, Self::Away | Self::Refused | Self::Invalid)
    }
}

/// How many drives are in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "DriveState says what each is")]
pub struct DriveCounts {
    pub live: u64,
    pub polling: u64,
    pub starting: u64,
    pub enumerating: u64,
    pub away: u64,
    pub refused: u64,
    pub invalid: u64,
}

impl DriveCounts {
    /// The number of drives in this state.
    pub fn get(&self, state: DriveState) -> u64 {
        match state {
            DriveState::Live => self.live,
            DriveState::Polling => self.polling,
            DriveState::Starting => self.starting,
            DriveState::Enumerating => self.enumerating,
            DriveState::Away => self.away,
            DriveState::Refused => self.refused,
            DriveState::Invalid => self.invalid,
        }
    }

    /// Counts drives of this state.
    pub fn add(&mut self, state: DriveState, count: u64) {
        let counter = match state {
            DriveState::Live => &mut self.live,
            DriveState::Polling => &mut self.polling,
            DriveState::Starting => &mut self.starting,
            DriveState::Enumerating => &mut self.enumerating,
            DriveState::Away => &mut self.away,
            DriveState::Refused => &mut self.refused,
            DriveState::Invalid => &mut self.invalid,
        };
        *counter += count;
    }

    /// The number of drives in any state.
    pub fn total(&self) -> u64 {
        DriveState::ALL.iter().map(|state| self.get(*state)).sum()
    }
}

/// A drive at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriveView {
    /// Its key in the bucket.
    pub drive: String,
    /// Its path in Graph. Empty if its entry cannot be read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub resource: String,
    /// Its user. Empty if its entry cannot be read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Its label, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The worker that follows it.
    #[serde(default)]
    pub worker: String,
    /// What it does.
    pub state: DriveState,
    /// Why, for a state that is a problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How far the stream may be behind the drive. While something that was announced or read is not
    /// in the stream yet: the time since the oldest of it. Otherwise nothing for a live drive, and for
    /// any other the time since its last successful query.
    #[serde(rename = "lag_seconds", with = "seconds")]
    pub lag: Duration,
    /// The time since its last change was published, if this worker has published one.
    #[serde(
        default,
        rename = "since_last_change_seconds",
        with = "optional_seconds",
        skip_serializing_if = "Option::is_none"
    )]
    pub since_last_change: Option<Duration>,
}

/// A connection to NATS.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NatsView {
    /// Whether there is a connection.
    pub connected: bool,
    /// The version of the server that it was last connected to.
    pub server_version: String,
    /// How often the connection was made again.
    pub reconnects: u64,
    /// The time since the last answer.
    #[serde(rename = "since_contact_seconds", with = "seconds")]
    pub since_contact: Duration,
    /// The lease time of the fleet: after so long without an answer, others may take the drives.
    #[serde(rename = "lease_time_seconds", with = "seconds")]
    pub lease_time: Duration,
}

/// What is on its way to the stream.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OutboxView {
    /// Messages that were sent and are not acknowledged.
    pub in_flight: u64,
    /// Messages that wait to be sent.
    pub waiting: u64,
    /// Messages that the stream has taken.
    pub published: u64,
    /// Messages that the stream had already.
    pub repeated: u64,
    /// Messages that the stream has refused, because another worker had taken the partition.
    pub fenced: u64,
    /// Messages that the stream has refused for another reason. They are sent again.
    pub refused: u64,
    /// Whether the stream is full, so that changes wait.
    pub full: bool,
}

/// How often tokens were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TokenView {
    /// Requests to the token service.
    pub requests: u64,
    /// Answers that the user must sign in again.
    pub refused: u64,
    /// Requests without a usable answer.
    pub failed: u64,
}

/// What has happened to the leases of a worker.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LeaseView {
    /// Partitions taken because nobody owned them, or because their owner was dead.
    pub claimed: u64,
    /// Partitions that another worker has handed over.
    pub received: u64,
    /// Partitions handed over to another worker.
    pub handed_over: u64,
    /// Partitions that another worker has taken.
    pub lost: u64,
}

/// What a worker asks of Graph for a tenant. The counters begin with the worker.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BudgetView {
    /// The tenant.
    pub tenant: String,
    /// The drives of the tenant in the whole fleet.
    pub drives: u64,
    /// Those that this worker follows. Its share is this part of the budget.
    pub own_drives: u64,
    /// Resource units a minute that the tenant allows to the whole fleet; none if there is no limit.
    pub resource_units_per_minute: Option<f64>,
    /// Requests for endpoints a second that it allows.
    pub endpoint_calls_per_second: Option<f64>,
    /// Requests of each user in five minutes that it allows.
    pub requests_per_user_in_five_minutes: Option<f64>,
    /// Requests to Graph.
    pub requests: u64,
    /// Those for endpoints.
    pub endpoint_calls: u64,
    /// What all of them cost.
    pub resource_units: u64,
    /// Requests that Graph has throttled.
    pub throttled: u64,
}

/// A pause that Graph has asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PauseView {
    /// The app that it was asked of.
    pub app: String,
    /// The tenant that it is about.
    pub tenant: String,
    /// How long it still lasts.
    #[serde(rename = "rest_seconds", with = "seconds")]
    pub rest: Duration,
}

/// Which drives are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrivesWanted {
    /// Those with problems, at most this many.
    Problems(usize),
    /// All.
    All,
}

/// Where the state of a worker comes from: two functions, which must not block.
#[derive(Clone)]
pub struct Views {
    worker: Arc<dyn Fn() -> WorkerView + Send + Sync>,
    drives: Arc<dyn Fn(DrivesWanted) -> Vec<DriveView> + Send + Sync>,
}

impl Views {
    /// Views by these functions.
    pub fn new(
        worker: impl Fn() -> WorkerView + Send + Sync + 'static,
        drives: impl Fn(DrivesWanted) -> Vec<DriveView> + Send + Sync + 'static,
    ) -> Self {
        Self {
            worker: Arc::new(worker),
            drives: Arc::new(drives),
        }
    }

    /// The worker at this moment.
    pub fn worker(&self) -> WorkerView {
        (self.worker)()
    }

    /// Drives of its partitions at this moment.
    pub fn drives(&self, wanted: DrivesWanted) -> Vec<DriveView> {
        (self.drives)(wanted)
    }
}

impl fmt::Debug for Views {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Views").finish_non_exhaustive()
    }
}

/// A span in seconds, with milliseconds.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn of(span: Duration) -> f64 {
        (span.as_secs_f64() * 1000.0).round() / 1000.0
    }

    pub(super) fn span(seconds: f64) -> Duration {
        Duration::try_from_secs_f64(seconds).unwrap_or_default()
    }

    pub(super) fn serialize<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(of(*span))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        f64::deserialize(from).map(span)
    }
}

mod optional_seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::seconds;

    #[expect(clippy::ref_option, reason = "serde passes a reference")]
    pub(super) fn serialize<S: Serializer>(
        span: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        span.map(seconds::of).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        let seconds = Option::<f64>::deserialize(from)?;
        Ok(seconds.map(seconds::span))
    }
}
