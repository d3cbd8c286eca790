//! The thread that owns the file: it stores batches, and hands out changes.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use drivebell::{Error, ErrorKind, Resource, StorageCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use crate::chunk::Chunk;
use crate::error::storage;
use crate::file::Claim;
use crate::log_guard::LogGuard;
use crate::reading::Arrival;
use crate::store::{Enrolled, Settings, Store};

/// How many changes may wait for a consumer that has begun to ask, before no more batches are taken.
const MAX_OUTBOX: u64 = 20_000;

/// How long a transaction waits for the next page of an enumeration.
const PAGE_WAIT: Duration = Duration::from_millis(15);

/// The longest time and the most items of a transaction.
const MAX_TRANSACTION: (Duration, usize) = (Duration::from_millis(100), 5_000);

/// How long to look for more that is done, after something was.
pub(crate) const NOTE_PAUSE: Duration = Duration::from_millis(10);

/// How often to try again while another program holds the file.
const BUSY_PAUSE: Duration = Duration::from_secs(1);

/// The number of a drive in the file.
pub(crate) type DriveKey = i64;

/// The first changes of a drive up to this sequence are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) drive: DriveKey,
    pub(crate) sequence: u64,
}

/// What the consumer gets.
#[derive(Debug)]
pub(crate) enum Delivery {
    Changes {
        drive: DriveKey,
        chunk: Chunk,
    },
    /// A drive's stream has ended, with an error or by being closed.
    Ended {
        drive: DriveKey,
        error: Option<Error>,
    },
}

/// How far a drive is, for those who wait.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    pub(crate) ready: bool,
    pub(crate) ended: Option<Ended>,
}

/// The end of a drive's stream, with its error if it was not closed.
#[derive(Debug, Clone)]
pub(crate) struct Ended(pub(crate) Option<Error>);

pub(crate) type Reply = oneshot::Sender<Result<Delivery, Error>>;

#[derive(Debug)]
pub(crate) enum Order {
    /// Adds a drive.
    Enroll {
        resource: Resource,
        reply: Sender<Result<(Enrolled, watch::Receiver<Progress>), Error>>,
    },
    Batch {
        drive: DriveKey,
        arrival: Box<Arrival>,
        /// Kept until the batch is stored.
        turn: OwnedSemaphorePermit,
    },
    Ended {
        drive: DriveKey,
        error: Option<Error>,
    },
    /// The consumer wants no more of a drive.
    Leave {
        drive: DriveKey,
    },
    /// The consumer asks for what is next.
    Next {
        done: Option<Done>,
        reply: Reply,
    },
    Done(Done),
    /// What the consumer got from the file is no change.
    Unreadable,
    Close,
}

/// How many batches may wait for the keeper.
const TURNS: usize = 4;

/// What others share with the keeper.
#[derive(Debug, Clone)]
pub(crate) struct KeeperHandle {
    orders: Sender<Order>,
    /// Each batch takes one. Closed when the file has failed.
    pub(crate) turns: Arc<Semaphore>,
    closing: Arc<AtomicBool>,
    ended: watch::Receiver<bool>,
    guard: Arc<LogGuard>,
    latest: Arc<Mutex<Option<Done>>>,
}

impl KeeperHandle {
    /// Shows the keeper what is done. It looks for [`NOTE_PAUSE`] after each order.
    pub(crate) fn show_done(&self, done: Done) {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
    }

    /// For other connections to the file.
    pub(crate) fn guard(&self) -> Arc<LogGuard> {
        Arc::clone(&self.guard)
    }

    /// Of a keeper that has ended, nothing more is heard.
    pub(crate) fn order(&self, order: Order) {
        let _ = self.orders.send(order);
    }

    pub(crate) fn start_close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.turns.close();
        self.order(Order::Close);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    pub(crate) async fn ended(&self) {
        let _ = self.ended.clone().wait_for(|ended| *ended).await;
    }

    /// Adds a drive, and waits for it without an event loop.
    pub(crate) fn enroll(
        &self,
        resource: &Resource,
    ) -> Result<(Enrolled, watch::Receiver<Progress>), Error> {
        let (reply, answer) = channel();
        self.order(Order::Enroll {
            resource: resource.clone(),
            reply,
        });
        answer.recv().unwrap_or_else(|_| Err(closed()))
    }
}

pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::State, "this mirror is closed; make another")
}

/// Starts the keeper of a file.
pub(crate) fn start(claim: Claim, settings: Settings) -> Result<KeeperHandle, Error> {
    let store = Store::open(claim.path(), settings)?;
    let (orders, receiver) = channel();
    let (ended, end) = watch::channel(false);
    let handle = KeeperHandle {
        orders,
        turns: Arc::new(Semaphore::new(TURNS)),
        closing: Arc::default(),
        ended: end,
        guard: store.guard(),
        latest: Arc::default(),
    };
    let keeper = Keeper {
        path: claim.path().to_owned(),
        store,
        orders: receiver,
        batches: VecDeque::new(),
        ends: VecDeque::new(),
        asking: None,
        asked: false,
        progress: HashMap::new(),
        began: None,
        failed: None,
        turns: Arc::clone(&handle.turns),
        closing: Arc::clone(&handle.closing),
        latest: Arc::clone(&handle.latest),
        looks: false,
    };
    let spawned = thread::Builder::new()
        .name("drivebell-mirror".to_owned())
        .spawn(move || {
            keeper.run();
            // The file is free again before anybody hears of the end.
            drop(claim);
            let _ = ended.send(true);
        });
    spawned.map_err(|error| {
        Error::new(
            ErrorKind::Storage,
            format!("cannot start a thread: {error}"),
        )
    })?;
    Ok(handle)
}

struct Keeper {
    path: PathBuf,
    store: Store,
    orders: Receiver<Order>,
    /// Batches that wait because the consumer is behind.
    batches: VecDeque<(DriveKey, Box<Arrival>, OwnedSemaphorePermit)>,
    ends: VecDeque<(DriveKey, Option<Error>)>,
    asking: Option<Reply>,
    /// The consumer has asked at least once.
    asked: bool,
    progress: HashMap<DriveKey, watch::Sender<Progress>>,
    /// When the transaction began that is open, and how many items it has.
    began: Option<(Instant, usize)>,
    failed: Option<Error>,
    turns: Arc<Semaphore>,
    closing: Arc<AtomicBool>,
    latest: Arc<Mutex<Option<Done>>>,
    /// Something was done a moment ago, and more may be.
    looks: bool,
}

impl Keeper {
    fn run(mut self) {
        loop {
            let wait = match self.began {
                Some(_) => Some(PAGE_WAIT),
                None => self.looks.then_some(NOTE_PAUSE),
            };
            let order = match wait {
                Some(wait) => self.orders.recv_timeout(wait),
                None => self.orders.recv().map_err(RecvTimeoutError::from),
            };
            let order = match order {
                Ok(order) => order,
                Err(RecvTimeoutError::Timeout) => {
                    self.commit();
                    self.look();
                    self.answer();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            match order {
                Order::Enroll { resource, reply } => {
                    let _ = reply.send(self.enroll(&resource));
                }
                Order::Batch {
                    drive,
                    arrival,
                    turn,
                } => self.batches.push_back((drive, arrival, turn)),
                Order::Ended { drive, error } => {
                    if let Some(progress) = self.progress.get(&drive) {
                        let ended = Some(Ended(error.clone()));
                        progress.send_modify(|progress| progress.ended = ended);
                    }
                    self.ends.push_back((drive, error));
                }
                Order::Next { done, reply } => {
                    self.asked = true;
                    self.asking = Some(reply);
                    // Who has more to do need not wait until the last is noted.
                    if self.store.has_committed_changes() {
                        self.answer();
                    }
                    self.done(done);
                }
                Order::Done(done) => {
                    self.done(Some(done));
                    self.looks = true;
                }
                Order::Unreadable => {
                    let says = "is damaged (its outbox has a line that is no change): move it away, and a \
                                new one will be filled";
                    self.fail(storage(StorageCode::Damaged, &self.path, says));
                }
                Order::Leave { drive } => {
                    self.store.leave(drive);
                    self.ends.retain(|(ended, _)| *ended != drive);
                }
                Order::Close => break,
            }
            self.store_batches();
            self.answer();
        }
        self.commit();
        let guard = self.store.guard();
        self.store.close();
        guard.close();
    }

    fn enroll(
        &mut self,
        resource: &Resource,
    ) -> Result<(Enrolled, watch::Receiver<Progress>), Error> {
        self.commit();
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let enrolled = self.store.enroll(resource)?;
        let progress = self.progress.entry(enrolled.drive).or_default();
        progress.send_modify(|progress| {
            progress.ready = enrolled.ready;
            progress.ended = None;
        });
        self.ends.retain(|(drive, _)| *drive != enrolled.drive);
        Ok((enrolled, progress.subscribe()))
    }

    fn store_batches(&mut self) {
        while !(self.asked && self.store.outbox() >= MAX_OUTBOX)
            && let Some((drive, arrival, turn)) = self.batches.pop_front()
        {
            if self.failed.is_some() {
                continue;
            }
            let caught_up = arrival.batch.caught_up;
            let items = self.began.map_or(0, |(_, items)| items) + arrival.batch.items.len();
            let began = self.began.map_or_else(Instant::now, |(began, _)| began);
            self.began = Some((began, items));
            self.attempt(|store| store.apply(drive, &arrival));
            drop(turn);
            // A page of an enumeration can wait a moment for the next one.
            let is_full = began.elapsed() > MAX_TRANSACTION.0 || items > MAX_TRANSACTION.1;
            if caught_up || is_full || !self.store.is_enumerating(drive) {
                self.commit();
            }
        }
    }

    fn commit(&mut self) {
        if self.began.take().is_none() {
            return;
        }
        self.attempt(Store::commit);
        for (drive, progress) in &self.progress {
            let ready = self.store.is_ready(*drive);
            progress.send_if_modified(|progress| {
                !std::mem::replace(&mut progress.ready, ready) && ready
            });
        }
    }

    fn done(&mut self, done: Option<Done>) {
        let Some(done) = done.filter(|_| self.failed.is_none()) else {
            return;
        };
        // In the transaction that is open, if there is one.
        let was_open = self.began.is_some();
        self.attempt(|store| store.acknowledge(done.drive, done.sequence));
        if !was_open {
            self.attempt(Store::commit);
        }
    }

    /// Notes what was done since the last note, which was too young for another one.
    fn look(&mut self) {
        let latest = *self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = |done: Done| {
            let known = self.store.acknowledged(done.drive);
            known.is_some_and(|known| known < done.sequence)
        };
        self.looks = self.looks && self.failed.is_none() && latest.is_some_and(is_news);
        if self.looks {
            self.done(latest);
        }
    }

    /// Answers the consumer that asks, if there is something for it.
    fn answer(&mut self) {
        if self.asking.is_none() {
            return;
        }
        // What the consumer sees must be in the file. A transaction that is open goes on while it has
        // something to read.
        if self.began.is_some() && !self.store.has_committed_changes() {
            if self.batches.is_empty() {
                return;
            }
            self.commit();
        }
        let mut next = None;
        if self.failed.is_none() {
            self.attempt(|store| {
                next = store.next_chunk()?;
                Ok(())
            });
        }
        let answer = if let Some(error) = &self.failed {
            Err(error.clone())
        } else if let Some((drive, chunk)) = next {
            Ok(Delivery::Changes { drive, chunk })
        } else if let Some((drive, error)) = self.ends.pop_front() {
            Ok(Delivery::Ended { drive, error })
        } else {
            return;
        };
        if let Some(reply) = self.asking.take() {
            let _ = reply.send(answer);
        }
        self.attempt(Store::read_ahead);
    }

    /// Does something with the file. While another program holds it, tries again; what else goes wrong
    /// ends the mirror.
    fn attempt(&mut self, mut act: impl FnMut(&mut Store) -> Result<(), Error>) {
        let mut warned = false;
        while self.failed.is_none() {
            let Err(error) = act(&mut self.store) else {
                return;
            };
            if error.code() != Some("locked") {
                self.fail(error);
                return;
            }
            if !std::mem::replace(&mut warned, true) {
                tracing::warn!(file = %self.path.display(), "another program holds the mirror's file; trying again");
            }
            if self.closing.load(Ordering::SeqCst) {
                self.fail(error);
                return;
            }
            thread::sleep(BUSY_PAUSE);
        }
    }

    fn fail(&mut self, error: Error) {
        self.store.abandon();
        self.began = None;
        self.batches.clear();
        self.turns.close();
        for progress in self.progress.values() {
            let ended = Some(Ended(Some(error.clone())));
            progress.send_modify(|progress| progress.ended = ended);
        }
        self.failed = Some(error);
    }
}
