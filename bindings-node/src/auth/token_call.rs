use std::sync::Mutex;

use drivebell::{AccessToken, CredentialFailure, TokenRequest};
use napi_derive::napi;
use tokio::sync::oneshot;

use crate::auth::thrown::{FreeIds, NativeThrown};
use crate::runtime::lock;
use crate::time;

pub(crate) type TokenResult = std::result::Result<AccessToken, CredentialFailure>;

/// One call of the credential, to be settled once. If it is garbage-collected before that, nothing
/// can settle it any more: the call then fails.
#[napi]
pub struct NativeTokenCall {
    request: TokenRequest,
    result: Mutex<Option<oneshot::Sender<TokenResult>>>,
    free: FreeIds,
}

/// What the credential threw, or what is wrong with what it returned.
#[napi(object, object_to_js = false)]
pub struct NativeFailure {
    /// Under which JavaScript holds the value.
    pub id: u32,
    pub class_names: Vec<String>,
    pub text: String,
    pub causes: Vec<String>,
    pub oauth_error: Option<String>,
    pub is_misuse: bool,
}

impl NativeTokenCall {
    pub(crate) fn new(
        request: TokenRequest,
        result: oneshot::Sender<TokenResult>,
        free: FreeIds,
    ) -> Self {
        Self {
            request,
            result: Mutex::new(Some(result)),
            free,
        }
    }

    fn settle(&self, result: TokenResult) {
        if let Some(sender) = lock(&self.result).take() {
            // Fails if the runtime has stopped.
            let _ = sender.send(result);
        }
    }
}

#[napi]
impl NativeTokenCall {
    #[napi(getter, catch_unwind)]
    pub fn scopes(&self) -> Vec<String> {
        self.request.scopes.clone()
    }

    #[napi(getter, catch_unwind)]
    pub fn refresh(&self) -> bool {
        self.request.refresh
    }

    #[napi(getter, catch_unwind)]
    pub fn claims(&self) -> Option<String> {
        self.request.claims.clone()
    }

    /// A person may be asked from now on.
    #[napi(catch_unwind)]
    pub fn may_sign_in(&self) {
        self.request.may_sign_in();
    }

    /// A person is asked to sign in.
    #[napi(catch_unwind)]
    pub fn signing_in(&self) {
        self.request.signing_in();
    }

    /// The times are in milliseconds since 1970.
    #[napi(catch_unwind)]
    pub fn resolve(&self, token: String, expires_at: Option<f64>, refresh_at: Option<f64>) {
        let mut token = AccessToken::new(token);
        if let Some(expires_at) = expires_at.map(time::instant) {
            token = token.with_expiry(expires_at);
        }
        if let Some(refresh_at) = refresh_at.map(time::instant) {
            token = token.with_refresh(refresh_at);
        }
        self.settle(Ok(token));
    }

    /// Returns the ids to which no error refers any more.
    #[napi(catch_unwind)]
    pub fn reject(&self, failure: NativeFailure) -> Vec<u32> {
        let thrown = NativeThrown::new(failure.id, self.free.clone());
        self.settle(Err(CredentialFailure {
            class_names: failure.class_names,
            text: failure.text,
            causes: failure.causes,
            oauth_error: failure.oauth_error,
            is_misuse: failure.is_misuse,
            source: Box::new(thrown),
        }));
        self.free.take()
    }
}
