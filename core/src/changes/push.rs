//! The subscription behind a stream of changes, which it may have to do without.

use std::time::Duration;

use futures_core::Stream;
use futures_util::StreamExt;
use tokio::time::{Instant, sleep_until};

use crate::clock::later;
use crate::options::PushMode;
use crate::{Client, Error, ErrorKind, Event, Lifecycle, Resource, Subscription};

/// A refused subscription is tried again after this many poll intervals.
const RETRY_POLLS: u32 = 15;

/// How long Graph must have answered `notSupported` to count as a refusal. It often passes within
/// minutes.
const UNSUPPORTED: Duration = Duration::from_secs(120);

/// Makes subscriptions; tests replace it.
pub(crate) trait Bell: Send + Sync + 'static {
    type Events: Stream<Item = Result<Event, Error>> + Send + Unpin;

    fn subscribe(&self) -> Self::Events;

    /// Replaces the connection, because it announces nothing.
    fn leave_deaf(&self, events: &Self::Events);
}

/// The subscription of a client.
pub(crate) struct ClientBell {
    pub(super) client: Client,
    pub(super) resource: Resource,
}

impl Bell for ClientBell {
    type Events = Subscription;

    fn subscribe(&self) -> Subscription {
        self.client.subscribe_without_waiting(&self.resource)
    }

    fn leave_deaf(&self, events: &Subscription) {
        events.leave_deaf();
    }
}

pub(super) struct Push<B: Bell> {
    bell: B,
    mode: PushMode,
    /// `None` if push is off, or was refused.
    events: Option<B::Events>,
    /// When to subscribe again after a refusal.
    retry_at: Option<Instant>,
    retry_after: Duration,
    /// Since when Graph has answered `notSupported` only.
    unsupported_since: Option<Instant>,
    /// The refusal was told, and push has not worked since.
    told_refusal: bool,
}

/// What the stream learns of its subscription.
pub(super) enum Pushed {
    Event(Event),
    /// Only push is refused: the stream goes on without.
    Refused(Lifecycle),
    /// The subscription failed, and so does the stream.
    Failed(Error),
    /// The subscription was closed with its client.
    Closed,
}

impl<B: Bell> Push<B> {
    pub(super) fn new(bell: B, mode: PushMode, poll_interval: Duration) -> Self {
        let events = (mode != PushMode::Off).then(|| bell.subscribe());
        Self {
            bell,
            mode,
            events,
            retry_at: None,
            retry_after: poll_interval.saturating_mul(RETRY_POLLS),
            unsupported_since: None,
            told_refusal: false,
        }
    }

    /// Whether a subscription exists, live or not.
    pub(super) fn is_on(&self) -> bool {
        self.events.is_some()
    }

    /// The next thing to know. Subscribes again when it is time. Cancel-safe.
    pub(super) async fn next(&mut self) -> Pushed {
        loop {
            if let Some(events) = &mut self.events {
                let event = events.next().await;
                if let Some(pushed) = self.take(event) {
                    return pushed;
                }
                continue;
            }
            let Some(at) = self.retry_at else {
                return std::future::pending().await;
            };
            sleep_until(at).await;
            self.retry_at = None;
            self.events = Some(self.bell.subscribe());
        }
    }

    pub(super) fn leave_deaf(&self) {
        if let Some(events) = &self.events {
            self.bell.leave_deaf(events);
        }
    }

    /// `None` for what was told before.
    fn take(&mut self, event: Option<Result<Event, Error>>) -> Option<Pushed> {
        match event {
            None => Some(Pushed::Closed),
            Some(Ok(event)) => self.take_event(event),
            Some(Err(error)) if self.mode == PushMode::Auto && concerns_push_alone(&error) => {
                self.events = None;
                let now = Instant::now();
                let wait = self.retry_after.mul_f64(0.75 + fastrand::f64() / 2.0);
                self.retry_at = Some(later(now, wait));
                self.refused(error, wait)
            }
            Some(Err(error)) => Some(Pushed::Failed(error)),
        }
    }

    /// The session repeats what Graph does not support now, so that it comes back by itself.
    fn take_event(&mut self, event: Event) -> Option<Pushed> {
        let Event::Lifecycle { change, coalesced } = event else {
            return Some(Pushed::Event(event));
        };
        match change {
            Lifecycle::Unavailable { error, retry_in }
                if self.mode == PushMode::Auto && error.code() == Some("notSupported") =>
            {
                let now = Instant::now();
                let since = *self.unsupported_since.get_or_insert(now);
                if self.told_refusal || now.saturating_duration_since(since) >= UNSUPPORTED {
                    return self.refused(error, retry_in);
                }
                let change = Lifecycle::Unavailable { error, retry_in };
                Some(Pushed::Event(Event::Lifecycle { change, coalesced }))
            }
            change => {
                self.unsupported_since = None;
                if matches!(change, Lifecycle::Connected) {
                    self.told_refusal = false;
                }
                Some(Pushed::Event(Event::Lifecycle { change, coalesced }))
            }
        }
    }

    /// A refusal is told once.
    fn refused(&mut self, error: Error, retry_in: Duration) -> Option<Pushed> {
        let told = std::mem::replace(&mut self.told_refusal, true);
        (!told).then_some(Pushed::Refused(Lifecycle::PushRefused { error, retry_in }))
    }
}

/// Whether the delta query may be served all the same. If it is refused too, that ends the stream.
fn concerns_push_alone(error: &Error) -> bool {
    let refused = matches!(
        error.kind(),
        ErrorKind::AccessDenied | ErrorKind::NotFound | ErrorKind::Graph
    );
    refused || (error.kind() == ErrorKind::Authentication && error.status() == Some(401))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::sync::atomic::Ordering::Relaxed;

    use futures_util::stream::{self, Iter};

    use super::*;

    /// Each subscription has the same events.
    #[derive(Default)]
    struct Repeating {
        events: Vec<Result<Event, Error>>,
        subscriptions: AtomicU32,
    }

    impl Repeating {
        fn new(events: Vec<Result<Event, Error>>) -> Self {
            Self {
                events,
                ..Self::default()
            }
        }
    }

    impl Bell for Repeating {
        type Events = Iter<std::vec::IntoIter<Result<Event, Error>>>;

        fn subscribe(&self) -> Self::Events {
            self.subscriptions.fetch_add(1, Relaxed);
            stream::iter(self.events.clone())
        }

        fn leave_deaf(&self, _events: &Self::Events) {}
    }

    const MINUTE: Duration = Duration::from_secs(60);

    fn refused(status: u16) -> Result<Event, Error> {
        Err(Error::new(ErrorKind::AccessDenied, "no").with_status(status))
    }

    fn unavailable(code: &str) -> Event {
        let error = Error::new(ErrorKind::Graph, "no").with_code(Some(code.to_owned()));
        Event::Lifecycle {
            change: Lifecycle::Unavailable {
                error,
                retry_in: MINUTE,
            },
            coalesced: 0,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_subscription_is_tried_again_now_and_then() {
        let bell = Repeating::new(vec![refused(403)]);
        let mut push = Push::new(bell, PushMode::Auto, MINUTE);
        let Pushed::Refused(change) = push.next().await else {
            panic!("not refused")
        };
        let wait = change.retry_in().unwrap();
        assert!(wait >= 11 * MINUTE && wait <= 19 * MINUTE, "{wait:?}");
        assert!(!push.is_on());
        // The same again is not told.
        let again = tokio::time::timeout(60 * MINUTE, push.next()).await;
        assert!(again.is_err());
        assert!((4..=6).contains(&push.bell.subscriptions.load(Relaxed)));
        let bell = Repeating::new(vec![refused(403)]);
        let mut required = Push::new(bell, PushMode::Required, MINUTE);
        assert!(matches!(required.next().await, Pushed::Failed(_)));
        let credential = Err(Error::new(ErrorKind::Authentication, "no"));
        let mut push = Push::new(Repeating::new(vec![credential]), PushMode::Auto, MINUTE);
        assert!(matches!(push.next().await, Pushed::Failed(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_lasting_not_supported_is_told_once() {
        let events = (0..5).map(|_| unavailable("notSupported"));
        let events = events.chain([unavailable("other")]).map(Ok).collect();
        let mut push = Push::new(Repeating::new(events), PushMode::Auto, MINUTE);
        for _ in 0..2 {
            assert!(matches!(push.next().await, Pushed::Event(_)));
            tokio::time::advance(MINUTE).await;
        }
        assert!(matches!(push.next().await, Pushed::Refused(_)));
        // Two more of the same are not told.
        let Pushed::Event(Event::Lifecycle { change, .. }) = push.next().await else {
            panic!("no event")
        };
        assert_eq!(change.error().unwrap().code(), Some("other"));
    }
}
