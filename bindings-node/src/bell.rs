use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Wake, Waker};

use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, Status};
use napi_derive::napi;

use crate::error::NativeError;
use crate::runtime;

/// The session is over. The bell rings without it when something waits.
#[napi(object, object_from_js = false)]
pub struct NativeEnd {
    pub error: Option<NativeError>,
}

type RingFunction = ThreadsafeFunction<Option<NativeEnd>, (), Option<NativeEnd>, Status, false>;

/// The one function through which a session calls into JavaScript: two would have no order.
struct Bell(Mutex<RingFunction>);

impl Bell {
    fn ring(&self, end: Option<NativeEnd>) {
        // Refused only while the environment shuts down.
        self.function()
            .call(end, ThreadsafeFunctionCallMode::NonBlocking);
    }

    #[expect(deprecated, reason = "napi offers nothing else after creation")]
    fn refer(&self, env: Env) -> Result<()> {
        self.function().refer(&env)
    }

    #[expect(deprecated, reason = "napi offers nothing else after creation")]
    fn unref(&self, env: Env) -> Result<()> {
        self.function().unref(&env)
    }

    fn function(&self) -> MutexGuard<'_, RingFunction> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring(None);
    }
}

/// Where the bell of a session hangs: it is held by the session's task only, so that nothing holds
/// the process once it is over.
#[derive(Default)]
pub(crate) struct Hook(Mutex<Weak<Bell>>);

impl Hook {
    /// From now on the process is kept alive, and `ring` is called: without an argument when
    /// something waits, and once with one when the session is over.
    pub(crate) fn attach(
        &self,
        ring: &Function<'_, Option<NativeEnd>, ()>,
        over: impl Future<Output = std::result::Result<(), drivebell::Error>> + Send + 'static,
    ) -> Result<()> {
        let ring: RingFunction = ring
            .build_threadsafe_function::<Option<NativeEnd>>()
            .build()?;
        let bell = Arc::new(Bell(Mutex::new(ring)));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&bell);
        if let Some(runtime) = runtime::handle() {
            runtime.spawn(async move {
                let error = over.await.err().map(Into::into);
                bell.ring(Some(NativeEnd { error }));
            });
        }
        Ok(())
    }

    /// Rings it once; nothing once the session is over.
    pub(crate) fn waker(&self) -> Option<Waker> {
        self.bell().map(Waker::from)
    }

    pub(crate) fn reference(&self, env: Env) -> Result<()> {
        self.bell().map_or(Ok(()), |bell| bell.refer(env))
    }

    pub(crate) fn unref(&self, env: Env) -> Result<()> {
        self.bell().map_or(Ok(()), |bell| bell.unref(env))
    }

    fn bell(&self) -> Option<Arc<Bell>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .upgrade()
    }
}
