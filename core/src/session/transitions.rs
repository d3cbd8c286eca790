//! What each transition does. `machine.rs` has the table that says which one takes place.

use std::time::Duration;

use tokio::time::Instant;

use super::machine::{Action, Gap, Machine, Renewal, SigningIn, State};
use super::renewal;
use crate::clock::later;
use crate::{DisconnectReason, Error, Lifecycle};

/// One method for each transition. Where the table decides on the next state, it is an argument.
impl Machine {
    pub(super) fn acquired(
        &mut self,
        next: State,
        lifetime: Duration,
        now: Instant,
    ) -> Vec<Action> {
        self.state = next;
        self.acquired = Some(renewal::validity(
            lifetime,
            self.options.renew_before,
            self.options.max_endpoint_age,
            now,
        ));
        self.reusable = false;
        self.reconnect.note_endpoint();
        vec![Action::Open]
    }

    pub(super) fn opened(&mut self, change: Lifecycle, now: Instant) -> Vec<Action> {
        // An endpoint is reused once. One that is accepted and dropped again and again would
        // otherwise be tried until it expires.
        self.reusable = self.acquired != self.in_use;
        self.state = State::Live;
        self.in_use = self.acquired;
        self.live_since = now;
        self.start = None;
        self.reconnect.note_live();
        let renewed = matches!(change, Lifecycle::Renewed);
        let mut actions = vec![Action::Adopt, Action::Emit(change)];
        if self.gap == Gap::Certain || (renewed && self.options.resync_on_renewal) {
            actions.push(Action::EmitGap);
            self.gap = Gap::None;
        } else {
            self.gap = if renewed { Gap::Possible } else { Gap::None };
        }
        actions
    }

    pub(super) fn open_failed(&mut self, error: Error, now: Instant) -> Vec<Action> {
        self.reusable = false;
        self.attempt_failed(error, now)
    }

    /// An attempt has failed while there is no connection.
    pub(super) fn attempt_failed(&mut self, error: Error, now: Instant) -> Vec<Action> {
        if self.reconnect.gives_up(&error, now) {
            return self.fail(error);
        }
        let wait = self
            .reconnect
            .next_wait(error.retry_after())
            .max(self.reconnect.doubt());
        if let Some(start) = &mut self.start {
            let next_attempt = later(now, wait);
            if start.deadline.is_some_and(|limit| next_attempt >= limit) {
                return self.fail(error);
            }
            start.last_error = Some(error.clone());
        }
        self.state = State::Waiting {
            until: later(now, wait),
        };
        unavailable(error, wait)
    }

    /// The connection still works: even a permanent refusal does not end the session before the
    /// connection ends.
    pub(super) fn renewal_failed(&mut self, error: Error, now: Instant) -> Vec<Action> {
        // Only to note a refusal: whether it ends the session is decided without a connection.
        self.reconnect.gives_up(&error, now);
        let wait = self.reconnect.next_wait(error.retry_after());
        self.state = State::Renewing(Renewal::Waiting {
            until: later(now, wait),
        });
        unavailable(error, wait)
    }

    pub(super) fn start_timed_out(&mut self) -> Vec<Action> {
        match self.start.take().and_then(|start| start.last_error) {
            Some(error) => self.fail(error),
            None => vec![],
        }
    }

    pub(super) fn retry_due(&mut self, now: Instant) -> Vec<Action> {
        let unexpired = self.acquired.is_some_and(|known| now < known.expires_at);
        if self.reusable && unexpired {
            self.state = State::Opening;
            vec![Action::Open]
        } else {
            self.acquire(State::Acquiring)
        }
    }

    pub(super) fn renewal_due(&mut self, now: Instant) -> Vec<Action> {
        if self.reward_lasting_connection(now) {
            return self.start_renewal();
        }
        // A service that issues endpoints for moments must not make a busy loop of it, at the
        // expense of the other sessions.
        let until = later(now, self.reconnect.next_wait(None));
        self.state = State::Renewing(Renewal::Waiting { until });
        vec![]
    }

    pub(super) fn start_renewal(&mut self) -> Vec<Action> {
        self.acquire(State::Renewing(Renewal::Acquiring))
    }

    /// The connection has ended, and the session waits before it makes another one.
    pub(super) fn ended(&mut self, reason: DisconnectReason, now: Instant) -> Vec<Action> {
        self.reward_lasting_connection(now);
        let until = later(now, self.reconnect.next_wait(reason.retry_after()));
        let mut actions = vec![Action::Cancel];
        actions.extend(self.disconnected(State::Waiting { until }, reason, now));
        actions
    }

    /// There is no connection any more. An operation under way continues.
    pub(super) fn disconnected(
        &mut self,
        next: State,
        reason: DisconnectReason,
        now: Instant,
    ) -> Vec<Action> {
        self.state = next;
        self.gap = Gap::Certain;
        let retry_in = match next {
            State::Waiting { until } => until.saturating_duration_since(now),
            State::Acquiring
            | State::Opening
            | State::Live
            | State::Renewing(_)
            | State::Closed => Duration::ZERO,
        };
        vec![Action::Emit(Lifecycle::Disconnected { reason, retry_in })]
    }

    /// Leaves a connection that may be open and is of no use: what a server does with the one of an
    /// expired endpoint is not documented. It may continue to send events, or nothing but heartbeats.
    pub(super) fn retire(
        &mut self,
        next: State,
        reason: DisconnectReason,
        now: Instant,
    ) -> Vec<Action> {
        self.reusable = false;
        let mut actions = vec![Action::Retire];
        actions.extend(self.disconnected(next, reason, now));
        actions
    }

    /// Leaves the connection for one on a new endpoint: at once, unless this one was short.
    pub(super) fn abandon(&mut self, reason: DisconnectReason, now: Instant) -> Vec<Action> {
        if self.reward_lasting_connection(now) {
            let mut actions = self.retire(State::Acquiring, reason, now);
            actions.push(Action::Acquire);
            return actions;
        }
        let until = later(now, self.reconnect.next_wait(None));
        self.retire(State::Waiting { until }, reason, now)
    }

    /// No other connection repeats what a replaced one did not deliver.
    pub(super) fn catch_up_failed(&mut self) -> Vec<Action> {
        match self.gap {
            Gap::Possible => {
                self.gap = Gap::None;
                vec![Action::EmitGap]
            }
            // Another notification of kind resync covers it.
            Gap::None | Gap::Certain => vec![],
        }
    }

    /// Nobody answers a request that has slept: starts over.
    pub(super) fn restart(&mut self, next: State, asleep: Duration) -> Vec<Action> {
        self.add_time_asleep(asleep);
        self.acquire(next)
    }

    pub(super) fn shorten_wait(&mut self, asleep: Duration, now: Instant) -> Vec<Action> {
        if let State::Waiting { until } | State::Renewing(Renewal::Waiting { until }) =
            &mut self.state
        {
            *until = until.checked_sub(asleep).unwrap_or(now);
        }
        self.add_time_asleep(asleep)
    }

    /// Counts time that the monotonic clock has missed.
    pub(super) fn add_time_asleep(&mut self, asleep: Duration) -> Vec<Action> {
        for validity in [&mut self.acquired, &mut self.in_use].into_iter().flatten() {
            validity.advance(asleep);
        }
        self.live_since = self
            .live_since
            .checked_sub(asleep)
            .unwrap_or(self.live_since);
        self.reconnect.reset_backoff();
        vec![]
    }

    /// `concerned`: the session waits for the token.
    pub(super) fn signing_in(
        &mut self,
        asking: bool,
        concerned: bool,
        now: Instant,
    ) -> Vec<Action> {
        if !asking {
            let was = std::mem::replace(&mut self.signing_in, SigningIn::No);
            // The person has used the time of the start.
            if was != SigningIn::No
                && let (Some(start), Some(limit)) = (&mut self.start, self.options.start_timeout)
            {
                start.deadline = now.checked_add(limit);
            }
            return vec![];
        }
        if self.signing_in == SigningIn::No {
            self.signing_in = SigningIn::Unreported;
        }
        if concerned {
            return self.report_signing_in();
        }
        vec![]
    }

    fn report_signing_in(&mut self) -> Vec<Action> {
        if self.signing_in != SigningIn::Unreported {
            return vec![];
        }
        self.signing_in = SigningIn::Reported;
        vec![Action::Emit(Lifecycle::SigningIn)]
    }

    pub(super) fn close(&mut self) -> Vec<Action> {
        self.state = State::Closed;
        vec![Action::Finish]
    }

    fn acquire(&mut self, next: State) -> Vec<Action> {
        self.state = next;
        let mut actions = vec![Action::Acquire];
        actions.extend(self.report_signing_in());
        actions
    }

    fn fail(&mut self, error: Error) -> Vec<Action> {
        self.state = State::Closed;
        vec![Action::Fail(error)]
    }

    /// After a lasting connection the waits are short again, and its endpoint may be reused again.
    /// Returns whether it was one.
    fn reward_lasting_connection(&mut self, now: Instant) -> bool {
        let age = now.saturating_duration_since(self.live_since);
        let is_lasting = self.reconnect.is_lasting(age);
        if is_lasting {
            self.reconnect.reset_backoff();
            self.reusable = self.acquired == self.in_use;
        }
        is_lasting
    }
}

fn unavailable(error: Error, retry_in: Duration) -> Vec<Action> {
    vec![Action::Emit(Lifecycle::Unavailable { error, retry_in })]
}
