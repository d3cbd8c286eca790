//! Gets access tokens with the refresh token of a login, and keeps the login up to date.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use drivebell::AccessToken;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::answer::Tokens;
use super::file::LoginFile;
use super::identity_service::IdentityService;
use super::record::Login;

/// A login in use. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Renewal(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    service: IdentityService,
    file: LoginFile,
    /// Held during a request: one call renews, and those that waited take its token.
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    login: Login,
    last: Option<Renewed>,
    has_warned: bool,
}

/// A fresh access token.
#[derive(Debug, Clone)]
pub(crate) struct Renewed {
    pub(crate) token: AccessToken,
    pub(crate) expires_at: Option<SystemTime>,
    received: Instant,
}

/// Why there is no token.
#[derive(Debug)]
pub(crate) enum NotRenewed {
    /// The user must sign in again.
    Refused(String),
    /// It may pass.
    Failed(String),
}

impl Renewal {
    pub(crate) fn new(service: IdentityService, file: LoginFile, login: Login) -> Self {
        let state = State {
            login,
            last: None,
            has_warned: false,
        };
        Self(Arc::new(Inner {
            service,
            file,
            state: Mutex::new(state),
        }))
    }

    /// The login as it is now.
    pub(crate) async fn login(&self) -> Login {
        self.0.state.lock().await.login.clone()
    }

    /// Gets a token that no earlier call has got. `claims` is the challenge that it must meet.
    pub(crate) async fn renew(&self, claims: Option<&str>) -> Result<Renewed, NotRenewed> {
        let called = Instant::now();
        let inner = &*self.0;
        let mut state = inner.state.lock().await;
        if let Some(last) = &state.last
            && last.received > called
            && claims.is_none()
        {
            return Ok(last.clone());
        }
        inner.adopt_stored(&mut state).await?;
        let tokens = match inner.service.renew(&state.login, claims).await {
            Ok(tokens) => tokens,
            Err(failure) if failure.is_refusal => {
                return Err(NotRenewed::Refused(format!(
                    "the login of {} has ended; run `drivebell login` again: {failure}",
                    state.login.account
                )));
            }
            Err(failure) => return Err(NotRenewed::Failed(failure.to_string())),
        };
        let renewed = Renewed::new(&tokens);
        state.last = Some(renewed.clone());
        inner.keep(&mut state, tokens).await;
        Ok(renewed)
    }
}

impl Inner {
    /// Another process may have renewed the login, or the user may have signed in again.
    async fn adopt_stored(&self, state: &mut State) -> Result<(), NotRenewed> {
        let file = self.file.clone();
        match spawn_blocking(move || file.read()).await {
            Ok(Ok(Some(stored))) if state.login.is_replaced_by(&stored) => state.login = stored,
            Ok(Ok(None)) => {
                return Err(NotRenewed::Refused(format!(
                    "the login of {} was deleted, as `drivebell logout` does; run `drivebell login` \
                     again",
                    state.login.account
                )));
            }
            // The login of another user does not concern this one, and the token still works if the
            // file is unreadable.
            _ => {}
        }
        Ok(())
    }

    /// Stores the new refresh token. Microsoft's old one stays valid, so that a failure is no reason
    /// to end.
    async fn keep(&self, state: &mut State, tokens: Tokens) {
        let mut login = state.login.clone();
        if let Some(refresh_token) = tokens.refresh_token {
            login.refresh_token = refresh_token;
        }
        if !tokens.scopes.is_empty() {
            login.granted = tokens.scopes;
        }
        if login == state.login {
            return;
        }
        state.login = login.clone();
        let file = self.file.clone();
        let updated = spawn_blocking(move || file.update(&login)).await;
        if let Ok(Err(problem)) = updated
            && !state.has_warned
        {
            state.has_warned = true;
            let _ = writeln!(
                io::stderr(),
                "drivebell: the renewed login is not stored: {} {problem}. This run continues; the \
                 next one uses the older login, until it expires",
                self.file.path().display()
            );
        }
    }
}

impl Renewed {
    fn new(tokens: &Tokens) -> Self {
        let token = AccessToken::new(tokens.access_token.expose());
        let expires_at = tokens
            .expires_in
            .and_then(|left: Duration| SystemTime::now().checked_add(left));
        Self {
            token: match expires_at {
                Some(expires_at) => token.with_expiry(expires_at),
                None => token,
            },
            expires_at,
            received: Instant::now(),
        }
    }
}
