//! Caches the access token, and decides when to request another from the credential.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use super::access_token::AccessToken;
use super::credential::Credential;
use super::token_call::{CallOwner, CallTimeouts, Outcome, TokenCall, Waiter};
use super::token_request::TokenRequest;
use crate::Error;
use crate::label::Label;
use crate::lock::lock;

/// The options of a source of tokens.
#[derive(Debug, Clone)]
pub(crate) struct TokenOptions {
    /// Of the client.
    pub(crate) label: Label,
    pub(crate) scopes: Vec<String>,
    /// How long the credential may take.
    pub(crate) credential_timeout: Duration,
    /// How long it may take while a person signs in.
    pub(crate) sign_in_timeout: Duration,
    /// How long before its known expiry a token is refreshed.
    pub(crate) refresh_margin: Duration,
}

/// A credential, with the last token that it gave. It is called once at a time: everything that
/// needs a token waits for the call under way.
pub(crate) struct TokenSource {
    options: TokenOptions,
    /// For `Debug`, and for what does not change.
    is_renewable: bool,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Whether a person is asked to sign in.
    signing_in: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    /// `None` once the client is closed.
    credential: Option<Credential>,
    cached: Option<AccessToken>,
    call: Option<TokenCall>,
    /// A person was asked and did not sign in. Nobody is asked again before `sign_in`.
    declined: Option<Error>,
}

/// What Graph said about a token.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) token: AccessToken,
    /// The claims that a new one must satisfy.
    pub(crate) claims: Option<String>,
}

impl TokenSource {
    pub(crate) fn new(credential: Credential, options: TokenOptions) -> Self {
        Self {
            is_renewable: credential.fixed().is_none(),
            options,
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    credential: Some(credential),
                    ..State::default()
                }),
                signing_in: watch::Sender::new(false),
            }),
        }
    }

    /// A source with the same options for another credential.
    pub(crate) fn for_credential(&self, credential: Credential, label: Label) -> Self {
        let options = TokenOptions {
            label,
            ..self.options.clone()
        };
        Self::new(credential, options)
    }

    /// Whether the credential can give a fresh token.
    pub(crate) fn are_renewable(&self) -> bool {
        self.is_renewable
    }

    /// Whether a person is asked to sign in; changes when that begins and ends.
    pub(crate) fn signing_in(&self) -> watch::Receiver<bool> {
        self.shared.signing_in.subscribe()
    }

    /// Forgets the credential and its token, and tells a call under way to stop.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.shared.state);
        let forgotten = std::mem::take(&mut *state);
        // What is dropped may call back.
        drop(state);
        if let Some(call) = &forgotten.call {
            call.cancel();
        }
    }

    /// A token to send.
    pub(crate) async fn get(&self) -> Result<AccessToken, Error> {
        let spare = match self.cached() {
            Some(token) if token.is_fresh(self.options.refresh_margin, SystemTime::now()) => {
                return Ok(token);
            }
            // It is to be replaced, but still works.
            spare => spare.filter(|token| token.outlasts(Duration::ZERO, SystemTime::now())),
        };
        if let Some(error) = self.declined() {
            return spare.ok_or(error);
        }
        let Some(spare) = spare else {
            return self.ask(None, false).await;
        };
        self.ask_or_use(spare).await
    }

    /// A token instead of one that Graph refused.
    pub(crate) async fn replace(&self, refused: Refused) -> Result<AccessToken, Error> {
        // Another call may have replaced it already.
        if let Some(token) = self.cached()
            && token.expose() != refused.token.expose()
            && token.outlasts(Duration::ZERO, SystemTime::now())
        {
            return Ok(token);
        }
        match self.declined() {
            Some(error) => Err(error),
            None => self.ask(Some(&refused), false).await,
        }
    }

    /// Gets a token, and lets a person sign in for it.
    pub(crate) async fn sign_in(&self) -> Result<(), Error> {
        let cached = self.cached();
        if cached.is_some_and(|it| it.is_fresh(self.options.refresh_margin, SystemTime::now())) {
            return Ok(());
        }
        lock(&self.shared.state).declined = None;
        self.ask(None, true).await?;
        Ok(())
    }

    fn cached(&self) -> Option<AccessToken> {
        lock(&self.shared.state).cached.clone()
    }

    fn declined(&self) -> Option<Error> {
        lock(&self.shared.state).declined.clone()
    }

    /// Asks the credential, but uses `spare` if that fails, or if a person would have to sign in:
    /// the call then continues meanwhile.
    async fn ask_or_use(&self, spare: AccessToken) -> Result<AccessToken, Error> {
        let mut signing_in = self.signing_in();
        let asked = tokio::select! {
            biased;
            asked = self.ask(None, false) => asked,
            _ = signing_in.wait_for(|asking| *asking) => {
                if let Some(call) = &lock(&self.shared.state).call {
                    call.keep();
                }
                return Ok(spare);
            }
        };
        asked.or_else(|error| {
            tracing::warn!(
                label = self.options.label.as_str(),
                error = error.message(),
                help_url = error.help_url(),
                "the credential failed; using the last token, which expires soon"
            );
            Ok(spare)
        })
    }

    /// Calls the credential, or waits for the call under way.
    async fn ask(&self, refused: Option<&Refused>, sign_in: bool) -> Result<AccessToken, Error> {
        loop {
            let (waiter, is_fresh) = match self.start_or_join(refused, sign_in)? {
                Asked::Fixed(token) => return Ok(token),
                Asked::Call(waiter, is_fresh) => (waiter, is_fresh),
            };
            match waiter.outcome().await {
                // The call that was joined did not know that this token was refused.
                Outcome::Token(token)
                    if !is_fresh
                        && refused.is_some_and(|it| it.token.expose() == token.expose()) => {}
                Outcome::Token(token) => return Ok(token),
                Outcome::Failed(error) => return Err(error),
                Outcome::TimedOut | Outcome::Abandoned => {}
            }
        }
    }

    fn start_or_join(&self, refused: Option<&Refused>, sign_in: bool) -> Result<Asked, Error> {
        let mut state = lock(&self.shared.state);
        let Some(credential) = state.credential.clone() else {
            return Err(Error::client_closed());
        };
        if let Some(token) = credential.fixed() {
            return Ok(Asked::Fixed(token.clone()));
        }
        if let Some(call) = &state.call
            && let Some(waiter) = call.join()
        {
            if sign_in {
                call.allow_asking();
            }
            let is_fresh = call.is_refresh || refused.is_none();
            return Ok(Asked::Call(waiter, is_fresh));
        }
        let request = TokenRequest {
            scopes: self.options.scopes.clone(),
            refresh: refused.is_some(),
            claims: refused.and_then(|refused| refused.claims.clone()),
            progress: Arc::default(),
        };
        if sign_in || credential.is_interactive() {
            request.progress.may_ask.set();
        }
        let future = credential
            .call(request.clone())
            .expect("a credential without a fixed token can be called");
        let (call, waiter) = TokenCall::start(
            &request,
            future,
            credential.outlives_drop(),
            CallTimeouts {
                credential: self.options.credential_timeout,
                sign_in: self.options.sign_in_timeout,
            },
            Arc::clone(&self.shared) as Arc<dyn CallOwner>,
        );
        state.call = Some(call);
        Ok(Asked::Call(waiter, true))
    }
}

enum Asked {
    Fixed(AccessToken),
    /// A call to wait for, and whether its token can be trusted not to be the one that Graph
    /// refused.
    Call(Waiter, bool),
}

impl CallOwner for Shared {
    fn asking(&self) {
        self.signing_in.send_replace(true);
    }

    fn ended(&self, outcome: &Outcome, asked: bool) {
        self.signing_in
            .send_if_modified(|asking| std::mem::replace(asking, false));
        let mut state = lock(&self.state);
        // Closed meanwhile: nothing is kept.
        if state.credential.is_none() {
            return;
        }
        let call = state.call.take();
        match outcome {
            Outcome::Token(token) => {
                state.cached = Some(token.clone());
                state.declined = None;
            }
            Outcome::Failed(error) if asked && !error.retryable() => {
                state.declined = Some(error.clone());
            }
            Outcome::Failed(_) | Outcome::TimedOut | Outcome::Abandoned => {}
        }
        drop(state);
        drop(call);
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &lock(&self.shared.state).credential {
            Some(credential) => credential.fmt(f),
            None => f.write_str("None"),
        }
    }
}

#[cfg(test)]
#[path = "token_source_tests.rs"]
mod tests;
