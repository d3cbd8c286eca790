use std::future::Future;

use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Result, Status};
use napi_derive::napi;
use tokio::task::AbortHandle;

use crate::error::NativeError;
use crate::runtime;

type Settle<T> = ThreadsafeFunction<T, (), T, Status, false>;

/// An asynchronous call. It keeps the process alive until it has settled.
#[napi]
pub struct NativeOperation(Option<AbortHandle>);

#[napi(object, object_from_js = false)]
pub struct DoneOutcome {
    pub error: Option<NativeError>,
}

impl From<std::result::Result<(), NativeError>> for DoneOutcome {
    fn from(result: std::result::Result<(), NativeError>) -> Self {
        Self {
            error: result.err(),
        }
    }
}

#[napi]
impl NativeOperation {
    /// A call that panics, for the tests: they know of no other one.
    #[napi(skip_typescript, catch_unwind)]
    pub fn panic_for_tests(settle: Function<'_, DoneOutcome, ()>) -> Result<NativeOperation> {
        start(&settle, async { panics() })
    }

    /// Cancels the call, which then settles at once.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

impl Drop for NativeOperation {
    /// An operation is dropped before it has settled only when its environment is torn down.
    fn drop(&mut self) {
        self.cancel();
    }
}

/// Runs `work` on the runtime, and passes its result to `settle` on the calling thread.
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
    let send = move |result: std::result::Result<R, NativeError>| {
        settle.call(result.into(), ThreadsafeFunctionCallMode::NonBlocking);
    };
    let Some(runtime) = runtime::handle() else {
        send(Err(NativeError::no_runtime()));
        return Ok(NativeOperation(None));
    };
    let task = runtime.spawn(work);
    let abort = task.abort_handle();
    runtime.spawn(async move {
        send(match task.await {
            Ok(result) => result.map_err(Into::into),
            Err(ended) if ended.is_cancelled() => Err(NativeError::cancelled()),
            Err(_) => Err(NativeError::internal("the call panicked")),
        });
    });
    Ok(NativeOperation(Some(abort)))
}

fn panics() -> std::result::Result<(), drivebell::Error> {
    panic!("on purpose")
}
