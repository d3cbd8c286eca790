//! One call of a credential, which everything that needs a token meanwhile waits for.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::access_token::AccessToken;
use super::credential::{BoxError, TokenFuture};
use super::failure;
use super::token_request::{Progress, TokenRequest};
use crate::clock::later;
use crate::help_page::ErrorCause;
use crate::mention::mention;
use crate::{Error, ErrorKind};

/// A call for which nobody waits any more is given up after this time. An attempt that follows at
/// once, after the machine slept for instance, must find it.
const GRACE: Duration = Duration::from_millis(500);

/// How much longer than the call itself somebody waits for its end.
const SLACK: Duration = Duration::from_millis(50);

/// An interactive credential that takes longer than this is taken to ask a person. A refresh of an
/// access token takes some hundred milliseconds.
const PROMPT_AFTER: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy)]
pub(super) struct CallTimeouts {
    pub(super) credential: Duration,
    pub(super) sign_in: Duration,
}

impl CallTimeouts {
    /// How long an interactive credential may take, which does not say when it asks the person: the
    /// person's time, and the identity service's. A device code expires before that, and then the
    /// credential knows better why there is no token.
    fn interactive(self) -> Duration {
        self.sign_in.saturating_add(self.credential)
    }
}

#[derive(Debug, Clone)]
pub(super) enum Outcome {
    Token(AccessToken),
    Failed(Error),
    /// It was given up after its time.
    TimedOut,
    /// It was given up because nobody waited for it. Whoever does now needs another call.
    Abandoned,
}

/// A call that is under way.
#[derive(Clone)]
pub(super) struct TokenCall {
    /// Gone if the runtime has stopped the task of the call.
    outcome: Weak<watch::Sender<Option<Outcome>>>,
    progress: Arc<Progress>,
    /// What was asked for: a token that is not from a cache.
    pub(super) is_refresh: bool,
    given_up: Arc<AtomicBool>,
    started: Instant,
    timeouts: CallTimeouts,
}

/// What a call tells the source of tokens, which keeps it.
pub(super) trait CallOwner: Send + Sync + 'static {
    /// A person is asked to sign in.
    fn asking(&self);
    /// The call has ended, and publishes this next. `asked`: it has asked a person.
    fn ended(&self, outcome: &Outcome, asked: bool);
}

impl TokenCall {
    /// Starts the call in a task of its own. `outlives_drop` is that of the credential.
    pub(super) fn start(
        request: &TokenRequest,
        future: TokenFuture,
        outlives_drop: bool,
        timeouts: CallTimeouts,
        owner: Arc<dyn CallOwner>,
    ) -> (Self, Waiter) {
        let (sender, receiver) = watch::channel(None);
        let sender = Arc::new(sender);
        let call = Self {
            outcome: Arc::downgrade(&sender),
            progress: Arc::clone(&request.progress),
            is_refresh: request.refresh,
            given_up: Arc::default(),
            started: Instant::now(),
            timeouts,
        };
        let waiter = call.waiter(receiver);
        let task = Task {
            call: call.clone(),
            outcome: sender,
            owner,
        };
        tokio::spawn(task.run(future, outlives_drop));
        (call, waiter)
    }

    /// Waits for the call as well; `None` if it has ended.
    pub(super) fn join(&self) -> Option<Waiter> {
        let outcome = self.outcome.upgrade()?;
        let receiver = outcome.subscribe();
        let has_ended = receiver.borrow().is_some();
        (!has_ended).then(|| self.waiter(receiver))
    }

    /// A person may be asked during this call.
    pub(super) fn allow_asking(&self) {
        self.progress.may_ask.set();
    }

    /// The call goes on even if nobody waits for it at the moment.
    pub(super) fn keep(&self) {
        self.progress.wanted.set();
    }

    /// Nobody needs the token any more.
    pub(super) fn cancel(&self) {
        self.progress.cancelled.set();
    }

    fn waiter(&self, outcome: watch::Receiver<Option<Outcome>>) -> Waiter {
        Waiter {
            call: self.clone(),
            joined_late: self.given_up.load(Ordering::SeqCst),
            joined: Instant::now(),
            outcome,
        }
    }

    /// Until when the call may take, which depends on what it has said so far.
    fn limit(&self) -> Instant {
        let allowed = if self.progress.asks.is_set() || self.progress.may_ask.is_set() {
            self.timeouts.interactive()
        } else {
            self.timeouts.credential
        };
        later(self.started, allowed)
    }
}

/// Somebody who waits for a call.
pub(super) struct Waiter {
    call: TokenCall,
    /// The call was given up before, and has not ended yet.
    joined_late: bool,
    joined: Instant,
    outcome: watch::Receiver<Option<Outcome>>,
}

impl Waiter {
    /// What the call ends with, or a timeout: a call that does not end although it was given up is
    /// waited for again by the next attempt.
    pub(super) async fn outcome(mut self) -> Outcome {
        loop {
            let limit = self.call.limit();
            let own_limit = later(self.joined, self.call.timeouts.credential);
            let ended = tokio::select! {
                biased;
                ended = self.outcome.wait_for(Option::is_some) => ended.ok().and_then(|it| it.clone()),
                () = sleep_until(limit.max(own_limit) + SLACK) => {
                    if self.call.limit() > limit {
                        continue;
                    }
                    return Outcome::Failed(self.call.timed_out());
                }
            };
            return match ended {
                Some(Outcome::TimedOut) if !self.joined_late => {
                    Outcome::Failed(self.call.timed_out())
                }
                // Its end is no answer to somebody who came after it was given up. None: the runtime
                // has stopped the task.
                Some(Outcome::TimedOut) | None => Outcome::Abandoned,
                Some(outcome) => outcome,
            };
        }
    }
}

impl TokenCall {
    fn timed_out(&self) -> Error {
        if self.progress.asks.is_set() {
            return Error::new(
                ErrorKind::Authentication,
                format!(
                    "nobody signed in within {:.0?} {}; sign in again when somebody is there",
                    self.timeouts.sign_in,
                    mention("sign_in_timeout")
                ),
            )
            .with_cause(ErrorCause::SignInRefused);
        }
        let (limit, option) = if self.progress.may_ask.is_set() {
            (self.timeouts.interactive(), "sign_in_timeout")
        } else {
            (self.timeouts.credential, "credential_timeout")
        };
        let elapsed = self.started.elapsed();
        let hangs = if elapsed > limit.saturating_mul(2) {
            format!(
                "; it was called {:.0?} ago, and is not called again before it returns",
                Duration::from_secs(elapsed.as_secs())
            )
        } else {
            String::new()
        };
        Error::new(
            ErrorKind::Timeout,
            format!(
                "the credential gave no token within {limit:.0?} {}; it may be waiting for a \
                 person, or for an identity service that does not answer{hangs}",
                mention(option)
            ),
        )
        .with_cause(ErrorCause::CredentialTimeout)
    }
}

/// Makes the call.
struct Task {
    call: TokenCall,
    outcome: Arc<watch::Sender<Option<Outcome>>>,
    owner: Arc<dyn CallOwner>,
}

impl Task {
    async fn run(self, future: TokenFuture, outlives_drop: bool) {
        let mut future = AssertUnwindSafe(future).catch_unwind();
        let asked = AtomicBool::new(false);
        let given_up = tokio::select! {
            biased;
            result = &mut future => Err(result),
            outcome = self.reason_to_give_up(&asked) => Ok(outcome),
        };
        // One that fails as soon as it has said that it asks was not seen to ask.
        let asked = asked.into_inner() || self.call.progress.asks.is_set();
        let given_up = match given_up {
            Err(result) => return self.end(outcome_of(result), asked),
            Ok(given_up) => given_up,
        };
        // Before the signal, which may end the call at once.
        self.call.given_up.store(true, Ordering::SeqCst);
        self.call.progress.cancelled.set();
        if outlives_drop {
            // It may still give a token: somebody may have signed in too late, for instance.
            let late = outcome_of(future.await);
            let outcome = match late {
                Outcome::Token(_) => late,
                _ => given_up,
            };
            return self.end(outcome, asked);
        }
        drop(future);
        self.end(given_up, asked);
    }

    /// Returns when the call is to be given up, with its outcome. Notes whether it asks a person.
    async fn reason_to_give_up(&self, asked: &AtomicBool) -> Outcome {
        let mut asking = pin!(self.asking());
        loop {
            let limit = self.call.limit();
            tokio::select! {
                biased;
                () = self.call.progress.cancelled.wait() => return Outcome::Abandoned,
                () = &mut asking, if !asked.load(Ordering::SeqCst) => {
                    asked.store(true, Ordering::SeqCst);
                    self.owner.asking();
                }
                () = self.abandoned() => return Outcome::Abandoned,
                () = sleep_until(limit) => {
                    if self.call.limit() > limit {
                        continue;
                    }
                    // A person who does not come is an answer, for whoever asks later too.
                    return if self.call.progress.asks.is_set() {
                        Outcome::Failed(self.call.timed_out())
                    } else {
                        Outcome::TimedOut
                    };
                }
            }
        }
    }

    /// Returns when a person is asked, as far as can be seen.
    async fn asking(&self) {
        let progress = &self.call.progress;
        let seems_to_ask = async {
            progress.may_ask.wait().await;
            sleep_until(later(self.call.started, PROMPT_AFTER)).await;
        };
        tokio::select! {
            biased;
            () = progress.asks.wait() => {}
            () = seems_to_ask => {}
        }
    }

    /// Returns when nobody has waited for the call for a while.
    async fn abandoned(&self) {
        loop {
            self.outcome.closed().await;
            if self.call.progress.wanted.is_set() {
                return std::future::pending().await;
            }
            sleep(GRACE).await;
            if self.outcome.is_closed() && !self.call.progress.wanted.is_set() {
                return;
            }
        }
    }

    fn end(self, outcome: Outcome, asked: bool) {
        self.owner.ended(&outcome, asked);
        self.outcome.send_replace(Some(outcome));
    }
}

fn outcome_of(result: std::thread::Result<Result<AccessToken, BoxError>>) -> Outcome {
    let token = match result {
        Ok(Ok(token)) => token,
        Ok(Err(error)) => return Outcome::Failed(failure::error(error)),
        Err(_) => return Outcome::Failed(failure::error("it panicked".into())),
    };
    match token.problem(SystemTime::now()) {
        None => Outcome::Token(token),
        Some(found) if found.field == "token" => Outcome::Failed(failure::misuse(&found.problem)),
        // Time may cure it: a file that is about to be replaced, or a clock that is wrong.
        Some(found) => {
            let problem = format!("{}: {}", found.field, found.problem);
            Outcome::Failed(failure::misuse(&problem).uncertain())
        }
    }
}
