use std::error::Error as StdError;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use drivebell::{AccessToken, BoxError, Credential, TokenRequest};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Result, Status, bindgen_prelude::Function};
use napi_derive::napi;
use tokio::sync::oneshot;

use crate::time;

type Answer = std::result::Result<AccessToken, CredentialFailure>;

/// Weak, because asking for a token is no reason of its own to keep a process alive: the call or
/// the session that needs it does.
type Ask = ThreadsafeFunction<Question, (), NativeTokenCall, Status, false, true>;

struct Question {
    request: TokenRequest,
    answer: oneshot::Sender<Answer>,
}

/// What the JavaScript credential threw. The value itself stays in JavaScript, under a number.
#[derive(Debug)]
pub(crate) struct CredentialFailure {
    pub(crate) number: u32,
    message: String,
}

impl fmt::Display for CredentialFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for CredentialFailure {}

/// A credential that is asked on the thread that made it.
pub(crate) fn from_function(ask: &Function<'_, NativeTokenCall, ()>) -> Result<Credential> {
    let ask: Ask = ask
        .build_threadsafe_function::<Question>()
        .weak::<true>()
        .build_callback(|context| {
            Ok(NativeTokenCall {
                request: context.value.request,
                answer: Mutex::new(Some(context.value.answer)),
            })
        })?;
    Ok(Credential::from_fn(move |request| {
        let (answer, answered) = oneshot::channel();
        let question = Question { request, answer };
        // Refused only while the environment shuts down; then the answer's sender is gone too.
        ask.call(question, ThreadsafeFunctionCallMode::NonBlocking);
        async move {
            match answered.await {
                Ok(answer) => answer.map_err(BoxError::from),
                // Nobody will answer: the promise that the credential gave was collected unsettled,
                // which is how one that hangs may end, or the environment shuts down. How long
                // an answer is waited for, the core decides.
                Err(_) => std::future::pending().await,
            }
        }
    }))
}

/// One question to the credential, to be answered once.
#[napi]
pub struct NativeTokenCall {
    request: TokenRequest,
    answer: Mutex<Option<oneshot::Sender<Answer>>>,
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

    /// `expires_at` as `Date` counts, if it is known.
    #[napi(catch_unwind)]
    pub fn resolve(&self, token: String, expires_at: Option<f64>) {
        let token = AccessToken::new(token);
        self.answer(Ok(match expires_at.and_then(time::instant) {
            Some(expires_at) => token.with_expiry(expires_at),
            None => token,
        }));
    }

    /// False if nobody waits for the answer any more, and will ask for the failure by its number.
    #[napi(catch_unwind)]
    pub fn reject(&self, number: u32, message: String) -> bool {
        self.answer(Err(CredentialFailure { number, message }))
    }

    fn answer(&self, answer: Answer) -> bool {
        self.answer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .is_some_and(|sender| sender.send(answer).is_ok())
    }
}
