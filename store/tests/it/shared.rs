//! Streams of changes that processes share. A process is a runtime here: what it runs ends with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use drivebell::{ChangesOptions, Client, Credential, ErrorKind, Item, Resource, Since};
use drivebell_simulator::Simulator;
use drivebell_store::{
    Checkpoint, CheckpointStore, MemoryStore, Ownership, SharedChanges, SharedClient as _,
    SharedMembers, SharedOptions, SqliteStore, StoreError, StoreFuture,
};
use futures_util::StreamExt;
use tokio::runtime::Runtime;
use tokio::time::{sleep, timeout};

use crate::folder::Folder;

const TOKEN: &str = "bearer-s3cr3t";
const DRIVES: usize = 12;
const LEASE_TIME: Duration = Duration::from_secs(1);

async fn within<F: Future>(what: &str, future: F) -> F::Output {
    let limited = timeout(Duration::from_secs(60), future).await;
    limited.unwrap_or_else(|_| panic!("{what}: not before the deadline"))
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    within(what, async {
        while !condition() {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

fn resources() -> Vec<Resource> {
    (0..DRIVES)
        .map(|drive| Resource::drive(&format!("b!{drive}")).unwrap())
        .collect()
}

async fn simulator() -> Simulator {
    let mut server = Simulator::builder()
        .token(TOKEN)
        .ping_interval(Duration::from_millis(500))
        .ping_timeout(Duration::from_secs(2));
    for drive in 0..DRIVES {
        server = server.drive(format!("b!{drive}"));
    }
    server.start().await.unwrap()
}

fn client(base_url: &str) -> Client {
    Client::builder(Credential::token(TOKEN).unwrap())
        .base_url(base_url)
        .start_timeout(None)
        .first_refusal_timeout(Duration::ZERO)
        .retry_min(Duration::from_millis(10))
        .retry_max(Duration::from_millis(50))
        .max_endpoint_calls_per_second(1_000)
        .build()
        .unwrap()
}

fn shared(
    client: &Client,
    name: &str,
    store: Arc<dyn CheckpointStore>,
) -> Result<SharedChanges, drivebell::Error> {
    let mut options = SharedOptions::default();
    options.worker = Some(name.to_owned());
    options.lease_time = LEASE_TIME;
    let mut changes = ChangesOptions::default();
    changes.quiet_time = Duration::from_millis(20);
    changes.overlap = Duration::from_millis(500);
    changes.live_timeout = Duration::from_millis(500);
    changes.poll_interval = Duration::from_millis(500);
    let resources = resources();
    let drives = resources
        .iter()
        .map(|resource| (resource, &Since::Start))
        .collect::<Vec<_>>();
    client.changes_shared(drives, store, &options, &changes)
}

/// The names of items, by drive, that any process was told.
type Told = Arc<Mutex<BTreeMap<String, BTreeSet<String>>>>;

/// A process that writes down what it is told.
struct Process {
    runtime: Runtime,
    members: SharedMembers,
    told: Told,
}

impl Process {
    fn start(base_url: &str, name: &str, store: Arc<dyn CheckpointStore>, told: &Told) -> Self {
        let runtime = Runtime::new().unwrap();
        let entered = runtime.enter();
        let mut changes = shared(&client(base_url), name, store).unwrap();
        drop(entered);
        let members = changes.members().clone();
        runtime.spawn({
            let told = Arc::clone(told);
            async move {
                while let Some(next) = changes.next().await {
                    let batch = next.batch.unwrap();
                    let mut told = told.lock().unwrap();
                    let names = told.entry(next.resource.to_string()).or_default();
                    for item in &batch.items {
                        if let Item::Drive(item) = item {
                            names.extend(item.name().map(str::to_owned));
                        }
                    }
                }
            }
        });
        Self {
            runtime,
            members,
            told: Arc::clone(told),
        }
    }

    fn owned(&self) -> usize {
        self.members.owned().len()
    }

    fn has_told(&self, names: &[String]) -> bool {
        let told = self.told.lock().unwrap();
        told.len() == DRIVES
            && told
                .values()
                .all(|known| names.iter().all(|name| known.contains(name)))
    }

    fn kill(self) {
        self.runtime.shutdown_background();
    }
}

/// Puts a file of this name into each drive.
async fn upload_all(simulator: &Simulator, name: &str) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for drive in 0..DRIVES {
        let base_url = simulator.base_url();
        let url = format!("{base_url}/v1.0/drives/b!{drive}/root:/{name}:/content");
        let put = http.put(url).bearer_auth(TOKEN).body("text").send().await;
        put.unwrap().error_for_status().unwrap();
    }
}

/// The records of the store, each of which must only rise.
#[derive(Default)]
struct Watch(BTreeMap<String, (u64, u64)>);

impl Watch {
    async fn look(&mut self, store: &dyn CheckpointStore) {
        let partitions = resources()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>();
        for checkpoint in store.list_checkpoints(&partitions).await.unwrap() {
            let now = (checkpoint.sequence, checkpoint.epoch);
            let before = self.0.insert(checkpoint.drive.clone(), now);
            let before = before.unwrap_or_default();
            assert!(
                now.0 >= before.0 && now.1 >= before.1,
                "{}: {before:?}, then {now:?}",
                checkpoint.drive
            );
        }
    }
}

async fn processes_share(store: impl Fn() -> Arc<dyn CheckpointStore>) {
    let simulator = simulator().await;
    let told = Told::default();
    let mut watch = Watch::default();
    let first = Process::start(&simulator.base_url(), "first", store(), &told);
    let second = Process::start(&simulator.base_url(), "second", store(), &told);
    until("both have half", || {
        first.owned() == DRIVES / 2 && second.owned() == DRIVES / 2
    })
    .await;
    let mut names = Vec::new();
    for round in 0..3 {
        names.push(format!("before-{round}.txt"));
        upload_all(&simulator, &names[round]).await;
        until("all are told", || first.has_told(&names)).await;
        watch.look(&*store()).await;
    }
    first.kill();
    names.push("meanwhile.txt".to_owned());
    upload_all(&simulator, "meanwhile.txt").await;
    until("the second has all", || second.owned() == DRIVES).await;
    until("nothing is missed", || second.has_told(&names)).await;
    watch.look(&*store()).await;

    let third = Process::start(&simulator.base_url(), "third", store(), &told);
    until("the third has half", || third.owned() == DRIVES / 2).await;
    names.push("after.txt".to_owned());
    upload_all(&simulator, "after.txt").await;
    until("all are told again", || third.has_told(&names)).await;
    watch.look(&*store()).await;
    second.kill();
    third.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_share_drives_over_a_store_in_memory() {
    let store = MemoryStore::new();
    processes_share(|| Arc::new(store.clone())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_share_drives_over_a_file() {
    let folder = Folder::new();
    let file = folder.file("drives.db");
    processes_share(|| Arc::new(SqliteStore::open(&file).unwrap())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_done_when_the_next_is_asked_for() {
    let simulator = simulator().await;
    let store = MemoryStore::new();
    let sequence = async |drive: &Resource| {
        let partitions = [drive.to_string()];
        let stored = store.list_checkpoints(&partitions).await.unwrap();
        stored.first().map_or(0, |checkpoint| checkpoint.sequence)
    };
    let client = client(&simulator.base_url());
    let mut changes = shared(&client, "one", Arc::new(store.clone())).unwrap();
    let first = within("a batch", changes.next()).await.unwrap();
    assert_eq!(first.sequence, 0);
    assert!(first.epoch > 0);
    assert_eq!(sequence(&first.resource).await, 0, "it is not done yet");
    within("the next batch", changes.next()).await.unwrap();
    within("the checkpoint", async {
        while sequence(&first.resource).await == 0 {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let last = within("the next batch", changes.next()).await.unwrap();
    let before = sequence(&last.resource).await;
    within("the end", changes.close()).await;
    assert_eq!(sequence(&last.resource).await, before, "it was not done");
    // Nobody waits for a lease to end.
    let owners = store.list_ownership().await.unwrap();
    assert!(
        owners.iter().all(|record| record.owner.is_empty()),
        "{owners:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_just_before_closing_is_stored() {
    let simulator = simulator().await;
    let store = MemoryStore::new();
    let client = client(&simulator.base_url());
    let mut changes = shared(&client, "one", Arc::new(store.clone())).unwrap();
    let last = within("a batch", changes.next()).await.unwrap();
    changes.done();
    within("the end", changes.close()).await;
    let partitions = [last.resource.to_string()];
    let stored = store.list_checkpoints(&partitions).await.unwrap();
    assert_eq!(stored[0].checkpoint, last.batch.unwrap().checkpoint);
    assert_eq!(stored[0].sequence, last.sequence + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_the_client_ends_the_stream_and_gives_the_drives_back() {
    let simulator = simulator().await;
    let store = MemoryStore::new();
    let client = client(&simulator.base_url());
    let mut changes = shared(&client, "one", Arc::new(store.clone())).unwrap();
    within("a batch", changes.next()).await.unwrap();
    within("the client's end", client.close()).await;
    within("the end", async { while changes.next().await.is_some() {} }).await;
    within("the records", async {
        let is_owned = |record: &Ownership| !record.owner.is_empty();
        while store.list_ownership().await.unwrap().iter().any(is_owned) {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drive_that_one_process_removes_goes_on_in_the_other_from_its_checkpoint() {
    let simulator = simulator().await;
    let told = Told::default();
    let store = MemoryStore::new();
    let first = Process::start(
        &simulator.base_url(),
        "first",
        Arc::new(store.clone()),
        &told,
    );
    until("it has all", || first.owned() == DRIVES).await;
    let mut names = vec!["before.txt".to_owned()];
    upload_all(&simulator, "before.txt").await;
    until("all are told", || first.has_told(&names)).await;
    let second = Process::start(
        &simulator.base_url(),
        "second",
        Arc::new(store.clone()),
        &told,
    );
    until("both have half", || second.owned() == DRIVES / 2).await;
    for source in first.members.all() {
        assert!(first.members.remove(&source.client, &source.resource));
    }
    until("the second has all", || second.owned() == DRIVES).await;
    let partitions = resources()
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>();
    for stored in store.list_checkpoints(&partitions).await.unwrap() {
        assert!(!stored.checkpoint.is_empty(), "{stored:?}");
    }
    names.push("after.txt".to_owned());
    upload_all(&simulator, "after.txt").await;
    until("nothing is missed", || second.has_told(&names)).await;
    first.kill();
    second.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_closed_alone_is_told_of() {
    let simulator = simulator().await;
    let owner = client(&simulator.base_url());
    let mut changes = shared(&owner, "one", Arc::new(MemoryStore::new())).unwrap();
    let credential = Credential::token(TOKEN).unwrap();
    let other = owner.with_credential_and_label(credential, "kim").unwrap();
    let mine = Resource::my_drive();
    changes
        .members()
        .add_for(&other, &mine, &Since::Now)
        .unwrap();
    until("it is followed", || {
        changes.members().owned().len() == DRIVES + 1
    })
    .await;
    // Not before it has a stream: closing then is a refusal to start one.
    within("a batch of it", async {
        while changes.next().await.unwrap().client != other {}
    })
    .await;
    other.close().await;
    let error = within("the error", async {
        loop {
            let next = changes.next().await.unwrap();
            if let Err(error) = next.batch {
                assert_eq!(next.client, other);
                break error;
            }
        }
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::State);
    within("the end", changes.close()).await;
}

/// An operator, or another program, writes a record of a drive that is followed.
#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_somebody_has_changed_makes_no_drive_deaf() {
    let simulator = simulator().await;
    let told = Told::default();
    let store = MemoryStore::new();
    let process = Process::start(&simulator.base_url(), "one", Arc::new(store.clone()), &told);
    let mut names = vec!["before.txt".to_owned()];
    upload_all(&simulator, "before.txt").await;
    until("all are told", || process.has_told(&names)).await;
    let partitions = resources()
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>();
    let changed = async {
        let mut left = partitions.clone();
        while let Some(partition) = left.pop() {
            let stored = store
                .list_checkpoints(std::slice::from_ref(&partition))
                .await
                .unwrap();
            let emptied = Checkpoint {
                checkpoint: String::new(),
                ..stored[0].clone()
            };
            // The process may have been faster.
            if store.update_checkpoint(&emptied).await.unwrap().is_none() {
                left.push(partition);
            }
        }
    };
    within("the records", changed).await;
    for name in ["after.txt", "later.txt"] {
        names.push(name.to_owned());
        upload_all(&simulator, name).await;
        until("nothing is missed", || process.has_told(&names)).await;
    }
    process.kill();
}

/// One thread runs everything, so that the follower sees the removal and the addition at once.
#[tokio::test]
async fn an_abandoned_drive_begins_again_when_it_is_removed_and_added() {
    let simulator = simulator().await;
    let store = MemoryStore::new();
    let client = client(&simulator.base_url());
    let drive = Resource::drive("b!0").unwrap();
    let mut changes = client
        .changes_shared(
            [(&drive, &Since::Start)],
            Arc::new(store),
            &SharedOptions::default(),
            &ChangesOptions::default(),
        )
        .unwrap();
    let first = within("a batch", changes.next()).await.unwrap();
    changes.abandon();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let members = changes.members().clone();
    assert!(members.remove(&client, &drive));
    members.add(&drive, &Since::Start).unwrap();
    let again = within("the batch again", changes.next()).await.unwrap();
    assert_eq!(again.sequence, first.sequence);
    assert_eq!(again.batch.unwrap().items, first.batch.unwrap().items);
}

/// A store whose calls fail while it is told to.
struct Flaky {
    store: MemoryStore,
    fails: Arc<Mutex<bool>>,
}

impl Flaky {
    fn answer<'a, T: 'a>(&'a self, call: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
        Box::pin(async move {
            if *self.fails.lock().unwrap() {
                return Err(StoreError::new("the store is away"));
            }
            call.await
        })
    }
}

impl CheckpointStore for Flaky {
    fn list_ownership(&self) -> StoreFuture<'_, Vec<Ownership>> {
        self.answer(self.store.list_ownership())
    }

    fn claim_ownership<'a>(&'a self, claims: &'a [Ownership]) -> StoreFuture<'a, Vec<Ownership>> {
        self.answer(self.store.claim_ownership(claims))
    }

    fn list_checkpoints<'a>(
        &'a self,
        partitions: &'a [String],
    ) -> StoreFuture<'a, Vec<Checkpoint>> {
        self.answer(self.store.list_checkpoints(partitions))
    }

    fn update_checkpoint<'a>(
        &'a self,
        checkpoint: &'a Checkpoint,
    ) -> StoreFuture<'a, Option<Checkpoint>> {
        self.answer(self.store.update_checkpoint(checkpoint))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_takes_nothing_from_a_process() {
    let simulator = simulator().await;
    let told = Told::default();
    let fails = Arc::<Mutex<bool>>::default();
    let store = Flaky {
        store: MemoryStore::new(),
        fails: Arc::clone(&fails),
    };
    let process = Process::start(&simulator.base_url(), "one", Arc::new(store), &told);
    until("it has all", || process.owned() == DRIVES).await;
    *fails.lock().unwrap() = true;
    upload_all(&simulator, "away.txt").await;
    sleep(LEASE_TIME * 3).await;
    assert_eq!(process.owned(), DRIVES);
    *fails.lock().unwrap() = false;
    let names = ["away.txt".to_owned()];
    until("nothing is missed", || process.has_told(&names)).await;
    process.kill();
}

#[tokio::test]
async fn bad_input_is_refused_by_name() {
    let client = client("http://127.0.0.1:9");
    let resource = Resource::my_drive();
    let start = |options: &SharedOptions| {
        let drives = [(&resource, &Since::Start)];
        let store = Arc::new(MemoryStore::new());
        client
            .changes_shared(drives, store, options, &ChangesOptions::default())
            .unwrap_err()
    };
    let mut named = SharedOptions::default();
    named.worker = Some("two words".to_owned());
    let mut short = SharedOptions::default();
    short.lease_time = Duration::from_millis(1);
    let mut none = SharedOptions::default();
    none.capacity = 0;
    for (options, name) in [(named, "worker"), (short, "lease_time"), (none, "capacity")] {
        let error = start(&options);
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert_eq!(error.argument(), Some(name));
    }
    let twice = [(&resource, &Since::Start), (&resource, &Since::Now)];
    let error = client
        .changes_shared(
            twice,
            Arc::new(MemoryStore::new()),
            &SharedOptions::default(),
            &ChangesOptions::default(),
        )
        .unwrap_err();
    assert_eq!(error.argument(), Some("since"));
}
