//! A pause that Graph requests of one worker reaches all that have the same app and tenant.
//!
//! The record `pause/<app>/<tenant>` of the bucket has its length in seconds, counted from when the
//! server wrote it, by the server's clock. No two machines' clocks are compared.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use drivebell::Pacing;
use futures_util::{Stream, StreamExt};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout_at};

use crate::control::{Control, ControlRecord, Written};
use crate::key_text;

/// A pause that is longer than the one everybody knows by no more than this is not told: requests
/// that were under way together are throttled one after the other.
const SLACK: Duration = Duration::from_secs(1);

/// The shortest time between two writes for one app and tenant, and before a write is tried again.
const WRITE_INTERVAL: Duration = Duration::from_secs(1);

/// How long the server's clock is extrapolated by this machine's timer.
const CLOCK_LIFETIME: Duration = Duration::from_secs(60);

/// Longer pauses are taken for this one. Graph's are far shorter.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The pauses of all apps and tenants. Cloning it is cheap.
#[derive(Clone)]
pub struct Pauses(Arc<Shared>);

struct Shared {
    control: Arc<dyn Control>,
    state: Mutex<State>,
    /// Counts the records that were read, for those who wait for one.
    records: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    known: HashMap<String, Known>,
    families: HashMap<String, Family>,
    last_id: u64,
    /// The server's clock, and when it was read.
    clock: Option<(SystemTime, Instant)>,
    problems: BTreeMap<String, String>,
}

/// The last record of an app and tenant.
#[derive(Debug, Clone, Copy)]
struct Known {
    revision: u64,
    /// When its pause is over.
    until: Option<Instant>,
}

struct Family {
    id: u64,
    pacing: Pacing,
    task: AbortHandle,
}

/// A client family that shares its pauses until this is dropped.
#[must_use]
pub struct SharedPause {
    pauses: Pauses,
    key: String,
    id: u64,
}

impl Pauses {
    /// Pauses that the bucket spreads. [`follow_control`](crate::control::follow_control) reads it.
    pub fn new(control: Arc<dyn Control>) -> Self {
        Self(Arc::new(Shared {
            control,
            state: Mutex::default(),
            records: watch::Sender::new(0),
        }))
    }

    /// Shares the pauses of this app and tenant with a client family, from the one under way on. Of two
    /// families, the later one counts.
    ///
    /// Must be called within a tokio runtime.
    pub fn attach(&self, app: &str, tenant: &str, pacing: Pacing) -> SharedPause {
        let requested = pacing.pauses();
        self.attach_with(app, tenant, pacing, requested)
    }

    fn attach_with(
        &self,
        app: &str,
        tenant: &str,
        pacing: Pacing,
        requested: impl Stream<Item = Duration> + Send + Unpin + 'static,
    ) -> SharedPause {
        let key = format!(
            "pause/{}/{}",
            key_text::encode(app),
            key_text::encode(tenant)
        );
        let told = tell(Arc::clone(&self.0), key.clone(), requested);
        let task = tokio::spawn(told).abort_handle();
        let mut state = self.0.lock();
        state.last_id += 1;
        let id = state.last_id;
        if let Some(rest) = state.known.get(&key).and_then(|known| rest(known.until)) {
            pacing.pause(rest);
        }
        let family = Family { id, pacing, task };
        if let Some(before) = state.families.insert(key.clone(), family) {
            before.task.abort();
        }
        SharedPause {
            pauses: self.clone(),
            key,
            id,
        }
    }

    /// All records are read again. It may be another bucket, whose revisions begin anew.
    pub(crate) fn watch_begins(&self) {
        for known in self.0.lock().known.values_mut() {
            known.revision = 0;
        }
    }

    /// Takes a record of the bucket, or its removal. That does not end a pause: it tells nobody when
    /// it would be over.
    pub async fn record_changed(&self, record: ControlRecord) {
        let ControlRecord {
            key,
            value,
            revision,
            created,
        } = record;
        let pause = match value.as_deref().map(parse).transpose() {
            Ok(pause) => pause,
            Err(problem) => {
                tracing::error!(record = key, problem, "a pause cannot be used");
                self.0.note(key, revision, None, Some(problem));
                return;
            }
        };
        let rest = match pause {
            Some(pause) => pause.saturating_sub(self.0.age(created).await),
            None => Duration::ZERO,
        };
        let until = (!rest.is_zero()).then(|| Instant::now() + rest);
        self.0.note(key, revision, until, None);
    }

    /// The records that cannot be used, each with what is wrong, as a sentence.
    pub fn problems(&self) -> Vec<String> {
        let state = self.0.lock();
        let problems = state.problems.iter();
        problems
            .map(|(key, problem)| format!("the record {key} {problem}"))
            .collect()
    }
}

/// Writes down what Graph requests of a family.
async fn tell(
    shared: Arc<Shared>,
    key: String,
    mut requested: impl Stream<Item = Duration> + Unpin,
) {
    while let Some(rest) = requested.next().await {
        let until = Instant::now() + rest;
        if shared.tell(&key, until).await {
            // What comes meanwhile is told as one.
            sleep(WRITE_INTERVAL).await;
        }
    }
}

impl Shared {
    /// Makes the record say at least this, unless the pause is over before. Returns whether it was
    /// written.
    async fn tell(&self, key: &str, until: Instant) -> bool {
        let mut is_failing = false;
        loop {
            let mut records = self.records.subscribe();
            let known = self.lock().known.get(key).copied();
            let known_until = known.and_then(|known| known.until);
            if known_until.is_some_and(|known| known + SLACK >= until) {
                return false;
            }
            let Some(rest) = rest(Some(until)) else {
                return false;
            };
            let seconds = rest.as_secs_f64().ceil().to_string();
            let revision = known.map_or(0, |known| known.revision);
            match self.control.write(key, seconds, revision).await {
                Ok(Written::Revision(revision)) => {
                    self.note(key.to_owned(), revision, Some(until), None);
                    return true;
                }
                // What the other one wrote may be long enough.
                Ok(Written::Refused) => {
                    let soon = Instant::now() + WRITE_INTERVAL;
                    let _ = timeout_at(soon, records.changed()).await;
                }
                Err(error) => {
                    if !std::mem::replace(&mut is_failing, true) {
                        tracing::warn!(
                            record = key,
                            error = &*error,
                            "the other workers cannot be told of a pause; trying again"
                        );
                    }
                    sleep(WRITE_INTERVAL).await;
                }
            }
        }
    }

    /// Takes what a record says, unless a newer one was read.
    fn note(&self, key: String, revision: u64, until: Option<Instant>, problem: Option<String>) {
        let mut state = self.lock();
        let known = state.known.get(&key);
        if known.is_none_or(|known| known.revision <= revision) {
            match problem {
                Some(problem) => state.problems.insert(key.clone(), problem),
                None => state.problems.remove(&key),
            };
            if let (Some(rest), Some(family)) = (rest(until), state.families.get(&key)) {
                family.pacing.pause(rest);
            }
            state.known.insert(key, Known { revision, until });
        }
        drop(state);
        self.records.send_modify(|records| *records += 1);
    }

    /// How old a record is. As good as new if the server does not tell the time: a pause that is too
    /// long does less harm than one that is too short.
    async fn age(&self, created: SystemTime) -> Duration {
        let clock = self.lock().clock;
        let clock = clock.filter(|(_, read)| read.elapsed() < CLOCK_LIFETIME);
        let (time, read) = if let Some(clock) = clock {
            clock
        } else {
            let Ok(time) = self.control.time().await else {
                return Duration::ZERO;
            };
            // Counted from the answer, so that the way of the question makes no record older.
            let clock = (time, Instant::now());
            self.lock().clock = Some(clock);
            clock
        };
        let now = time + read.elapsed();
        now.duration_since(created).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn rest(until: Option<Instant>) -> Option<Duration> {
    let rest = until?.saturating_duration_since(Instant::now());
    (!rest.is_zero()).then_some(rest)
}

fn parse(value: &[u8]) -> Result<Duration, String> {
    let problem = "is not a number of seconds, such as 30";
    let text = std::str::from_utf8(value).map_err(|_| problem)?;
    let seconds: f64 = text.trim().parse().map_err(|_| problem)?;
    if seconds.is_nan() || seconds < 0.0 {
        return Err(problem.to_owned());
    }
    Ok(Duration::try_from_secs_f64(seconds).map_or(LONGEST, |pause| pause.min(LONGEST)))
}

impl Drop for SharedPause {
    fn drop(&mut self) {
        let mut state = self.pauses.0.lock();
        if state
            .families
            .get(&self.key)
            .is_some_and(|family| family.id == self.id)
            && let Some(family) = state.families.remove(&self.key)
        {
            family.task.abort();
        }
    }
}

impl fmt::Debug for Pauses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.lock();
        f.debug_struct("Pauses")
            .field("known", &state.known)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SharedPause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedPause")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "pauses_tests.rs"]
mod tests;
