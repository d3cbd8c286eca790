//! When a session tries again, and which errors end it.

use std::time::Duration;

use tokio::time::Instant;

use super::options::{RetryOptions, SessionOptions};
use crate::pacing::Backoff;
use crate::{Error, retry_policy};

#[derive(Debug)]
pub(super) struct ReconnectPolicy {
    options: RetryOptions,
    refusal_timeout: Duration,
    backoff: Backoff,
    was_live: bool,
    /// Since when Graph has answered with nothing but permanent refusals.
    refused_since: Option<Instant>,
}

impl ReconnectPolicy {
    pub(super) fn new(options: &SessionOptions) -> Self {
        Self {
            backoff: Backoff::new(options.retry.first, options.retry.longest),
            options: options.retry.clone(),
            refusal_timeout: options.refusal_timeout,
            was_live: false,
            refused_since: None,
        }
    }

    /// Graph has issued an endpoint: it does not refuse the session any more.
    pub(super) fn note_endpoint(&mut self) {
        self.refused_since = None;
    }

    /// The session is live: from now on it survives refusals for a while.
    pub(super) fn note_live(&mut self) {
        self.was_live = true;
    }

    /// Takes a failed attempt into account. True if it ends a session without a connection: after
    /// a permanent refusal by Graph, or by the credential. A session that has been live survives
    /// refusals for the `refusal_timeout`.
    pub(super) fn gives_up(&mut self, error: &Error, now: Instant) -> bool {
        if retry_policy::session_retries(error) {
            self.refused_since = None;
            return false;
        }
        let since = *self.refused_since.get_or_insert(now);
        !self.was_live || now.saturating_duration_since(since) >= self.refusal_timeout
    }

    /// The wait before the next attempt. A pause that the service requests replaces the backoff,
    /// unless it is too short to prevent a busy loop.
    pub(super) fn next_wait(&mut self, requested: Option<Duration>) -> Duration {
        match requested.map(|pause| pause.min(self.options.longest_pause)) {
            Some(pause) if pause >= self.options.first => pause,
            _ => self.backoff.next_wait(),
        }
    }

    /// Whether a connection of this age proves that the service is well.
    pub(super) fn is_lasting(&self, age: Duration) -> bool {
        age >= self.options.reset_after
    }

    pub(super) fn reset_backoff(&mut self) {
        self.backoff.reset();
    }
}
