use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::kv::{Operation, Store, Watch};
use async_nats::jetstream::stream::Info;
use drivebell::Since;
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::entry::{Drive, Entry, EntryProblem, StartAt};
use super::kept::Table;

/// So many events wait for the worker. More wait in NATS.
const EVENTS: usize = 1024;

/// How often it is checked that the watch still sees the bucket.
const CHECK_INTERVAL: Duration = Duration::from_secs(30);

/// The first wait after a watch that could not be made; it doubles.
const RETRY_MIN: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(30);

/// What has happened to the list of drives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DriveEvent {
    /// A drive is to be followed.
    Added {
        /// Its key.
        key: String,
        /// The drive.
        drive: Drive,
    },
    /// A drive is to be followed in another way: its resource, user, tenant, label or beginning is
    /// another.
    Changed {
        /// Its key.
        key: String,
        /// The drive as it is now.
        drive: Drive,
    },
    /// A drive is not to be followed any more.
    Removed {
        /// Its key.
        key: String,
    },
    /// An entry cannot be used. If it was followed before, it is not to be followed any more.
    Invalid {
        /// Its key.
        key: String,
        /// What is wrong with it.
        problem: EntryProblem,
    },
    /// All drives that were there at the beginning have been told. This comes once.
    Listed,
}

/// The events of a list, in their order.
#[derive(Debug)]
pub struct DriveEvents {
    events: mpsc::Receiver<DriveEvent>,
    task: AbortHandle,
}

impl DriveEvents {
    /// The next event. `None` once the list is not watched any more, which only happens at the end of
    /// the program.
    pub async fn next(&mut self) -> Option<DriveEvent> {
        self.events.recv().await
    }
}

impl Drop for DriveEvents {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The drives of the fleet, as the bucket has them. Clones are the same list.
///
/// The bucket is watched. After a reconnect, and whenever the watch may have missed something, the whole
/// bucket is read again and compared: a removal is never missed.
#[derive(Debug, Clone)]
pub struct DriveList(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    client: Client,
    store: Store,
    table: Mutex<Table>,
}

/// Why an entry could not be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the bucket of drives could not be read: {0}")]
pub struct WatchError(String);

impl WatchError {
    pub(super) fn new(error: &impl ToString) -> Self {
        Self(error.to_string())
    }
}

impl DriveList {
    /// Watches this bucket until the events are dropped. Must be called within a runtime.
    pub fn watch(client: Client, store: Store) -> (Self, DriveEvents) {
        let shared = Arc::new(Shared {
            client,
            store,
            table: Mutex::default(),
        });
        let (sender, events) = mpsc::channel(EVENTS);
        let task = tokio::spawn(follow(Arc::clone(&shared), sender));
        let events = DriveEvents {
            events,
            task: task.abort_handle(),
        };
        (Self(shared), events)
    }

    /// How many drives there are, without entries that cannot be used.
    pub fn len(&self) -> usize {
        self.0.table().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A drive.
    pub fn get(&self, key: &str) -> Option<Drive> {
        self.0.table().get(key)
    }

    /// The drives with these keys, in their order.
    pub fn select(&self, wanted: impl Fn(&str) -> bool) -> Vec<(String, Drive)> {
        self.0.table().select(wanted)
    }

    /// Every key with the tenant of its drive, in their order. The function must not call the list.
    pub fn for_each(&self, each: impl FnMut(&str, &Arc<str>)) {
        self.0.table().for_each(each);
    }

    /// The tenants, and how many drives each has.
    pub fn tenants(&self) -> Vec<(Arc<str>, u64)> {
        self.0.table().tenants()
    }

    /// The entries that cannot be used, with their problems.
    pub fn invalid(&self) -> Vec<(String, EntryProblem)> {
        self.0.table().invalid()
    }

    /// Where a drive begins. Reads the bucket if that is a checkpoint. `None` if there is no such drive
    /// any more.
    ///
    /// # Errors
    /// A bucket that cannot be read.
    pub async fn since(&self, key: &str) -> Result<Option<Since>, WatchError> {
        match self.get(key).map(|drive| drive.since) {
            None => return Ok(None),
            Some(StartAt::Start) => return Ok(Some(Since::Start)),
            Some(StartAt::Now) => return Ok(Some(Since::Now)),
            Some(StartAt::Checkpoint) => {}
        }
        let value = self.0.store.get(key).await;
        let value = value.map_err(|error| WatchError::new(&error))?;
        let entry = value.and_then(|json| Entry::parse(&json).ok());
        Ok(entry.map(|entry| entry.since().clone()))
    }
}

impl Shared {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connects(&self) -> u64 {
        self.client.statistics().connects.load(Ordering::Relaxed)
    }

    async fn info(&self) -> Result<Info, WatchError> {
        let info = self.store.stream.get_info().await;
        info.map_err(|error| WatchError::new(&error))
    }
}

/// The events go nowhere any more.
struct Ended;

async fn follow(shared: Arc<Shared>, events: mpsc::Sender<DriveEvent>) {
    let mut wait = RETRY_MIN;
    let mut is_told = false;
    loop {
        let began = shared.connects();
        match open(&shared).await {
            Ok((watch, bucket)) => {
                (wait, is_told) = (RETRY_MIN, false);
                match pass_and_follow(&shared, watch, &bucket, began, &events).await {
                    Ok(why) => tracing::debug!(why, "the list of drives is read again"),
                    Err(Ended) => return,
                }
                // A connection that comes and goes must not read it all the time.
                sleep(RETRY_MIN.mul_f64(1.0 + fastrand::f64())).await;
            }
            Err(error) => {
                if is_told {
                    tracing::debug!(%error, "the list of drives cannot be watched");
                } else {
                    tracing::warn!(
                        %error,
                        "the list of drives cannot be watched; trying again, and following those \
                         that are known"
                    );
                    is_told = true;
                }
                sleep(wait.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
                wait = (wait * 2).min(RETRY_MAX);
            }
        }
    }
}

/// A watch that begins with all entries, and the bucket as it was just before.
async fn open(shared: &Shared) -> Result<(Watch, Info), WatchError> {
    let bucket = shared.info().await?;
    let watch = shared.store.watch_with_history(">").await;
    let watch = watch.map_err(|error| WatchError::new(&error))?;
    Ok((watch, bucket))
}

/// Tells the difference to what is known, then what changes, until the bucket must be read again.
async fn pass_and_follow(
    shared: &Shared,
    mut watch: Watch,
    bucket: &Info,
    connects: u64,
    events: &mpsc::Sender<DriveEvent>,
) -> Result<&'static str, Ended> {
    shared.table().begin_pass();
    let mut is_passing = true;
    if bucket.state.messages == 0 {
        is_passing = false;
        tell_all(shared.table_end(), events).await?;
    }
    let mut checks = interval(CHECK_INTERVAL);
    checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    checks.tick().await;
    loop {
        let entry = tokio::select! {
            entry = watch.next() => entry,
            _ = checks.tick() => {
                if let Some(why) = must_read_again(shared, bucket, connects, is_passing).await {
                    return Ok(why);
                }
                continue;
            }
        };
        let entry = match entry {
            Some(Ok(entry)) => entry,
            Some(Err(_)) => return Ok("the watch was interrupted"),
            None => return Ok("the watch has ended"),
        };
        let event = match entry.operation {
            Operation::Put => shared.table().put(&entry.key, entry.revision, &entry.value),
            Operation::Delete | Operation::Purge => shared.table().remove(&entry.key),
        };
        if let Some(event) = event {
            tell(event, events).await?;
        }
        if is_passing && entry.seen_current {
            is_passing = false;
            tell_all(shared.table_end(), events).await?;
        }
        // What was missed meanwhile may not come any more.
        if !is_passing && shared.connects() != connects {
            return Ok("the connection to NATS was made again");
        }
    }
}

impl Shared {
    fn table_end(&self) -> Vec<DriveEvent> {
        self.table().end_pass()
    }
}

/// A watch of a bucket that was made anew waits for ever, and so does the first pass over one that was
/// emptied in its middle.
async fn must_read_again(
    shared: &Shared,
    bucket: &Info,
    connects: u64,
    is_passing: bool,
) -> Option<&'static str> {
    if shared.connects() != connects {
        return Some("the connection to NATS was made again");
    }
    // A NATS that is away tells nothing, and its return is seen above.
    let now = shared.info().await.ok()?;
    if now.created != bucket.created || now.state.last_sequence < bucket.state.last_sequence {
        return Some("the bucket was made anew");
    }
    (is_passing && now.state.messages == 0).then_some("the bucket was emptied")
}

async fn tell_all(all: Vec<DriveEvent>, events: &mpsc::Sender<DriveEvent>) -> Result<(), Ended> {
    for event in all {
        tell(event, events).await?;
    }
    Ok(())
}

async fn tell(event: DriveEvent, events: &mpsc::Sender<DriveEvent>) -> Result<(), Ended> {
    match &event {
        DriveEvent::Invalid { key, problem } => tracing::warn!(
            drive = key,
            %problem,
            "the entry of a drive cannot be used, and is not followed; mend it, or remove it"
        ),
        DriveEvent::Listed => tracing::info!("the list of drives is known"),
        event => tracing::debug!(?event, "the list of drives has changed"),
    }
    events.send(event).await.map_err(|_| Ended)
}
