use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use drivebell::{Client, Credential};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::*;
use crate::budget::{Budget, Budgets};
use crate::control::{BoxError, follow_control};

type Records = BoxStream<'static, Result<ControlRecord, BoxError>>;

const SECOND: Duration = Duration::from_secs(1);

fn received<T: Send>(
    mut receiver: mpsc::UnboundedReceiver<T>,
) -> impl Stream<Item = T> + Send + Unpin {
    stream::poll_fn(move |cx| receiver.poll_recv(cx))
}

/// A bucket in memory, whose clock is an hour behind.
struct Bucket {
    began: (SystemTime, Instant),
    records: Mutex<HashMap<String, ControlRecord>>,
    watchers: Mutex<Vec<mpsc::UnboundedSender<Result<ControlRecord, BoxError>>>>,
    writes: AtomicUsize,
    is_away: AtomicBool,
    has_no_clock: AtomicBool,
}

impl Bucket {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            began: (SystemTime::now() - 3600 * SECOND, Instant::now()),
            records: Mutex::default(),
            watchers: Mutex::default(),
            writes: AtomicUsize::new(0),
            is_away: AtomicBool::new(false),
            has_no_clock: AtomicBool::new(false),
        })
    }

    fn now(&self) -> SystemTime {
        self.began.0 + self.began.1.elapsed()
    }

    fn put(&self, key: &str, value: Option<&str>) -> u64 {
        let mut records = self.records.lock().unwrap();
        let revision = records.values().map(|record| record.revision).max();
        let record = ControlRecord {
            key: key.to_owned(),
            value: value.map(|value| value.as_bytes().to_vec()),
            revision: revision.unwrap_or_default() + 1,
            created: self.now(),
        };
        let watchers = self.watchers.lock().unwrap();
        for watcher in watchers.iter() {
            let _ = watcher.send(Ok(record.clone()));
        }
        let revision = record.revision;
        records.insert(key.to_owned(), record);
        revision
    }

    fn value(&self, key: &str) -> Option<String> {
        let records = self.records.lock().unwrap();
        let value = records.get(key)?.value.clone()?;
        Some(String::from_utf8(value).unwrap())
    }

    fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    fn check(&self) -> Result<(), BoxError> {
        if self.is_away.load(Ordering::SeqCst) {
            return Err("away".into());
        }
        Ok(())
    }
}

impl Control for Bucket {
    fn watch(&self) -> BoxFuture<'_, Result<Records, BoxError>> {
        async move {
            self.check()?;
            let (sender, receiver) = mpsc::unbounded_channel();
            for record in self.records.lock().unwrap().values() {
                sender.send(Ok(record.clone()))?;
            }
            self.watchers.lock().unwrap().push(sender);
            Ok(received(receiver).boxed())
        }
        .boxed()
    }

    fn write(
        &self,
        key: &str,
        value: String,
        revision: u64,
    ) -> BoxFuture<'_, Result<Written, BoxError>> {
        let key = key.to_owned();
        async move {
            self.check()?;
            let known = self
                .records
                .lock()
                .unwrap()
                .get(&key)
                .map(|known| known.revision);
            if known.unwrap_or_default() != revision {
                return Ok(Written::Refused);
            }
            self.writes.fetch_add(1, Ordering::SeqCst);
            Ok(Written::Revision(self.put(&key, Some(&value))))
        }
        .boxed()
    }

    fn time(&self) -> BoxFuture<'_, Result<SystemTime, BoxError>> {
        async move {
            if self.has_no_clock.load(Ordering::SeqCst) {
                return Err("no clock".into());
            }
            self.check()?;
            Ok(self.now())
        }
        .boxed()
    }
}

/// A process of the fleet.
struct Worker {
    pauses: Pauses,
    follows: JoinHandle<()>,
}

/// A client family in it.
struct Member {
    pacing: Pacing,
    /// What Graph requests of it.
    requests: mpsc::UnboundedSender<Duration>,
    _shared: SharedPause,
}

impl Worker {
    fn start(bucket: &Arc<Bucket>) -> Self {
        let control: Arc<dyn Control> = Arc::<Bucket>::clone(bucket);
        let pauses = Pauses::new(Arc::clone(&control));
        let budgets = Budgets::new(Budget::default());
        let follows = tokio::spawn(follow_control(control, budgets, pauses.clone()));
        Self { pauses, follows }
    }

    fn attach(&self, tenant: &str) -> Member {
        let client = Client::builder(Credential::token("t").unwrap());
        let pacing = client.build().unwrap().pacing();
        let (requests, requested) = mpsc::unbounded_channel();
        let requested = received(requested);
        let shared = self
            .pauses
            .attach_with("app 1", tenant, pacing.clone(), requested);
        Member {
            pacing,
            requests,
            _shared: shared,
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.follows.abort();
    }
}

impl Member {
    /// As core does: its own family pauses, and whoever listens is told.
    fn is_throttled(&self, pause: Duration) {
        self.pacing.pause(pause);
        self.requests.send(pause).unwrap();
    }
}

/// Lets all tasks run, for a moment of paused time.
async fn settle() {
    sleep(Duration::from_millis(10)).await;
}

fn near(left: Option<Duration>, expected: u64) -> bool {
    let expected = Duration::from_secs(expected);
    left.is_some_and(|left| left <= expected + SECOND && left + SECOND >= expected)
}

const KEY: &str = "pause/app=201/contoso=2Ecom";

#[tokio::test(start_paused = true)]
async fn a_pause_reaches_all_of_the_same_app_and_tenant_and_is_written_once() {
    let bucket = Bucket::new();
    let [a, b] = [(); 2].map(|()| Worker::start(&bucket));
    let [one, two, other] = [
        a.attach("contoso.com"),
        b.attach("contoso.com"),
        b.attach("fabrikam.com"),
    ];
    settle().await;
    one.is_throttled(30 * SECOND);
    settle().await;
    assert!(
        near(two.pacing.paused_for(), 30),
        "{:?}",
        two.pacing.paused_for()
    );
    assert_eq!(other.pacing.paused_for(), None);
    assert_eq!(bucket.value(KEY).as_deref(), Some("30"));
    // Requests of the other one that were under way are throttled too.
    two.is_throttled(30 * SECOND);
    sleep(40 * SECOND).await;
    assert_eq!(bucket.writes(), 1);
    assert_eq!(one.pacing.paused_for(), None);
    assert_eq!(two.pacing.paused_for(), None);
}

#[tokio::test(start_paused = true)]
async fn who_comes_late_pauses_for_what_is_left() {
    let bucket = Bucket::new();
    let a = Worker::start(&bucket);
    let one = a.attach("contoso.com");
    settle().await;
    one.is_throttled(30 * SECOND);
    sleep(12 * SECOND).await;
    let same_worker = a.attach("contoso.com");
    let b = Worker::start(&bucket);
    let another = b.attach("contoso.com");
    settle().await;
    for late in [&same_worker, &another] {
        assert!(
            near(late.pacing.paused_for(), 18),
            "{:?}",
            late.pacing.paused_for()
        );
    }
    sleep(60 * SECOND).await;
    let c = Worker::start(&bucket);
    let too_late = c.attach("contoso.com");
    settle().await;
    assert_eq!(too_late.pacing.paused_for(), None);
    assert_eq!(bucket.writes(), 1);
}

#[tokio::test(start_paused = true)]
async fn many_pauses_are_few_writes_and_the_longest_counts() {
    let bucket = Bucket::new();
    let [a, b] = [(); 2].map(|()| Worker::start(&bucket));
    let [one, two] = [a.attach("contoso.com"), b.attach("contoso.com")];
    settle().await;
    for hundredth in 0..500 {
        let pause = 15 * SECOND + Duration::from_millis(20) * hundredth;
        one.is_throttled(pause);
        two.is_throttled(pause / 2);
        sleep(Duration::from_millis(10)).await;
    }
    let writes = bucket.writes();
    assert!(writes <= 10, "{writes} writes in 5 s");
    sleep(3 * SECOND).await;
    // 15 s and 499 times 20 ms, of which 3 s have passed.
    assert!(
        near(two.pacing.paused_for(), 22),
        "{:?}",
        two.pacing.paused_for()
    );
}

#[tokio::test(start_paused = true)]
async fn of_two_that_write_at_once_the_longer_wins() {
    for [first, second] in [[60, 20], [20, 60]] {
        let bucket = Bucket::new();
        let [a, b] = [(); 2].map(|()| Worker::start(&bucket));
        let [one, two] = [a.attach("contoso.com"), b.attach("contoso.com")];
        settle().await;
        one.is_throttled(first * SECOND);
        two.is_throttled(second * SECOND);
        sleep(5 * SECOND).await;
        for member in [&one, &two] {
            let left = member.pacing.paused_for();
            assert!(near(left, 55), "{first}, {second}: {left:?}");
        }
        assert_eq!(
            bucket.value(KEY).unwrap().parse::<u64>().unwrap() / 10,
            6,
            "of 60"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_bucket_is_told_what_is_left_once_it_is_back() {
    let bucket = Bucket::new();
    bucket.is_away.store(true, Ordering::SeqCst);
    let [a, b] = [(); 2].map(|()| Worker::start(&bucket));
    let [one, two] = [a.attach("contoso.com"), b.attach("contoso.com")];
    one.is_throttled(60 * SECOND);
    sleep(20 * SECOND).await;
    assert_eq!(two.pacing.paused_for(), None);
    bucket.is_away.store(false, Ordering::SeqCst);
    sleep(5 * SECOND).await;
    assert!(
        near(two.pacing.paused_for(), 35),
        "{:?}",
        two.pacing.paused_for()
    );
    // Over before the bucket comes back: nothing to tell.
    bucket.is_away.store(true, Ordering::SeqCst);
    sleep(60 * SECOND).await;
    one.is_throttled(10 * SECOND);
    sleep(20 * SECOND).await;
    bucket.is_away.store(false, Ordering::SeqCst);
    sleep(20 * SECOND).await;
    assert_eq!(bucket.writes(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_record_by_hand_pauses_and_one_that_cannot_be_read_is_reported() {
    let bucket = Bucket::new();
    let a = Worker::start(&bucket);
    let one = a.attach("contoso.com");
    settle().await;
    for bad in ["soon", "-1", "NaN", ""] {
        bucket.put(KEY, Some(bad));
        settle().await;
        assert_eq!(one.pacing.paused_for(), None, "{bad}");
        let problems = a.pauses.problems();
        assert!(
            problems[0].contains("is not a number of seconds"),
            "{problems:?}"
        );
    }
    bucket.put(KEY, Some("600"));
    settle().await;
    assert!(near(one.pacing.paused_for(), 600));
    assert!(a.pauses.problems().is_empty());
    // Its removal ends no pause, and what comes later is written over it.
    bucket.put(KEY, None);
    settle().await;
    assert!(near(one.pacing.paused_for(), 600));
    one.is_throttled(900 * SECOND);
    settle().await;
    assert_eq!(bucket.value(KEY).as_deref(), Some("900"));
}

#[tokio::test(start_paused = true)]
async fn without_the_servers_clock_a_record_counts_as_new() {
    let bucket = Bucket::new();
    bucket.put(KEY, Some("30"));
    sleep(10 * SECOND).await;
    bucket.has_no_clock.store(true, Ordering::SeqCst);
    let a = Worker::start(&bucket);
    let one = a.attach("contoso.com");
    settle().await;
    assert!(
        near(one.pacing.paused_for(), 30),
        "{:?}",
        one.pacing.paused_for()
    );
}
