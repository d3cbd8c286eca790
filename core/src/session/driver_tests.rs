//! The task of a session on a fake transport: no socket is open, so that time can be paused.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout};

use super::super::open_handles::OpenHandles;
use super::super::start::start;
use super::super::stats::SessionState;
use super::super::subscription::Subscription;
use super::super::transport::{Link, Transport};
use crate::label::Label;
use crate::options::ClientOptions;
use crate::socketio::{Argument, SocketEvent};
use crate::{DisconnectReason, Error, ErrorKind, Event, Lifecycle, NotificationKind, Resource};

const HOUR: Duration = Duration::from_secs(60 * 60);
const SECOND: Duration = Duration::from_secs(1);

/// The duration of each call to the service.
const ROUND_TRIP: Duration = Duration::from_millis(100);

type Incoming = Result<SocketEvent, DisconnectReason>;

/// The server's end of a connection.
struct Served {
    send: mpsc::UnboundedSender<Incoming>,
    closed: watch::Receiver<bool>,
    slept: watch::Receiver<Duration>,
}

impl Served {
    fn notify(&self) {
        self.send(notification("{}"));
    }

    fn send(&self, event: SocketEvent) {
        let _ = self.send.send(Ok(event));
    }

    fn end(&self) {
        let _ = self.send.send(Err(DisconnectReason::ConnectionReset));
    }

    fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }
}

fn notification(argument: &str) -> SocketEvent {
    SocketEvent {
        name: "notification".to_owned(),
        argument: Some(Argument::Text(argument.to_owned().into())),
    }
}

/// What the service does next. Every call succeeds unless the plan says otherwise.
#[derive(Default)]
struct Plan {
    /// The results of the next calls for an endpoint.
    endpoints: VecDeque<Result<Duration, Error>>,
    /// The results of the next attempts to connect.
    connections: VecDeque<Result<(), Error>>,
    /// Calls are not answered any more.
    hangs: bool,
    acquired: usize,
}

struct Fake {
    plan: Arc<Mutex<Plan>>,
    served: mpsc::UnboundedSender<Served>,
    slept: watch::Receiver<Duration>,
}

struct FakeLink {
    incoming: mpsc::UnboundedReceiver<Incoming>,
    closed: watch::Sender<bool>,
    slept: watch::Sender<Duration>,
}

impl Transport for Fake {
    type Endpoint = ();
    type Link = FakeLink;

    async fn acquire(&self) -> Result<((), Duration), Error> {
        self.answer().await;
        let mut plan = self.plan.lock().expect("not poisoned");
        plan.acquired += 1;
        let lifetime = plan.endpoints.pop_front().unwrap_or(Ok(HOUR))?;
        Ok(((), lifetime))
    }

    async fn open(&self, (): &()) -> Result<FakeLink, Error> {
        self.answer().await;
        let planned = self
            .plan
            .lock()
            .expect("not poisoned")
            .connections
            .pop_front();
        planned.unwrap_or(Ok(()))?;
        let (send, incoming) = mpsc::unbounded_channel();
        let (closing, closed) = watch::channel(false);
        let (sleeping, slept) = watch::channel(Duration::ZERO);
        let _ = self.served.send(Served {
            send,
            closed,
            slept,
        });
        Ok(FakeLink {
            incoming,
            closed: closing,
            slept: sleeping,
        })
    }

    fn slept(&self) -> watch::Receiver<Duration> {
        self.slept.clone()
    }

    fn signing_in(&self) -> watch::Receiver<bool> {
        watch::channel(false).1
    }
}

impl Fake {
    async fn answer(&self) {
        sleep(ROUND_TRIP).await;
        if self.plan.lock().expect("not poisoned").hangs {
            std::future::pending::<()>().await;
        }
    }
}

impl Link for FakeLink {
    async fn next_event(&mut self) -> Incoming {
        let gone = Err(DisconnectReason::ConnectionClosed);
        self.incoming.recv().await.unwrap_or(gone)
    }

    fn redact(&self, text: &str) -> String {
        text.to_owned()
    }

    fn add_time_asleep(&mut self, asleep: Duration) {
        self.slept.send_replace(asleep);
    }

    async fn catch_up(&mut self, mut deliver: impl FnMut(SocketEvent) + Send) -> bool {
        sleep(ROUND_TRIP).await;
        let mut complete = true;
        while let Ok(incoming) = self.incoming.try_recv() {
            match incoming {
                Ok(event) => deliver(event),
                Err(_) => complete = false,
            }
        }
        complete
    }

    async fn close(self, _: impl FnMut(SocketEvent) + Send) {
        self.closed.send_replace(true);
    }
}

/// A session, its service and its consumer.
struct World {
    subscription: Subscription,
    plan: Arc<Mutex<Plan>>,
    served: mpsc::UnboundedReceiver<Served>,
    slept: watch::Sender<Duration>,
    started: tokio::sync::oneshot::Receiver<Result<(), Error>>,
}

impl World {
    fn new(plan: Plan, options: ClientOptions, wait_until_live: bool) -> Self {
        let plan = Arc::new(Mutex::new(plan));
        let (send, served) = mpsc::unbounded_channel();
        let (sleeping, slept) = watch::channel(Duration::ZERO);
        let fake = Fake {
            plan: Arc::clone(&plan),
            served: send,
            slept,
        };
        let (subscription, started) = start(
            fake,
            Resource::my_drive(),
            Label::default(),
            Arc::new(options),
            &Arc::<OpenHandles>::default(),
            wait_until_live,
        )
        .expect("an open client");
        Self {
            subscription,
            plan,
            served,
            slept: sleeping,
            started,
        }
    }

    async fn live() -> (Self, Served) {
        let mut world = Self::new(Plan::default(), ClientOptions::default(), true);
        let served = world.next_connection().await;
        assert_eq!(world.next().await, "connected");
        (world, served)
    }

    async fn next_connection(&mut self) -> Served {
        self.served.recv().await.expect("the session connects")
    }

    /// The name of the next event. Advances the paused time until it comes.
    async fn next(&mut self) -> &'static str {
        match self
            .subscription
            .next()
            .await
            .expect("the session continues")
        {
            Ok(Event::Notification(note)) => note.kind().as_str(),
            Ok(Event::Lifecycle { change, .. }) => change.as_str(),
            Err(_) => "error",
        }
    }

    async fn expect(&mut self, events: &[&str]) {
        for event in events {
            assert_eq!(self.next().await, *event);
        }
    }

    /// Expects no event for this long.
    async fn expect_quiet(&mut self, time: Duration) {
        let event = timeout(time, self.subscription.next()).await;
        assert!(event.is_err(), "{event:?}");
    }
}

fn unreachable() -> Error {
    Error::new(ErrorKind::ConnectionFailed, "unreachable")
}

fn denied() -> Error {
    Error::new(ErrorKind::AccessDenied, "denied")
}

#[tokio::test(start_paused = true)]
async fn a_gap_is_followed_by_one_resync() {
    let (mut world, served) = World::live().await;
    served.notify();
    served.end();
    world
        .expect(&["changed", "disconnected", "connected", "resync"])
        .await;
    let served = world.next_connection().await;
    served.notify();
    world.expect(&["changed"]).await;
    world.expect_quiet(HOUR / 2).await;
    let stats = world.subscription.stats();
    assert_eq!(
        (stats.notifications, stats.reconnects, stats.renewals),
        (2, 1, 0)
    );
    assert!(stats.last_event_at.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_renewal_has_no_gap_and_loses_no_event_of_the_old_connection() {
    let (mut world, old) = World::live().await;
    let new = world.next_connection().await;
    // The session does not know yet that the new one is open, and the old one still sends.
    assert!(!old.is_closed());
    old.notify();
    new.notify();
    world.expect(&["renewed", "changed"]).await;
    old.notify();
    world.expect(&["changed", "changed"]).await;
    sleep(SECOND).await;
    assert!(old.is_closed() && !new.is_closed());
    assert_eq!(world.subscription.state(), SessionState::Live);
    assert_eq!(world.subscription.stats().renewals, 1);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_whose_old_connection_died_unnoticed_is_followed_by_a_resync() {
    let (mut world, old) = World::live().await;
    let _new = world.next_connection().await;
    world.expect(&["renewed"]).await;
    old.notify();
    old.end();
    world.expect(&["changed", "resync"]).await;
    world.expect_quiet(HOUR / 2).await;
}

#[tokio::test(start_paused = true)]
async fn a_renewal_comes_before_the_endpoint_expires() {
    let (mut world, _old) = World::live().await;
    let began = Instant::now();
    world.expect(&["renewed"]).await;
    let lived = began.elapsed();
    assert!(lived > HOUR * 8 / 10 && lived < HOUR * 9 / 10, "{lived:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_renewal_is_reported_and_retried_while_the_old_connection_lasts() {
    let (mut world, old) = World::live().await;
    world.plan.lock().expect("not poisoned").endpoints = [Err(unreachable()), Err(denied())].into();
    world.plan.lock().expect("not poisoned").connections = [Err(unreachable())].into();
    world.expect(&["unavailable"]).await;
    assert_eq!(world.subscription.state(), SessionState::Renewing);
    old.notify();
    world
        .expect(&["changed", "unavailable", "unavailable", "renewed"])
        .await;
}

/// It is not documented what a server does then: a quiet connection may have stopped delivering
/// events.
#[tokio::test(start_paused = true)]
async fn an_expired_endpoint_ends_its_connection() {
    let (mut world, old) = World::live().await;
    world.plan.lock().expect("not poisoned").hangs = true;
    let event = world.subscription.next().await;
    let Some(Ok(Event::Lifecycle {
        change: Lifecycle::Disconnected { reason, .. },
        ..
    })) = event
    else {
        panic!("{event:?}")
    };
    assert_eq!(reason, DisconnectReason::EndpointExpired);
    sleep(SECOND).await;
    assert!(old.is_closed());
}

#[tokio::test(start_paused = true)]
async fn in_a_month_of_random_failures_every_gap_is_reported_once() {
    let mut random = fastrand::Rng::with_seed(11);
    let (mut world, mut served) = World::live().await;
    let (mut gaps, mut resyncs, mut renewals) = (0, 0, 0);
    let began = Instant::now();
    while began.elapsed() < 30 * 24 * HOUR {
        {
            let mut plan = world.plan.lock().expect("not poisoned");
            plan.endpoints = (0..random.usize(0..4))
                .map(|_| {
                    if random.bool() {
                        Err(unreachable())
                    } else {
                        Ok(HOUR)
                    }
                })
                .collect();
            plan.connections = (0..random.usize(0..3))
                .map(|_| Err(unreachable()))
                .collect();
        }
        let life = Duration::from_secs(random.u64(0..3 * 60 * 60));
        let ends = sleep(life);
        tokio::pin!(ends);
        loop {
            tokio::select! {
                biased;
                Some(next) = world.served.recv() => served = next,
                event = world.subscription.next() => match event.expect("an event").expect("no error") {
                    Event::Notification(note) => {
                        assert_eq!(note.kind(), NotificationKind::Resync);
                        resyncs += 1;
                    }
                    Event::Lifecycle { change: Lifecycle::Disconnected { .. }, .. } => gaps += 1,
                    Event::Lifecycle { change: Lifecycle::Renewed, .. } => renewals += 1,
                    Event::Lifecycle { .. } => {}
                },
                () = &mut ends => break,
            }
        }
        served.end();
    }
    assert!(gaps > 300 && renewals > 200, "{gaps}, {renewals}");
    // The last gap may not have ended yet.
    assert!(
        resyncs == gaps || resyncs + 1 == gaps,
        "{resyncs} for {gaps}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_stalls_for_an_hour_learns_how_many_events_were_merged() {
    let (mut world, mut served) = World::live().await;
    let second = notification(&format!(r#"{{"value":[{}]}}"#, vec!["{}"; 1_000].join(",")));
    for _ in 0..60 * 60 {
        served.send(second.clone());
        sleep(SECOND).await;
        assert!(world.subscription.stats().pending <= 1_024 + 4);
        // A renewal replaces the connection meanwhile.
        if let Ok(next) = world.served.try_recv() {
            served = next;
        }
    }
    let stats = world.subscription.stats();
    assert_eq!(stats.notifications, 3_600_000);
    let (mut notifications, mut events) = (0, 0);
    while let Ok(Some(Ok(event))) = timeout(SECOND / 2, world.subscription.next()).await {
        events += 1;
        if let Event::Notification(note) = event {
            notifications += note.coalesced() + 1;
        }
    }
    assert_eq!(notifications, stats.notifications);
    assert_eq!(stats.coalesced + events - 1, notifications);
}

#[tokio::test(start_paused = true)]
async fn a_start_ends_with_its_last_error() {
    let plan = Plan {
        endpoints: (0..100).map(|_| Err(unreachable())).collect(),
        ..Plan::default()
    };
    let mut world = World::new(plan, ClientOptions::default(), true);
    let began = Instant::now();
    let error = (&mut world.started).await.expect("a result").unwrap_err();
    assert_eq!(error.message(), "unreachable");
    assert!(began.elapsed() <= 31 * SECOND, "{:?}", began.elapsed());
    assert!(world.subscription.closed().await.is_err());
    assert_eq!(world.subscription.state(), SessionState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_ends_a_start_at_once() {
    let plan = Plan {
        endpoints: [Err(denied())].into(),
        ..Plan::default()
    };
    let mut world = World::new(plan, ClientOptions::default(), true);
    let began = Instant::now();
    let error = (&mut world.started).await.expect("a result").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AccessDenied);
    assert_eq!(began.elapsed(), ROUND_TRIP);
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_does_not_wait_gets_every_event_from_the_beginning() {
    let plan = Plan {
        endpoints: [Err(unreachable()), Err(unreachable())].into(),
        ..Plan::default()
    };
    let mut world = World::new(plan, ClientOptions::default(), false);
    world
        .expect(&["unavailable", "unavailable", "connected", "resync"])
        .await;
    assert_eq!(world.subscription.stats().reconnects, 0);
}

#[tokio::test(start_paused = true)]
async fn closing_ends_a_session_in_any_state() {
    let hanging = || Plan {
        hangs: true,
        ..Plan::default()
    };
    // Acquiring.
    let world = World::new(hanging(), ClientOptions::default(), false);
    sleep(SECOND).await;
    assert_eq!(world.subscription.state(), SessionState::Acquiring);
    let began = Instant::now();
    world.subscription.close().await;
    assert_eq!(began.elapsed(), Duration::ZERO);

    // Waiting before the next attempt.
    let plan = Plan {
        endpoints: [Err(unreachable().with_retry_after(Some(HOUR)))].into(),
        ..Plan::default()
    };
    let world = World::new(plan, ClientOptions::default(), false);
    sleep(SECOND).await;
    assert_eq!(world.subscription.state(), SessionState::Backoff);
    world.subscription.close().await;

    // Renewing: the current connection is closed.
    let (world, served) = World::live().await;
    world.plan.lock().expect("not poisoned").hangs = true;
    while world.subscription.state() != SessionState::Renewing {
        sleep(SECOND).await;
    }
    world.subscription.close().await;
    assert!(served.is_closed());
    assert_eq!(world.subscription.state(), SessionState::Closed);
    assert!(world.subscription.closed().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_session_checks_its_endpoint_at_once_after_the_machine_slept() {
    let (mut world, served) = World::live().await;
    let began = Instant::now();
    world.plan.lock().expect("not poisoned").endpoints = [Err(unreachable()), Ok(HOUR)].into();
    world.slept.send_replace(2 * HOUR);
    world
        .expect(&["disconnected", "unavailable", "connected", "resync"])
        .await;
    assert!(began.elapsed() < 2 * SECOND, "{:?}", began.elapsed());
    assert_eq!(*served.slept.borrow(), 2 * HOUR);

    // A short sleep concerns only the connection.
    let acquired = world.plan.lock().expect("not poisoned").acquired;
    let served = world.next_connection().await;
    world.slept.send_replace(2 * HOUR + 15 * SECOND);
    world.expect_quiet(10 * SECOND).await;
    assert_eq!(*served.slept.borrow(), 15 * SECOND);
    assert_eq!(world.plan.lock().expect("not poisoned").acquired, acquired);
}

#[tokio::test(start_paused = true)]
async fn an_announced_end_is_followed_by_a_goodbye_and_the_requested_pause() {
    let (mut world, served) = World::live().await;
    served.send(SocketEvent {
        name: "server_disconnect".to_owned(),
        argument: Some(Argument::Json(r#"{"retryAfter":30}"#.to_owned())),
    });
    world.expect(&["disconnected"]).await;
    let began = Instant::now();
    world.expect(&["connected", "resync"]).await;
    assert_eq!(began.elapsed(), 30 * SECOND + ROUND_TRIP);
    assert!(served.is_closed());
}
