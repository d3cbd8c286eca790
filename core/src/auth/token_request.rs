use std::fmt;
use std::sync::Arc;

use crate::latch::Latch;

/// A request for an access token, for the function of
/// [`Credential::from_fn`](crate::Credential::from_fn).
#[derive(Clone)]
#[non_exhaustive]
pub struct TokenRequest {
    /// The OAuth scopes, as given to the client.
    pub scopes: Vec<String>,
    /// Whether a cached token must not be returned, because Graph refused the last one.
    pub refresh: bool,
    /// The claims that the new token must satisfy (Continuous Access Evaluation), as JSON for the
    /// identity library. Usually none.
    pub claims: Option<String>,
    pub(super) progress: Arc<Progress>,
}

/// What the two sides of a token request tell each other while it runs.
#[derive(Default)]
pub(super) struct Progress {
    /// The credential may ask a person.
    pub(super) may_ask: Latch,
    /// The credential has said that it asks a person now.
    pub(super) asks: Latch,
    /// The client does not wait for the token any more.
    pub(super) cancelled: Latch,
    /// The call is to go on even if nobody waits for it at the moment.
    pub(super) wanted: Latch,
}

impl TokenRequest {
    /// Call this when a person is asked to sign in: the request may then take
    /// [`sign_in_timeout`](crate::ClientBuilder::sign_in_timeout) instead of
    /// [`credential_timeout`](crate::ClientBuilder::credential_timeout), and sessions report
    /// [`Lifecycle::SigningIn`](crate::Lifecycle::SigningIn).
    pub fn signing_in(&self) {
        self.progress.asks.set();
    }

    /// For the bindings: a person may be asked from now on, as by
    /// [`Credential::interactive`](crate::Credential::interactive).
    #[doc(hidden)]
    pub fn may_sign_in(&self) {
        self.progress.may_ask.set();
    }

    /// Whether the client has given up this request: nobody waits for the token any more. A
    /// function that blocks should check this, and stop.
    pub fn is_cancelled(&self) -> bool {
        self.progress.cancelled.is_set()
    }

    /// Waits until the client gives up this request.
    pub async fn cancelled(&self) {
        self.progress.cancelled.wait().await;
    }
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRequest")
            .field("scopes", &self.scopes)
            .field("refresh", &self.refresh)
            .field("claims", &self.claims)
            .finish_non_exhaustive()
    }
}
