//! Workers that share partitions, in paused time.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::{Lease, LeaseChange, LeaseKeeper, LeaseOptions};
use crate::{CheckpointStore as _, MemoryStore};

const LEASE_TIME: Duration = Duration::from_secs(8);

/// Who follows which partition, as the workers believe.
type Followed = Arc<Mutex<HashMap<String, Vec<Lease>>>>;

/// A worker that stops following at once when it is asked.
struct Worker {
    keeper: Arc<LeaseKeeper>,
    task: JoinHandle<()>,
    followed: Followed,
}

impl Worker {
    fn start(store: &MemoryStore, name: &str, partitions: usize) -> Self {
        let options = LeaseOptions {
            lease_time: LEASE_TIME,
            ..LeaseOptions::default()
        };
        let (keeper, mut changes) = LeaseKeeper::start(Arc::new(store.clone()), name, &options);
        let keeper = Arc::new(keeper);
        keeper.set_partitions(weights(partitions));
        let followed = Followed::default();
        let task = tokio::spawn({
            let (keeper, followed) = (Arc::clone(&keeper), Arc::clone(&followed));
            async move {
                while let Some(change) = changes.recv().await {
                    let mut followed = followed.lock().unwrap();
                    match change {
                        LeaseChange::Gained(lease) => {
                            let leases = followed.entry(lease.partition.to_string());
                            leases.or_default().push(lease);
                        }
                        LeaseChange::Lost(lease) => {
                            followed.remove(&*lease.partition);
                        }
                        LeaseChange::Release(lease) => {
                            followed.remove(&*lease.partition);
                            keeper.released(lease);
                        }
                    }
                }
            }
        });
        Self {
            keeper,
            task,
            followed,
        }
    }

    fn count(&self) -> usize {
        self.followed.lock().unwrap().len()
    }

    /// As with `kill -9`.
    fn kill(&self) {
        self.keeper.abandon();
        self.task.abort();
    }
}

fn weights(partitions: usize) -> BTreeMap<String, u64> {
    (0..partitions)
        .map(|index| (format!("p{index:04}"), 10))
        .collect()
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let met = async {
        while !condition() {
            sleep(Duration::from_millis(100)).await;
        }
    };
    let met = timeout(Duration::from_secs(300), met).await;
    assert!(met.is_ok(), "{what}: not within five minutes");
}

async fn owners(store: &MemoryStore) -> HashMap<String, (String, u64)> {
    let records = store.list_ownership().await.unwrap();
    records
        .into_iter()
        .filter(|record| !record.partition.starts_with("worker/"))
        .map(|record| (record.partition, (record.owner, record.epoch)))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn workers_share_partitions_and_only_what_must_move_moves() {
    let store = MemoryStore::new();
    let first = Worker::start(&store, "first", 60);
    until("the first has all", || first.count() == 60).await;
    let before = owners(&store).await;
    let second = Worker::start(&store, "second", 60);
    until("both have half", || {
        first.count() == 30 && second.count() == 30
    })
    .await;
    let after = owners(&store).await;
    let moved = after
        .iter()
        .filter(|(partition, owner)| before[*partition] != **owner);
    assert_eq!(moved.count(), 30);
    sleep(LEASE_TIME * 4).await;
    assert_eq!(owners(&store).await, after, "it rests");

    second.kill();
    until("the first has all again", || first.count() == 60).await;
    let epochs = owners(&store).await;
    for (partition, (owner, epoch)) in after {
        let taken = owner.starts_with("second");
        assert_eq!(
            epochs[&partition].1,
            epoch + u64::from(taken),
            "{partition}"
        );
    }
    let gone = async || {
        let records = store.list_ownership().await.unwrap();
        records
            .iter()
            .all(|record| !record.partition.starts_with("worker/second"))
    };
    let buried = async {
        while !gone().await {
            sleep(Duration::from_secs(1)).await;
        }
    };
    timeout(Duration::from_secs(60), buried).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_leaves_hands_over_first() {
    let store = MemoryStore::new();
    let stays = Worker::start(&store, "stays", 40);
    let leaves = Worker::start(&store, "leaves", 40);
    until("both have half", || {
        stays.count() == 20 && leaves.count() == 20
    })
    .await;
    let left = timeout(LEASE_TIME / 2, leaves.keeper.leave()).await;
    assert!(left.is_ok(), "nobody waits for a lease to end");
    until("one has all", || stays.count() == 40).await;
    let last = timeout(LEASE_TIME / 2, stays.keeper.leave()).await;
    assert!(last.is_ok(), "the last one leaves, too");
    let nobody = owners(&store).await;
    assert!(nobody.values().all(|(owner, _)| owner.is_empty()));
    let next = Worker::start(&store, "next", 40);
    let soon = until("the next one has all", || next.count() == 40);
    assert!(timeout(LEASE_TIME, soon).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_draining_worker_takes_nothing() {
    let store = MemoryStore::new();
    let drains = Worker::start(&store, "drains", 10);
    until("it has all", || drains.count() == 10).await;
    drains.keeper.drain();
    sleep(LEASE_TIME * 2).await;
    assert_eq!(drains.count(), 10, "nobody else can take them");
    let other = Worker::start(&store, "other", 10);
    until("the other has all", || other.count() == 10).await;
    assert_eq!(drains.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_was_fenced_loses_the_partition() {
    let store = MemoryStore::new();
    let worker = Worker::start(&store, "worker", 4);
    until("it has all", || worker.count() == 4).await;
    let lease = worker.followed.lock().unwrap()["p0002"][0].clone();
    // Somebody else has a later lease.
    let records = store.list_ownership().await.unwrap();
    let mut taken = records
        .into_iter()
        .find(|record| record.partition == "p0002")
        .unwrap();
    taken.owner = "another".to_owned();
    taken.epoch += 1;
    assert_eq!(store.claim_ownership(&[taken]).await.unwrap().len(), 1);
    worker.keeper.fenced(lease.clone(), None);
    // The other one never shows itself, so this one takes it back.
    let epoch = || {
        let followed = worker.followed.lock().unwrap();
        followed.get("p0002").map(|leases| leases[0].epoch)
    };
    until("it is claimed again", || epoch() == Some(lease.epoch + 2)).await;
    assert_eq!(worker.count(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_has_lost_records_is_overtaken() {
    let store = MemoryStore::new();
    let worker = Worker::start(&store, "worker", 4);
    until("it has all", || worker.count() == 4).await;
    let lease = worker.followed.lock().unwrap()["p0001"][0].clone();
    // A checkpoint or a fence from before has a higher epoch than the records of ownership.
    worker.keeper.fenced(lease, Some(41));
    let epoch = || {
        let followed = worker.followed.lock().unwrap();
        followed.get("p0001").map(|leases| leases[0].epoch)
    };
    until("it is claimed above", || epoch() == Some(42)).await;
    assert_eq!(owners(&store).await["p0001"].1, 42);
}

#[tokio::test(start_paused = true)]
async fn a_partition_that_a_worker_does_not_know_any_more_goes_to_another() {
    let store = MemoryStore::new();
    let first = Worker::start(&store, "first", 6);
    until("the first has all", || first.count() == 6).await;
    let second = Worker::start(&store, "second", 6);
    until("both have half", || {
        first.count() == 3 && second.count() == 3
    })
    .await;
    first.keeper.set_partitions(BTreeMap::new());
    until("the second has all", || second.count() == 6).await;
    assert_eq!(first.count(), 0);
}
