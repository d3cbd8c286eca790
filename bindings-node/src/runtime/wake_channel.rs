use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use napi::bindgen_prelude::{FnArgs, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, Status};
use napi_derive::napi;

use crate::error::NativeError;

/// The session is over.
#[napi(object, object_from_js = false)]
pub struct NativeEnd {
    pub error: Option<NativeError>,
}

/// The numbers of those for which something waits, and of those that are over.
type Numbers = FnArgs<(Vec<u32>, Vec<u32>)>;

/// Weak, because sessions hold the process, and not what they are heard by.
type RingFunction = ThreadsafeFunction<(), (), Numbers, Status, false, true>;

/// The one function through which the sessions of an environment call into JavaScript: one for each
/// would cost every session kilobytes, and under load a call for each.
#[napi]
pub struct NativeBell(Arc<Bell>);

struct Bell {
    function: Mutex<RingFunction>,
    rung: Arc<Mutex<Rung>>,
}

/// Who has rung since JavaScript last looked, by the numbers that it gave.
#[derive(Default)]
struct Rung {
    waiting: Vec<u32>,
    over: Vec<u32>,
}

#[derive(Clone, Copy)]
enum Why {
    Waiting,
    Over,
}

#[napi]
impl NativeBell {
    /// `call` is given the numbers of the sessions for which something waits, and of those that are
    /// over.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        #[napi(ts_arg_type = "(waiting: number[], over: number[]) => void")] call: Function<
            '_,
            Numbers,
            (),
        >,
    ) -> Result<Self> {
        let rung = Arc::<Mutex<Rung>>::default();
        let looked_at = Arc::clone(&rung);
        let function = call
            .build_threadsafe_function::<()>()
            .weak::<true>()
            .build_callback(move |_| {
                let Rung { waiting, over } = std::mem::take(&mut *lock(&looked_at));
                Ok(FnArgs::from((waiting, over)))
            })?;
        Ok(Self(Arc::new(Bell {
            function: Mutex::new(function),
            rung,
        })))
    }

    /// Keeps the process alive.
    #[napi(js_name = "ref", catch_unwind)]
    pub fn reference(&self, env: Env) -> Result<()> {
        self.0.refer(env)
    }

    #[napi(catch_unwind)]
    pub fn unref(&self, env: Env) -> Result<()> {
        self.0.unref(env)
    }
}

impl Bell {
    fn ring(&self, number: u32, why: Why) {
        let mut rung = lock(&self.rung);
        let first = rung.waiting.is_empty() && rung.over.is_empty();
        match why {
            Why::Waiting => rung.waiting.push(number),
            Why::Over => rung.over.push(number),
        }
        drop(rung);
        if first {
            // Refused only while the environment shuts down.
            lock(&self.function).call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    #[expect(deprecated, reason = "napi offers nothing else after creation")]
    fn refer(&self, env: Env) -> Result<()> {
        lock(&self.function).refer(&env)
    }

    #[expect(deprecated, reason = "napi offers nothing else after creation")]
    fn unref(&self, env: Env) -> Result<()> {
        lock(&self.function).unref(&env)
    }
}

/// A session's hand on the bell.
struct Cord {
    bell: Arc<Bell>,
    number: u32,
    why: Why,
}

impl Wake for Cord {
    fn wake(self: Arc<Self>) {
        self.bell.ring(self.number, self.why);
    }
}

type Over = Pin<Box<dyn Future<Output = std::result::Result<(), drivebell::Error>> + Send>>;

/// How a session is heard, once it is attached to a bell.
#[derive(Default)]
pub(crate) struct Line {
    waiting: OnceLock<Waker>,
    /// Looked at when it rings, which takes no task of its own for each session.
    over: Mutex<Option<(Over, Waker)>>,
}

impl Line {
    /// From now on the bell rings, with this number, when something waits after [`waker`](Self::waker)
    /// was left with the session, and when it is `over`.
    pub(crate) fn attach(
        &self,
        bell: &NativeBell,
        number: u32,
        over: impl Future<Output = std::result::Result<(), drivebell::Error>> + Send + 'static,
    ) {
        let cord = |why| {
            Waker::from(Arc::new(Cord {
                bell: Arc::clone(&bell.0),
                number,
                why,
            }))
        };
        let waker = cord(Why::Over);
        let _ = self.waiting.set(cord(Why::Waiting));
        *lock(&self.over) = Some((Box::pin(over), waker.clone()));
        // So that it is looked at for the first time.
        waker.wake();
    }

    pub(crate) fn waker(&self) -> Option<&Waker> {
        self.waiting.get()
    }

    /// How it ended, once. Nothing if it is not over: then the bell will ring.
    pub(crate) fn end(&self) -> Option<NativeEnd> {
        let mut watched = lock(&self.over);
        let (over, waker) = watched.as_mut()?;
        let Poll::Ready(result) = over.as_mut().poll(&mut Context::from_waker(waker)) else {
            return None;
        };
        *watched = None;
        let error = result.err().map(Into::into);
        Some(NativeEnd { error })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
