use std::sync::Mutex;

use drivebell::{AccessToken, BoxError, Credential, TokenRequest};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Result, Status, bindgen_prelude::Function};
use napi_derive::napi;
use tokio::sync::oneshot;

use crate::error::CredentialFailure;
use crate::runtime::lock;
use crate::time;

type TokenResult = std::result::Result<AccessToken, CredentialFailure>;

/// Weak: a token request does not keep the process alive by itself. The call or the session that
/// needs the token does.
type TokenFunction = ThreadsafeFunction<TokenCall, (), NativeTokenCall, Status, false, true>;

struct TokenCall {
    request: TokenRequest,
    result: oneshot::Sender<TokenResult>,
}

/// A credential that calls `function` on the thread that passed it.
pub(crate) fn from_function(function: &Function<'_, NativeTokenCall, ()>) -> Result<Credential> {
    let function: TokenFunction = function
        .build_threadsafe_function::<TokenCall>()
        .weak::<true>()
        .build_callback(|context| {
            Ok(NativeTokenCall {
                request: context.value.request,
                result: Mutex::new(Some(context.value.result)),
            })
        })?;
    Ok(Credential::from_fn(move |request| {
        let (result, receiver) = oneshot::channel();
        let call = TokenCall { request, result };
        // Fails only while the environment shuts down, and drops the sender then.
        function.call(call, ThreadsafeFunctionCallMode::NonBlocking);
        async move {
            match receiver.await {
                Ok(result) => result.map_err(BoxError::from),
                // There will be no result: the environment shuts down, or the credential's promise
                // was garbage-collected unsettled. The core's timeout ends the wait.
                Err(_) => std::future::pending().await,
            }
        }
    }))
}

/// One call of the credential, to be settled once.
#[napi]
pub struct NativeTokenCall {
    request: TokenRequest,
    result: Mutex<Option<oneshot::Sender<TokenResult>>>,
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

    /// `expires_at` is in milliseconds since 1970.
    #[napi(catch_unwind)]
    pub fn resolve(&self, token: String, expires_at: Option<f64>) {
        let token = AccessToken::new(token);
        self.settle(Ok(match expires_at.and_then(time::instant) {
            Some(expires_at) => token.with_expiry(expires_at),
            None => token,
        }));
    }

    /// `id` stands for what the credential threw. Returns false if the failure leads to no error,
    /// because the call was cancelled: the id is then free.
    #[napi(catch_unwind)]
    pub fn reject(&self, id: u32, message: String) -> bool {
        self.settle(Err(CredentialFailure { id, message }))
    }

    fn settle(&self, result: TokenResult) -> bool {
        lock(&self.result)
            .take()
            .is_some_and(|sender| sender.send(result).is_ok())
    }
}
