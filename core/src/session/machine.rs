//! What a session does next, as a function of its state and an input. It does no I/O and reads no
//! clock, so that every transition can be tested.
//!
//! [`Machine::handle`] is the table of transitions; what each of them does is in `transitions.rs`.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::reconnect_policy::ReconnectPolicy;
use super::renewal::Validity;
use super::stats::SessionState;
use crate::options::ClientOptions;
use crate::{DisconnectReason, Error, Lifecycle};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Asks Graph for an endpoint, without a connection.
    Acquiring,
    /// Opens a connection, without one so far.
    Opening,
    /// Waits before the next attempt, without a connection.
    Waiting { until: Instant },
    /// Has a connection, whose endpoint need not be renewed yet.
    Live,
    /// Has a connection, and prepares a second one on a new endpoint.
    Renewing(Renewal),
    /// Over, for good.
    Closed,
}

/// The progress of the second connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Renewal {
    Acquiring,
    Opening,
    Waiting { until: Instant },
}

impl Renewal {
    /// The same step, after the first connection is gone.
    fn alone(self) -> State {
        match self {
            Self::Acquiring => State::Acquiring,
            Self::Opening => State::Opening,
            Self::Waiting { until } => State::Waiting { until },
        }
    }
}

#[derive(Debug)]
pub(crate) enum Input {
    /// Graph has issued an endpoint that is valid for `lifetime`.
    Acquired {
        lifetime: Duration,
    },
    AcquireFailed(Error),
    Opened,
    OpenFailed(Error),
    /// The connection has ended.
    Ended(DisconnectReason),
    /// A connection that was replaced may not have delivered everything the server sent to it.
    CatchUpFailed,
    /// The wait before the next attempt is over.
    RetryDue,
    RenewalDue,
    /// The endpoint of the connection has expired.
    Expired,
    /// The connection announces nothing, although something has changed.
    FoundDeaf,
    StartTimedOut,
    /// The machine was asleep for this long. The monotonic clock did not count that time.
    SystemSlept {
        asleep: Duration,
    },
    /// A person is asked to sign in for the client's token, or is not any more.
    SigningIn(bool),
    CloseRequested,
}

/// What the driver does about an input. A list of actions is carried out in order.
#[derive(Debug)]
pub(crate) enum Action {
    /// Ask Graph for an endpoint. Cancels the operation under way.
    Acquire,
    /// Open a connection to the endpoint acquired last. Cancels the operation under way.
    Open,
    /// Cancel the operation under way.
    Cancel,
    /// Make the opened connection the session's connection, and close the previous one.
    Adopt,
    /// Close the connection; the session continues without one.
    Retire,
    Emit(Lifecycle),
    /// Emit a resync notification: changes may have gone unannounced.
    EmitGap,
    /// End the session with this error.
    Fail(Error),
    /// End the session: its user has closed it.
    Finish,
}

#[derive(Debug)]
pub(crate) struct Machine {
    pub(super) state: State,
    pub(super) options: Arc<ClientOptions>,
    pub(super) reconnect: ReconnectPolicy,
    /// The limit of the first attempts; `None` as soon as the session has been live.
    pub(super) start: Option<Start>,
    pub(super) live_since: Instant,
    pub(super) gap: Gap,
    /// The validity of the endpoint acquired last.
    pub(super) acquired: Option<Validity>,
    /// The validity of the endpoint that the connection uses.
    pub(super) in_use: Option<Validity>,
    /// The endpoint acquired last has carried a connection, and may carry one more.
    pub(super) reusable: bool,
    /// A person is asked to sign in.
    pub(super) signing_in: SigningIn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SigningIn {
    No,
    /// This session does not need the token yet.
    Unreported,
    Reported,
}

/// Whether changes may have gone unannounced without the consumer being notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    None,
    /// The replaced connection may have died unnoticed and missed events.
    Possible,
    /// The session had no connection for a while.
    Certain,
}

#[derive(Debug)]
pub(super) struct Start {
    pub(super) deadline: Option<Instant>,
    pub(super) last_error: Option<Error>,
}

impl Machine {
    /// A session that begins by acquiring an endpoint. With `wait_until_live` its consumer waits
    /// for the first connection, within [`ClientOptions::start_timeout`]. Otherwise the consumer
    /// reads events from the beginning, and the time before the first connection is a gap.
    pub(crate) fn new(options: Arc<ClientOptions>, wait_until_live: bool, now: Instant) -> Self {
        let deadline = options
            .start_timeout
            .and_then(|limit| now.checked_add(limit));
        let start = Start {
            deadline,
            last_error: None,
        };
        Self {
            state: State::Acquiring,
            reconnect: ReconnectPolicy::new(Arc::clone(&options)),
            options,
            start: wait_until_live.then_some(start),
            live_since: now,
            gap: if wait_until_live {
                Gap::None
            } else {
                Gap::Certain
            },
            acquired: None,
            in_use: None,
            reusable: false,
            signing_in: SigningIn::No,
        }
    }

    pub(crate) fn session_state(&self) -> SessionState {
        match self.state {
            State::Acquiring if self.signing_in != SigningIn::No => SessionState::SigningIn,
            State::Acquiring => SessionState::Acquiring,
            State::Opening => SessionState::Opening,
            State::Waiting { .. } => SessionState::Backoff,
            State::Live => SessionState::Live,
            State::Renewing(_) => SessionState::Renewing,
            State::Closed => SessionState::Closed,
        }
    }

    /// The next input that time alone will cause, and when.
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

    /// Does not limit the first attempt, because each of its steps has its own timeout, nor the time
    /// in which a person signs in.
    fn start_deadline(&self) -> Option<(Instant, Input)> {
        let start = self.start.as_ref()?;
        if self.state == State::Acquiring && self.signing_in != SigningIn::No {
            return None;
        }
        start.last_error.as_ref()?;
        Some((start.deadline?, Input::StartTimedOut))
    }

    /// The table of transitions. It names every pair of a state and an input, so that the compiler
    /// asks for a decision about each new state and input.
    #[expect(clippy::match_same_arms, reason = "the rows are ordered by state")]
    pub(crate) fn handle(&mut self, input: Input, now: Instant) -> Vec<Action> {
        use Input::{
            AcquireFailed, Acquired, CatchUpFailed, CloseRequested, Ended, Expired, FoundDeaf,
            OpenFailed, Opened, RenewalDue, RetryDue, SigningIn, StartTimedOut, SystemSlept,
        };
        use State::{Acquiring, Closed, Live, Opening, Renewing, Waiting};

        match (self.state, input) {
            // Without a connection.
            (Acquiring, Acquired { lifetime }) => self.acquired(Opening, lifetime, now),
            (Acquiring, AcquireFailed(error)) => self.attempt_failed(error, now),
            (Opening, Opened) => self.opened(Lifecycle::Connected, now),
            (Opening, OpenFailed(error)) => self.open_failed(error, now),
            (Waiting { .. }, RetryDue) => self.retry_due(now),
            (Acquiring | Opening | Waiting { .. }, StartTimedOut) => self.start_timed_out(),
            (Acquiring | Opening, SystemSlept { asleep }) => self.restart(Acquiring, asleep),

            // With a connection.
            (Live, RenewalDue) => self.renewal_due(now),
            (Live, Ended(reason)) => self.ended(reason, now),
            (Live, Expired) => self.abandon(DisconnectReason::EndpointExpired, now),
            (Live, FoundDeaf) => self.abandon(DisconnectReason::Deaf, now),
            (Live, SystemSlept { asleep }) => self.add_time_asleep(asleep),
            (Live | Renewing(_), CatchUpFailed) => self.catch_up_failed(),

            // With a connection, and a second one in preparation.
            (Renewing(Renewal::Acquiring), Acquired { lifetime }) => {
                self.acquired(Renewing(Renewal::Opening), lifetime, now)
            }
            (Renewing(Renewal::Acquiring), AcquireFailed(error)) => self.renewal_failed(error, now),
            (Renewing(Renewal::Opening), Opened) => self.opened(Lifecycle::Renewed, now),
            (Renewing(Renewal::Opening), OpenFailed(error)) => self.renewal_failed(error, now),
            (Renewing(Renewal::Waiting { .. }), RetryDue) => self.start_renewal(),
            (Renewing(_), Ended(reason)) if reason.retry_after().is_some() => {
                self.ended(reason, now)
            }
            (Renewing(Renewal::Acquiring), Ended(reason)) => {
                self.disconnected(Acquiring, reason, now)
            }
            (Renewing(Renewal::Opening), Ended(reason)) => self.disconnected(Opening, reason, now),
            (Renewing(Renewal::Waiting { .. }), Ended(reason)) => self.ended(reason, now),
            (Renewing(renewal), Expired) => {
                self.retire(renewal.alone(), DisconnectReason::EndpointExpired, now)
            }
            (Renewing(renewal), FoundDeaf) => {
                self.retire(renewal.alone(), DisconnectReason::Deaf, now)
            }
            (Renewing(Renewal::Acquiring | Renewal::Opening), SystemSlept { asleep }) => {
                self.restart(Renewing(Renewal::Acquiring), asleep)
            }

            // In several states.
            (Waiting { .. } | Renewing(Renewal::Waiting { .. }), SystemSlept { asleep }) => {
                self.shorten_wait(asleep, now)
            }
            (Acquiring | Renewing(Renewal::Acquiring), SigningIn(asking)) => {
                self.signing_in(asking, true, now)
            }
            (
                Opening
                | Waiting { .. }
                | Live
                | Renewing(Renewal::Opening | Renewal::Waiting { .. })
                | Closed,
                SigningIn(asking),
            ) => self.signing_in(asking, false, now),
            (Acquiring | Opening | Waiting { .. } | Live | Renewing(_), CloseRequested) => {
                self.close()
            }

            // Ignored: what the input answers was cancelled, or it belongs to another state.
            (Acquiring | Renewing(Renewal::Acquiring), Opened | OpenFailed(_) | RetryDue)
            | (
                Opening | Renewing(Renewal::Opening),
                Acquired { .. } | AcquireFailed(_) | RetryDue,
            )
            | (
                Waiting { .. } | Live | Renewing(Renewal::Waiting { .. }),
                Acquired { .. } | AcquireFailed(_) | Opened | OpenFailed(_),
            )
            | (
                Acquiring | Opening | Waiting { .. },
                Ended(_) | CatchUpFailed | RenewalDue | Expired | FoundDeaf,
            )
            | (Live, RetryDue | StartTimedOut)
            | (Renewing(_), RenewalDue | StartTimedOut)
            | (
                Closed,
                Acquired { .. }
                | AcquireFailed(_)
                | Opened
                | OpenFailed(_)
                | Ended(_)
                | CatchUpFailed
                | RetryDue
                | RenewalDue
                | Expired
                | FoundDeaf
                | StartTimedOut
                | SystemSlept { .. }
                | CloseRequested,
            ) => vec![],
        }
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
