//! What a session does next: a function of where it is and what happened, without any I/O.

use std::time::Duration;

use tokio::time::Instant;

use super::options::SessionOptions;
use super::renewal::{self, Validity};
use crate::pacing::Backoff;
use crate::{DisconnectReason, Error, ErrorKind, Lifecycle};

/// Where a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Asks Graph for an endpoint; there is no connection.
    Acquiring,
    /// Opens a connection; there is none yet.
    Opening,
    /// Waits before the next attempt; there is no connection.
    Waiting {
        until: Instant,
    },
    /// There is a connection, and its endpoint is good for a while.
    Live,
    /// There is a connection, and a second one on a new endpoint is under way.
    Renewing(Renewal),
    Closed,
}

/// How far the second connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Renewal {
    Acquiring,
    Opening,
    Waiting { until: Instant },
}

/// What happens to a session.
#[derive(Debug)]
pub(crate) enum Input {
    /// Graph has given an endpoint that is good for so long.
    Acquired {
        lifetime: Duration,
    },
    AcquireFailed(Error),
    Opened,
    OpenFailed(Error),
    /// The connection has ended.
    Ended(DisconnectReason),
    /// One that was replaced has left it open whether it had more to tell.
    ReplacedUnheard,
    /// The wait before the next attempt is over.
    RetryDue,
    RenewalDue,
    /// The endpoint of the connection is no longer good.
    Expired,
    StartTimedOut,
    /// The machine was asleep for so long, and clocks that stood still meanwhile are behind.
    Woke {
        asleep: Duration,
    },
    CloseRequested,
}

/// What is to be done about it, in this order.
#[derive(Debug)]
pub(crate) enum Action {
    /// Ask Graph for an endpoint. Gives up what is under way.
    Acquire,
    /// Open a connection to the endpoint that was acquired last. Gives up what is under way.
    Open,
    /// Give up what is under way.
    Cancel,
    /// What was opened is the connection from now on; the one before says goodbye.
    Adopt,
    /// The connection says goodbye.
    Retire,
    Tell(Lifecycle),
    /// Tell of a time without a connection.
    TellGap,
    /// The session is over because of this.
    Fail(Error),
    /// The session is over because its user wants no more.
    Finish,
}

#[derive(Debug)]
pub(crate) struct Machine {
    state: State,
    options: SessionOptions,
    backoff: Backoff,
    /// When the first attempts must have succeeded, until they have.
    start: Option<Start>,
    was_live: bool,
    live_since: Instant,
    untold: Untold,
    /// How long the endpoint acquired last is good.
    acquired: Option<Validity>,
    /// The same of the endpoint that the connection uses.
    in_use: Option<Validity>,
    /// The endpoint acquired last has carried a connection, and may carry another.
    reusable: bool,
    /// Since when Graph has given no other answer than a final refusal.
    refused_since: Option<Instant>,
}

/// What the consumer has not been told since it subscribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Untold {
    Nothing,
    /// What the connection that was replaced may have brought after it had died unnoticed.
    InDoubt,
    /// What happened without a connection.
    Gap,
}

#[derive(Debug)]
struct Start {
    deadline: Option<Instant>,
    last_error: Option<Error>,
}

impl Machine {
    /// A session that begins by acquiring. Without `waits` it is one whose consumer is there
    /// before it is live, and misses what changes until then.
    pub(crate) fn new(options: SessionOptions, waits: bool, now: Instant) -> Self {
        let deadline = options
            .start_timeout
            .and_then(|limit| now.checked_add(limit));
        Self {
            state: State::Acquiring,
            backoff: Backoff::new(options.retry.first, options.retry.longest),
            options,
            start: waits.then_some(Start {
                deadline,
                last_error: None,
            }),
            was_live: false,
            live_since: now,
            untold: if waits { Untold::Nothing } else { Untold::Gap },
            acquired: None,
            in_use: None,
            reusable: false,
            refused_since: None,
        }
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// When something will be due, if nothing else happens, and what.
    pub(crate) fn next_due(&self) -> Option<(Instant, Input)> {
        let expiry = self.in_use.map(|used| (used.expires_at, Input::Expired));
        let retry = |until| Some((until, Input::RetryDue));
        let (first, second) = match self.state {
            State::Acquiring | State::Opening => (self.start_deadline(), None),
            State::Waiting { until } => (self.start_deadline(), retry(until)),
            State::Live => (
                self.in_use.map(|used| (used.renew_at, Input::RenewalDue)),
                expiry,
            ),
            State::Renewing(Renewal::Acquiring | Renewal::Opening) => (None, expiry),
            State::Renewing(Renewal::Waiting { until }) => (retry(until), expiry),
            State::Closed => (None, None),
        };
        match (first, second) {
            (Some(first), Some(second)) if second.0 <= first.0 => Some(second),
            (first, second) => first.or(second),
        }
    }

    /// The first attempt is not cut short: each of its steps has a limit of its own.
    fn start_deadline(&self) -> Option<(Instant, Input)> {
        let start = self.start.as_ref()?;
        start.last_error.as_ref()?;
        Some((start.deadline?, Input::StartTimedOut))
    }

    pub(crate) fn handle(&mut self, input: Input, now: Instant) -> Vec<Action> {
        match input {
            Input::Acquired { lifetime } => self.acquired(lifetime, now),
            Input::AcquireFailed(error) => self.acquire_failed(error, now),
            Input::Opened => self.opened(now),
            Input::OpenFailed(error) => self.open_failed(error, now),
            Input::Ended(reason) => self.ended(reason, now),
            Input::ReplacedUnheard => self.replaced_unheard(),
            Input::RetryDue => self.retry_due(now),
            Input::RenewalDue => self.renewal_due(now),
            Input::Expired => self.expired(now),
            Input::StartTimedOut => self.start_timed_out(),
            Input::Woke { asleep } => self.woke(asleep, now),
            Input::CloseRequested => self.close_requested(),
        }
    }

    fn acquired(&mut self, lifetime: Duration, now: Instant) -> Vec<Action> {
        let opening = match self.state {
            State::Acquiring => State::Opening,
            State::Renewing(Renewal::Acquiring) => State::Renewing(Renewal::Opening),
            State::Opening
            | State::Waiting { .. }
            | State::Live
            | State::Renewing(Renewal::Opening | Renewal::Waiting { .. })
            | State::Closed => return vec![],
        };
        self.state = opening;
        self.acquired = Some(renewal::validity(lifetime, self.options.renew_before, now));
        self.reusable = false;
        self.refused_since = None;
        vec![Action::Open]
    }

    fn acquire_failed(&mut self, error: Error, now: Instant) -> Vec<Action> {
        match self.state {
            State::Acquiring => self.attempt_failed(error, now),
            State::Renewing(Renewal::Acquiring) => self.renewal_failed(error, now),
            State::Opening
            | State::Waiting { .. }
            | State::Live
            | State::Renewing(Renewal::Opening | Renewal::Waiting { .. })
            | State::Closed => vec![],
        }
    }

    fn opened(&mut self, now: Instant) -> Vec<Action> {
        let lifecycle = match self.state {
            State::Opening => Lifecycle::Connected,
            State::Renewing(Renewal::Opening) => Lifecycle::Renewed,
            State::Acquiring
            | State::Waiting { .. }
            | State::Live
            | State::Renewing(Renewal::Acquiring | Renewal::Waiting { .. })
            | State::Closed => return vec![],
        };
        // One that was refused a second life would be tried again and again until it expires.
        let first_on_its_endpoint = self.acquired != self.in_use;
        self.reusable = first_on_its_endpoint;
        self.state = State::Live;
        self.in_use = self.acquired;
        self.live_since = now;
        self.was_live = true;
        self.start = None;
        let untold = match lifecycle {
            Lifecycle::Renewed => Untold::InDoubt,
            _ => Untold::Nothing,
        };
        let mut actions = vec![Action::Adopt, Action::Tell(lifecycle)];
        if std::mem::replace(&mut self.untold, untold) == Untold::Gap {
            actions.push(Action::TellGap);
        }
        actions
    }

    fn open_failed(&mut self, error: Error, now: Instant) -> Vec<Action> {
        match self.state {
            State::Opening => {
                self.reusable = false;
                self.attempt_failed(error, now)
            }
            State::Renewing(Renewal::Opening) => self.renewal_failed(error, now),
            State::Acquiring
            | State::Waiting { .. }
            | State::Live
            | State::Renewing(Renewal::Acquiring | Renewal::Waiting { .. })
            | State::Closed => vec![],
        }
    }

    fn ended(&mut self, reason: DisconnectReason, now: Instant) -> Vec<Action> {
        let (state, retry_in) = match (self.state, reason.retry_after()) {
            (State::Live | State::Renewing(Renewal::Waiting { .. }), pause)
            | (State::Renewing(_), pause @ Some(_)) => {
                self.reset_backoff_if_lasting(now);
                let wait = self.wait_for(pause);
                (waiting(now, wait), wait)
            }
            (State::Renewing(Renewal::Acquiring), None) => (State::Acquiring, Duration::ZERO),
            (State::Renewing(Renewal::Opening), None) => (State::Opening, Duration::ZERO),
            (State::Acquiring | State::Opening | State::Waiting { .. } | State::Closed, _) => {
                return vec![];
            }
        };
        let mut actions = vec![];
        if matches!(state, State::Waiting { .. }) {
            actions.push(Action::Cancel);
        }
        actions.extend(self.lose_connection(state, reason, retry_in));
        actions
    }

    /// A connection that was replaced may have been dead already: what the service told it then is
    /// told by no other.
    fn replaced_unheard(&mut self) -> Vec<Action> {
        match self.state {
            State::Live | State::Renewing(_) if self.untold == Untold::InDoubt => {
                self.untold = Untold::Nothing;
                vec![Action::TellGap]
            }
            // What was in doubt is in the gap.
            State::Live
            | State::Renewing(_)
            | State::Acquiring
            | State::Opening
            | State::Waiting { .. }
            | State::Closed => vec![],
        }
    }

    fn retry_due(&mut self, now: Instant) -> Vec<Action> {
        match self.state {
            State::Waiting { .. } => {
                let unexpired = self.acquired.is_some_and(|known| now < known.expires_at);
                if self.reusable && unexpired {
                    self.state = State::Opening;
                    vec![Action::Open]
                } else {
                    self.state = State::Acquiring;
                    vec![Action::Acquire]
                }
            }
            State::Renewing(Renewal::Waiting { .. }) => self.start_renewal(),
            State::Acquiring
            | State::Opening
            | State::Live
            | State::Renewing(Renewal::Acquiring | Renewal::Opening)
            | State::Closed => vec![],
        }
    }

    fn renewal_due(&mut self, now: Instant) -> Vec<Action> {
        match self.state {
            State::Live => {
                self.reset_backoff_if_lasting(now);
                self.start_renewal()
            }
            State::Acquiring
            | State::Opening
            | State::Waiting { .. }
            | State::Renewing(Renewal::Acquiring | Renewal::Opening | Renewal::Waiting { .. })
            | State::Closed => vec![],
        }
    }

    /// What the service does at that moment, nobody knows: it may go on sending, or be quiet for
    /// ever while its heartbeat goes on. So it counts as an end.
    fn expired(&mut self, now: Instant) -> Vec<Action> {
        let (state, retry_in, and_then) = match self.state {
            State::Live => (State::Acquiring, Duration::ZERO, Some(Action::Acquire)),
            State::Renewing(Renewal::Acquiring) => (State::Acquiring, Duration::ZERO, None),
            State::Renewing(Renewal::Opening) => (State::Opening, Duration::ZERO, None),
            State::Renewing(Renewal::Waiting { until }) => {
                let rest = until.saturating_duration_since(now);
                (State::Waiting { until }, rest, None)
            }
            State::Acquiring | State::Opening | State::Waiting { .. } | State::Closed => {
                return vec![];
            }
        };
        let mut actions = vec![Action::Retire];
        actions.extend(self.lose_connection(state, DisconnectReason::EndpointExpired, retry_in));
        actions.extend(and_then);
        actions
    }

    fn start_timed_out(&mut self) -> Vec<Action> {
        let last_error = self.start.take().and_then(|start| start.last_error);
        match (self.state, last_error) {
            (State::Acquiring | State::Opening | State::Waiting { .. }, Some(error)) => {
                self.fail(error)
            }
            (
                State::Acquiring
                | State::Opening
                | State::Waiting { .. }
                | State::Live
                | State::Renewing(_)
                | State::Closed,
                _,
            ) => vec![],
        }
    }

    fn woke(&mut self, asleep: Duration, now: Instant) -> Vec<Action> {
        for validity in [&mut self.acquired, &mut self.in_use].into_iter().flatten() {
            validity.advance(asleep);
        }
        self.backoff.reset();
        let earlier = |until: Instant| until.checked_sub(asleep).unwrap_or(now);
        match self.state {
            // A request that slept has nobody left to answer it.
            State::Acquiring | State::Opening => {
                self.state = State::Acquiring;
                vec![Action::Acquire]
            }
            State::Renewing(Renewal::Acquiring | Renewal::Opening) => self.start_renewal(),
            State::Waiting { until } => {
                let until = earlier(until);
                self.state = State::Waiting { until };
                vec![]
            }
            State::Renewing(Renewal::Waiting { until }) => {
                let until = earlier(until);
                self.state = State::Renewing(Renewal::Waiting { until });
                vec![]
            }
            State::Live | State::Closed => vec![],
        }
    }

    fn close_requested(&mut self) -> Vec<Action> {
        match self.state {
            State::Acquiring
            | State::Opening
            | State::Waiting { .. }
            | State::Live
            | State::Renewing(_) => {
                self.state = State::Closed;
                vec![Action::Finish]
            }
            State::Closed => vec![],
        }
    }

    /// An attempt without a connection has failed.
    fn attempt_failed(&mut self, error: Error, now: Instant) -> Vec<Action> {
        if self.is_terminal(&error, now) {
            return self.fail(error);
        }
        let wait = self.wait_for(error.retry_after());
        if let Some(start) = &mut self.start {
            if start
                .deadline
                .is_some_and(|deadline| now + wait >= deadline)
            {
                return self.fail(error);
            }
            start.last_error = Some(error.clone());
        }
        self.state = waiting(now, wait);
        vec![Action::Tell(Lifecycle::Unavailable {
            error,
            retry_in: wait,
        })]
    }

    /// The connection is still there: not even a final refusal ends the session while it lasts.
    fn renewal_failed(&mut self, error: Error, now: Instant) -> Vec<Action> {
        self.is_terminal(&error, now);
        let wait = self.wait_for(error.retry_after());
        self.state = State::Renewing(Renewal::Waiting { until: now + wait });
        vec![Action::Tell(Lifecycle::Unavailable {
            error,
            retry_in: wait,
        })]
    }

    fn start_renewal(&mut self) -> Vec<Action> {
        self.state = State::Renewing(Renewal::Acquiring);
        vec![Action::Acquire]
    }

    fn lose_connection(
        &mut self,
        state: State,
        reason: DisconnectReason,
        retry_in: Duration,
    ) -> Vec<Action> {
        self.state = state;
        self.untold = Untold::Gap;
        vec![Action::Tell(Lifecycle::Disconnected { reason, retry_in })]
    }

    fn fail(&mut self, error: Error) -> Vec<Action> {
        self.state = State::Closed;
        vec![Action::Fail(error)]
    }

    /// Whether the session ends with this error: Graph's final refusals do, and a credential that
    /// fails; but one that has worked before gets time to work again.
    fn is_terminal(&mut self, error: &Error, now: Instant) -> bool {
        let is_final = matches!(
            error.kind(),
            ErrorKind::Authentication | ErrorKind::AccessDenied | ErrorKind::NotFound
        );
        if !is_final {
            self.refused_since = None;
            return false;
        }
        let since = *self.refused_since.get_or_insert(now);
        !self.was_live || now.saturating_duration_since(since) >= self.options.refusal_timeout
    }

    /// The pause that was asked for stands; one that is none must not become a busy loop.
    fn wait_for(&mut self, pause: Option<Duration>) -> Duration {
        match pause.map(|pause| pause.min(self.options.retry.longest_pause)) {
            Some(pause) if pause >= self.options.retry.first => pause,
            _ => self.backoff.next_wait(),
        }
    }

    /// An endpoint that has carried a lasting connection is as good as a new one, too.
    fn reset_backoff_if_lasting(&mut self, now: Instant) {
        if now.saturating_duration_since(self.live_since) >= self.options.retry.reset_after {
            self.backoff.reset();
            self.reusable = self.acquired == self.in_use;
        }
    }
}

fn waiting(now: Instant, wait: Duration) -> State {
    State::Waiting { until: now + wait }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
