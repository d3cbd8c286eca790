//! When a session tries again, and which errors end it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::Error;
use crate::options::ClientOptions;
use crate::pacing::Backoff;
use crate::retry_policy::{self, Refusals};

#[derive(Debug)]
pub(super) struct ReconnectPolicy {
    options: Arc<ClientOptions>,
    backoff: Backoff,
    was_live: bool,
    refusals: Refusals,
}

impl ReconnectPolicy {
    pub(super) fn new(options: Arc<ClientOptions>) -> Self {
        Self {
            backoff: options.backoff(),
            refusals: Refusals::new(&options),
            options,
            was_live: false,
        }
    }

    /// Graph has issued an endpoint: it does not refuse the session any more.
    pub(super) fn note_endpoint(&mut self) {
        self.refusals.end();
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
            self.refusals.end();
            return false;
        }
        self.refusals.are_final(error, self.was_live, now)
    }

    /// The shortest wait before the next attempt, while a refusal is doubted.
    pub(super) fn doubt(&self) -> Duration {
        self.refusals.wait()
    }

    /// The wait before the next attempt, if the service may have requested a pause.
    pub(super) fn next_wait(&mut self, requested: Option<Duration>) -> Duration {
        self.backoff.wait_after(requested)
    }

    /// Whether a connection of this age proves that the service is well.
    pub(super) fn is_lasting(&self, age: Duration) -> bool {
        age >= self.options.retry_reset_after
    }

    pub(super) fn reset_backoff(&mut self) {
        self.backoff.reset();
    }
}
