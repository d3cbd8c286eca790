use std::sync::Arc;

use drivebell::{AccessToken, BoxError, Credential, TokenRequest};
use napi::bindgen_prelude::{Either, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Result, Status};
use tokio::sync::oneshot;

use crate::auth::thrown::FreeIds;
use crate::auth::token_call::{NativeTokenCall, TokenResult};

/// A credential from JavaScript: a token, or a function that gets each call to settle it. Without a
/// call, the function is to give up the one under way.
pub(crate) type FromJs<'env> = Either<String, Function<'env, Option<NativeTokenCall>, ()>>;

/// Weak: a token request does not keep the process alive by itself. The call or the session that
/// needs the token does.
type TokenFunction = ThreadsafeFunction<Message, (), Option<NativeTokenCall>, Status, false, true>;

enum Message {
    Ask(TokenRequest, oneshot::Sender<TokenResult>),
    GiveUp,
}

/// `class_names` are those of a credential object.
pub(crate) fn take(
    credential: FromJs<'_>,
    class_names: &[String],
) -> Result<std::result::Result<Credential, drivebell::Error>> {
    Ok(match credential {
        Either::A(token) => Credential::token(token),
        Either::B(function) => Ok(from_function(&function)?.recognized(class_names)),
    })
}

/// A credential that calls `function` on the thread that passed it.
fn from_function(function: &Function<'_, Option<NativeTokenCall>, ()>) -> Result<Credential> {
    let free = FreeIds::default();
    let function: TokenFunction = function
        .build_threadsafe_function::<Message>()
        .weak::<true>()
        .build_callback(move |context| {
            Ok(match context.value {
                Message::Ask(request, result) => {
                    Some(NativeTokenCall::new(request, result, free.clone()))
                }
                Message::GiveUp => None,
            })
        })?;
    let function = Arc::new(function);
    let ask = move |request| ask(Arc::clone(&function), request);
    Ok(Credential::from_fn(ask).outliving_drop())
}

/// Returns when the credential has settled the call. Calls of `function` that fail drop the message:
/// the environment shuts down.
async fn ask(
    function: Arc<TokenFunction>,
    request: TokenRequest,
) -> std::result::Result<AccessToken, BoxError> {
    let (sender, mut result) = oneshot::channel();
    let message = Message::Ask(request.clone(), sender);
    function.call(message, ThreadsafeFunctionCallMode::NonBlocking);
    let result = tokio::select! {
        biased;
        result = &mut result => result,
        () = request.cancelled() => {
            function.call(Message::GiveUp, ThreadsafeFunctionCallMode::NonBlocking);
            // A promise may never settle. The function of a closed client must not wait for it.
            drop(function);
            result.await
        }
    };
    match result {
        Ok(result) => result.map_err(BoxError::from),
        Err(_) => Err("its promise can never settle: nothing refers to it any more".into()),
    }
}
