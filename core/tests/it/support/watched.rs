//! A subscription to a simulator that goes wrong, and what its consumer is told.

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

/// A simulator whose silence is noticed within 1.2 s.
pub(crate) fn simulator() -> Builder {
    Simulator::builder()
        .token(TOKEN)
        .ping_interval(Duration::from_millis(200))
        .ping_timeout(Duration::from_secs(1))
}

/// A client that is quick to try again, and impatient with each step.
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
    /// Subscribed to a simulator with these faults, if it can be.
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

    /// Live, and `connected` is told.
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
            .expect("the session lives")
    }

    /// The next events have these names. `unavailable` stands for one or more of them.
    pub(crate) async fn expect(&mut self, names: &[&str]) {
        let mut told = Vec::new();
        let mut last = "";
        while told.len() < names.len() {
            let event = self.next().await.expect("the session lives");
            let name = name(&event);
            if (name, last) != ("unavailable", "unavailable") {
                told.push(name);
            }
            last = name;
            assert_eq!(told, names[..told.len()], "{event:?}");
        }
    }

    /// The connection is lost for this reason, and made anew; one resync stands for the gap.
    pub(crate) async fn expect_gap(&mut self, between: &[&str]) -> DisconnectReason {
        let event = self.next().await.expect("the session lives");
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

    /// What changes from here on is told, and nothing else was.
    pub(crate) async fn expect_alive(&mut self) {
        until(async || self.simulator.connected() > 0).await;
        self.notify();
        self.expect(&["changed"]).await;
    }

    /// How often Graph was asked for an endpoint.
    pub(crate) fn endpoints_asked(&self) -> usize {
        let requests = self.simulator.requests();
        let asked = |path: &str| path.ends_with("/subscriptions/socketIo");
        requests
            .iter()
            .filter(|request| asked(&request.path))
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
        other => panic!("an event that nobody knows: {other:?}"),
    }
}
