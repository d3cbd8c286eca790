//! What a worker tells about itself.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use drivebell::ChangesState;
use drivebell_store::{DriveState as Followed, DriveStatus, Follower, LeaseKeeper};
use tokio::time::Instant;

use super::host::FleetHost;
use super::roster::{DRIVE_WEIGHT, Roster};
use crate::budget::Budgets;
use crate::config::Config;
use crate::drives::Drive;
use crate::nats::Connection;
use crate::signals::Shutdown;
use crate::status::{
    BudgetView, DriveCounts, DriveState, DriveView, DrivesWanted, LeaseView, NatsView, OutboxView,
    PauseView, Views, WorkerState, WorkerView,
};
use crate::tokens::TokenSource;

/// A stream counts as full for so long after it has refused a change.
const FULL: Duration = Duration::from_secs(10);

/// A partition that takes longer to be followed is in trouble.
const SLOW: Duration = Duration::from_secs(60);

/// A drive weighs at most so much more because of what happens in it.
const MOST_BUSY: u64 = 3 * DRIVE_WEIGHT;

/// Everything that there is to tell about.
pub(super) struct Observed {
    pub(super) config: Arc<Config>,
    pub(super) connection: Connection,
    pub(super) host: Arc<FleetHost>,
    pub(super) roster: Arc<Roster>,
    pub(super) budgets: Budgets,
    pub(super) tokens: TokenSource,
    pub(super) keeper: Arc<LeaseKeeper>,
    pub(super) follower: Arc<Follower<FleetHost>>,
    pub(super) shutdown: Shutdown,
    pub(super) started: Instant,
    pub(super) full: Mutex<(u64, Option<Instant>)>,
}

/// As functions, for status and metrics.
pub(super) fn views(observed: &Arc<Observed>) -> Views {
    let (worker, drives) = (Arc::clone(observed), Arc::clone(observed));
    Views::new(move || worker.worker(), move |wanted| drives.drives(wanted))
}

impl Observed {
    fn worker(&self) -> WorkerView {
        let leases = self.keeper.view();
        let leases = leases.borrow();
        let mut counts = DriveCounts::default();
        let mut lag = Duration::ZERO;
        for status in self.follower.drives() {
            let state = state_of(&status);
            counts.add(state, 1);
            lag = lag.max(self.lag(&status, state));
        }
        counts.add(DriveState::Invalid, self.host.list.invalid().len() as u64);
        let state = if self.shutdown.is_draining() {
            WorkerState::Draining
        } else if leases.listed.is_none() {
            WorkerState::Starting
        } else {
            WorkerState::Running
        };
        let (budgets, pauses) = self.budgets_and_pauses();
        WorkerView {
            worker: self.keeper.id().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            state,
            uptime: self.started.elapsed(),
            capacity: self.config.capacity,
            partitions: leases.owned as u64,
            trouble: self.trouble(),
            drives_listed: self.host.list.len() as u64,
            drives: counts,
            lag,
            since_last_change: self.host.since_last_change(),
            nats: self.nats(leases.listed),
            outbox: self.outbox(),
            tokens: self.tokens.view(),
            leases: LeaseView {
                claimed: leases.claimed,
                received: leases.received,
                handed_over: leases.handed_over,
                lost: leases.lost,
            },
            budgets,
            pauses,
        }
    }

    /// Why it does not follow what it owns.
    fn trouble(&self) -> Option<String> {
        let takes = self.follower.takes_for().filter(|takes| *takes > SLOW)?;
        Some(format!(
            "a partition of this worker has not been followed for {:.0} s: NATS does not take its fence, \
             or does not give its checkpoints; check that JetStream answers, and that the stream is not full",
            takes.as_secs_f64()
        ))
    }

    fn drives(&self, wanted: DrivesWanted) -> Vec<DriveView> {
        let (most, problems_only) = match wanted {
            DrivesWanted::All => (usize::MAX, false),
            DrivesWanted::Problems(most) => (most, true),
        };
        let followed = self
            .follower
            .drives()
            .into_iter()
            .map(|status| self.drive(&status));
        let invalid = self
            .host
            .list
            .invalid()
            .into_iter()
            .map(|(key, problem)| DriveView {
                drive: key,
                resource: String::new(),
                user: String::new(),
                label: None,
                worker: self.keeper.id().to_owned(),
                state: DriveState::Invalid,
                reason: Some(problem.as_str().to_owned()),
                lag: Duration::ZERO,
                since_last_change: None,
            });
        followed
            .chain(invalid)
            .filter(|drive| !problems_only || drive.state.is_problem())
            .take(most)
            .collect()
    }

    fn drive(&self, status: &DriveStatus) -> DriveView {
        let drive = self.host.list.get(&status.key);
        let state = state_of(status);
        let reason = match &status.state {
            Followed::Refused(error) => Some(error.message().clone()),
            _ => None,
        };
        let since_last_change = status.stats.last_items_at.and_then(|at| at.elapsed().ok());
        DriveView {
            drive: status.key.to_string(),
            resource: drive.as_ref().map(Drive::path).unwrap_or_default(),
            user: drive
                .as_ref()
                .map(|drive| drive.user.to_string())
                .unwrap_or_default(),
            label: drive.and_then(|drive| drive.label.map(|label| label.to_string())),
            worker: self.keeper.id().to_owned(),
            state,
            reason,
            lag: self.lag(status, state),
            since_last_change,
        }
    }

    fn lag(&self, status: &DriveStatus, state: DriveState) -> Duration {
        if let Some(waits) = self.host.waits_for(&status.key) {
            return waits;
        }
        if state == DriveState::Live {
            return Duration::ZERO;
        }
        let queried = status.stats.last_query_at.and_then(|at| at.elapsed().ok());
        queried.unwrap_or_else(|| self.started.elapsed())
    }

    fn nats(&self, listed: Option<Instant>) -> NatsView {
        let statistics = self.connection.client().statistics();
        let connects = statistics
            .connects
            .load(std::sync::atomic::Ordering::Relaxed);
        NatsView {
            connected: self.connection.is_connected(),
            server_version: self.connection.client().server_info().version,
            reconnects: connects.saturating_sub(1),
            since_contact: listed.unwrap_or(self.started).elapsed(),
            lease_time: self.config.lease_time,
        }
    }

    fn outbox(&self) -> OutboxView {
        let stats = self.host.outbox.stats();
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        if stats.full != full.0 {
            *full = (stats.full, Some(Instant::now()));
        }
        let refused_lately = full.1.is_some_and(|at| at.elapsed() < FULL);
        OutboxView {
            in_flight: stats.open,
            waiting: 0,
            published: stats.published,
            repeated: stats.repeated,
            fenced: stats.fenced,
            refused: stats.retries,
            full: refused_lately && stats.open > 0,
        }
    }

    /// What is asked of Graph for each tenant, and the pauses that it has asked for.
    fn budgets_and_pauses(&self) -> (Vec<BudgetView>, Vec<PauseView>) {
        let mut pauses = Vec::new();
        let mut budgets = Vec::new();
        for (tenant, status) in self.budgets.status() {
            if let Some(rest) = status.paused_for {
                pauses.push(PauseView {
                    app: self.config.graph.app.clone(),
                    tenant: tenant.clone(),
                    rest,
                });
            }
            budgets.push(BudgetView {
                tenant,
                drives: status.drives,
                own_drives: status.own_drives,
                resource_units_per_minute: status.budget.resource_units_per_minute,
                endpoint_calls_per_second: status.budget.endpoint_calls_per_second,
                requests_per_user_in_five_minutes: status.budget.requests_per_user_in_five_minutes,
                requests: status.usage.requests,
                endpoint_calls: status.usage.endpoint_calls,
                resource_units: status.usage.resource_units,
                throttled: status.usage.throttled,
            });
        }
        (budgets, pauses)
    }

    /// Measures what the partitions cost, and closes the clients that nobody needs any more. `before` has
    /// the queries of each drive so far.
    pub(super) fn look_after(&self, before: &mut BTreeMap<Arc<str>, u64>) {
        let mut queries = BTreeMap::new();
        let mut busy: BTreeMap<Arc<str>, u64> = BTreeMap::new();
        let mut used = HashSet::new();
        for status in self.follower.drives() {
            let known = before.get(&status.key).copied().unwrap_or_default();
            let new = status.stats.queries.saturating_sub(known).min(MOST_BUSY);
            *busy.entry(Arc::clone(&status.lease.partition)).or_default() += new;
            queries.insert(Arc::clone(&status.key), status.stats.queries);
            if let Some(drive) = self.host.list.get(&status.key) {
                used.insert((drive.tenant, drive.user));
            }
        }
        *before = queries;
        self.roster.set_busy(busy);
        self.keeper.set_partitions(self.roster.weights());
        self.host.clients.keep(&used);
    }
}

fn state_of(status: &DriveStatus) -> DriveState {
    match &status.state {
        Followed::Starting => DriveState::Starting,
        Followed::Refused(_) => DriveState::Refused,
        Followed::Followed(state) => match state {
            ChangesState::Live => DriveState::Live,
            ChangesState::Polling => DriveState::Polling,
            ChangesState::Enumerating => DriveState::Enumerating,
            ChangesState::Starting => DriveState::Starting,
            _ => DriveState::Away,
        },
        _ => DriveState::Away,
    }
}
