use std::future::Future;

use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Result, Status};
use napi_derive::napi;
use tokio::task::AbortHandle;

use crate::error::NativeError;
use crate::runtime;

type Settle<T> = ThreadsafeFunction<T, (), T, Status, false>;

/// A call under way. It keeps the process alive until it has settled.
#[napi]
pub struct NativeOperation(Option<AbortHandle>);

#[napi]
impl NativeOperation {
    /// Gives the call up: it settles at once, unless it just has.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

impl Drop for NativeOperation {
    /// Only an environment that is torn down lets go of a call that has not settled.
    fn drop(&mut self) {
        self.cancel();
    }
}

/// Runs `work` on the runtime, and hands its result to `settle` on the thread that asked.
pub(crate) fn start<T, R>(
    settle: &Function<'_, T, ()>,
    work: impl Future<Output = std::result::Result<R, drivebell::Error>> + Send + 'static,
) -> Result<NativeOperation>
where
    T: From<std::result::Result<R, NativeError>> + Send + napi::bindgen_prelude::ToNapiValue,
    T: 'static,
    R: Send + 'static,
{
    let settle: Settle<T> = settle
        .build_threadsafe_function::<T>()
        .build_callback(|context| Ok(context.value))?;
    let answer = move |result: std::result::Result<R, NativeError>| {
        settle.call(result.into(), ThreadsafeFunctionCallMode::NonBlocking);
    };
    let Some(runtime) = runtime::handle() else {
        answer(Err(NativeError::internal("no thread could be started")));
        return Ok(NativeOperation(None));
    };
    let task = runtime.spawn(work);
    let abort = task.abort_handle();
    runtime.spawn(async move {
        answer(match task.await {
            Ok(result) => result.map_err(Into::into),
            Err(ended) if ended.is_cancelled() => Err(NativeError::cancelled()),
            Err(_) => Err(NativeError::internal("the call has panicked")),
        });
    });
    Ok(NativeOperation(Some(abort)))
}
