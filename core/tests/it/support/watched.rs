//! A subscription to a simulator with faults, and the events that its consumer gets.

use std::time::Duration;

use drivebell::{
    ClientBuilder, DisconnectReason, Error, Event, Lifecycle, NotificationKind, Resource,
    Subscription,
};
use drivebell_simulator::{Builder, Fault, Simulator};
use futures_util::StreamExt;

use super::graph::{TOKEN, builder};
use super::{until, within};

pub(crate) struct Watched {
    pub(crate) simulator: Simulator,
    pub(crate) subscription: Subscription,
}

/// A simulator whose silence the client notices within 1.2 s.
pub(crate) fn simulator() -> Builder {
    Simulator::builder()
        .token(TOKEN)
        .ping_interval(Duration::from_millis(200))
        .ping_timeout(Duration::from_secs(1))
}

/// A client with short waits between attempts, and short timeouts.
pub(crate) fn persistent(base_url: impl Into<String>) -> ClientBuilder {
    builder(base_url)
        .start_timeout(None)
        .retry_min(Duration::from_millis(10))
        .retry_max(Duration::from_millis(50))
        .request_timeout(Duration::from_secs(1))
        .connect_timeout(Duration::from_secs(1))
        .open_timeout(Duration::from_secs(1))
        .join_timeout(Duration::from_secs(1))
}

impl Watched {
    /// Subscribes to a simulator with these faults.
    pub(crate) async fn start(faults: &[&str]) -> Self {
        let mut server = simulator();
        for text in faults {
            server = server.fault(fault(text));
        }
        Self::start_with(server, |client| client).await
    }

    pub(crate) async fn start_with(
        server: Builder,
        options: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Self {
        let simulator = server.start().await.expect("a free port");
        let client = options(persistent(simulator.base_url())).build();
        let client = client.expect("usable options");
        let subscribed = within(client.subscribe(&Resource::my_drive())).await;
        Self {
            simulator,
            subscription: subscribed.expect("live"),
        }
    }

    /// A live subscription whose event `connected` is read.
    pub(crate) async fn live() -> Self {
        let mut watched = Self::start(&[]).await;
        watched.expect(&["connected"]).await;
        watched
    }

    pub(crate) fn fault(&self, text: &str) {
        self.simulator.fault(fault(text)).expect("a fault");
    }

    pub(crate) fn notify(&self) {
        self.simulator.notify("b!me", 1).expect("a drive");
    }

    /// The next event.
    pub(crate) async fn next(&mut self) -> Result<Event, Error> {
        within(self.subscription.next())
            .await
            .expect("the session continues")
    }

    /// Expects the next events to have these names. `unavailable` stands for one or more.
    pub(crate) async fn expect(&mut self, names: &[&str]) {
        let mut received = Vec::new();
        let mut last = "";
        while received.len() < names.len() {
            let event = self.next().await.expect("the session continues");
            let name = name(&event);
            if (name, last) != ("unavailable", "unavailable") {
                received.push(name);
            }
            last = name;
            assert_eq!(received, names[..received.len()], "{event:?}");
        }
    }

    /// Expects the connection to end and a new one with a resync; returns the reason of the end.
    pub(crate) async fn expect_gap(&mut self, between: &[&str]) -> DisconnectReason {
        let event = self.next().await.expect("the session continues");
        let Event::Lifecycle {
            change: Lifecycle::Disconnected { reason, .. },
            ..
        } = event
        else {
            panic!("not disconnected: {event:?}")
        };
        self.expect(&[between, &["connected", "resync"]].concat())
            .await;
        self.expect_alive().await;
        reason
    }

    /// Expects the notification of a change, and no other event before it.
    pub(crate) async fn expect_alive(&mut self) {
        until(async || self.simulator.connected() > 0).await;
        self.notify();
        self.expect(&["changed"]).await;
    }

    /// How many endpoints were requested from Graph.
    pub(crate) fn endpoints_requested(&self) -> usize {
        let requests = self.simulator.requests();
        let is_endpoint = |path: &str| path.ends_with("/subscriptions/socketIo");
        requests
            .iter()
            .filter(|request| is_endpoint(&request.path))
            .count()
    }
}

pub(crate) fn fault(text: &str) -> Fault {
    text.parse().expect("a fault")
}

pub(crate) fn name(event: &Event) -> &'static str {
    match event {
        Event::Notification(note) if note.kind() == NotificationKind::Changed => "changed",
        Event::Notification(_) => "resync",
        Event::Lifecycle { change, .. } => change.as_str(),
        other => panic!("an unknown event: {other:?}"),
    }
}
