pub(crate) mod call;
pub(crate) mod logging;
pub(crate) mod wake;

use std::future::Future;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use pyo3::prelude::*;

use crate::error;

/// How long the interpreter's exit waits for tasks that still run in Rust.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

type Job = Box<dyn FnOnce(Python<'_>) + Send>;

enum Message {
    Run(Job),
    Stop,
}

/// The threads behind every client of this process: tokio's, which never attach to Python, and one
/// that does nothing else.
///
/// A tokio worker that waited for the interpreter would delay heartbeats, and a thread that attaches
/// while the interpreter exits can crash it. So a single thread attaches, and it ends before the
/// interpreter does.
pub(crate) struct Runtime {
    pid: u32,
    tokio: Mutex<Option<tokio::runtime::Runtime>>,
    handle: tokio::runtime::Handle,
    messages: mpsc::Sender<Message>,
    bridge: Mutex<Option<JoinHandle<()>>>,
}

enum State {
    Unused,
    Running(Arc<Runtime>),
    Exiting,
}

static STATE: Mutex<State> = Mutex::new(State::Unused);

impl Runtime {
    /// The runtime of this process, started on first use. A forked child gets a new one, because it
    /// does not inherit its parent's threads.
    pub(crate) fn current(py: Python<'_>) -> PyResult<Arc<Self>> {
        let mut state = lock(&STATE);
        match &*state {
            State::Running(runtime) if runtime.pid == process::id() => {
                return Ok(Arc::clone(runtime));
            }
            State::Exiting => {
                return Err(error::state(py, "the interpreter is exiting"));
            }
            State::Running(_) | State::Unused => {}
        }
        let runtime = Arc::new(Self::start()?);
        let previous = std::mem::replace(&mut *state, State::Running(Arc::clone(&runtime)));
        // A runtime inherited from the parent must not be dropped: its threads do not exist here.
        std::mem::forget(previous);
        Ok(runtime)
    }

    fn start() -> PyResult<Self> {
        let tokio = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(thread::available_parallelism().map_or(1, |n| n.get().min(2)))
            .thread_name("drivebell")
            .enable_all()
            .build()?;
        let (messages, receiver) = mpsc::channel();
        let bridge = thread::Builder::new()
            .name("drivebell-python".to_owned())
            .spawn(move || run_bridge(&receiver))?;
        Ok(Self {
            pid: process::id(),
            handle: tokio.handle().clone(),
            tokio: Mutex::new(Some(tokio)),
            messages,
            bridge: Mutex::new(Some(bridge)),
        })
    }

    /// Raises `StateError` if the object was inherited by a forked child, where its threads do not
    /// exist, or if the interpreter is exiting.
    pub(crate) fn check(&self, py: Python<'_>) -> PyResult<()> {
        if self.pid != process::id() {
            return Err(error::state(
                py,
                "this object was created before the process forked, and its connections and threads \
                 stayed in the parent; create a new drivebell.Client in the child",
            ));
        }
        if matches!(*lock(&STATE), State::Exiting) {
            return Err(error::state(py, "the interpreter is exiting"));
        }
        Ok(())
    }

    pub(crate) fn spawn<F>(&self, future: F) -> tokio::task::AbortHandle
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.handle.spawn(future).abort_handle()
    }

    /// Enters the tokio runtime, for calls of the core that spawn tasks.
    pub(crate) fn enter(&self) -> tokio::runtime::EnterGuard<'_> {
        self.handle.enter()
    }

    /// Schedules `job` on the thread that attaches to Python. Never blocks. Once the interpreter
    /// exits, the job is dropped.
    pub(crate) fn attach(&self, job: impl FnOnce(Python<'_>) + Send + 'static) {
        let _ = self.messages.send(Message::Run(Box::new(job)));
    }

    fn shut_down(&self) {
        let _ = self.messages.send(Message::Stop);
        if let Some(bridge) = lock(&self.bridge).take() {
            let _ = bridge.join();
        }
        if let Some(tokio) = lock(&self.tokio).take() {
            tokio.shutdown_timeout(SHUTDOWN_TIMEOUT);
        }
    }
}

/// [`Runtime::attach`] on the runtime of this process; does nothing if there is none.
pub(crate) fn attach(job: impl FnOnce(Python<'_>) + Send + 'static) {
    let state = lock(&STATE);
    if let State::Running(runtime) = &*state
        && runtime.pid == process::id()
    {
        runtime.attach(job);
    }
}

fn run_bridge(receiver: &mpsc::Receiver<Message>) {
    while let Ok(Message::Run(first)) = receiver.recv() {
        let running = Python::attach(|py| {
            first(py);
            // Jobs that arrived meanwhile run without attaching again.
            loop {
                match receiver.try_recv() {
                    Ok(Message::Run(job)) => job(py),
                    Ok(Message::Stop) => return false,
                    Err(_) => return true,
                }
            }
        });
        if !running {
            return;
        }
    }
}

/// Registered with `atexit`. Afterwards, no thread of this module attaches to Python.
#[pyfunction]
#[pyo3(name = "_shutdown")]
pub(crate) fn shutdown(py: Python<'_>) {
    py.detach(|| {
        let state = std::mem::replace(&mut *lock(&STATE), State::Exiting);
        match state {
            State::Running(runtime) if runtime.pid == process::id() => runtime.shut_down(),
            inherited => std::mem::forget(inherited),
        }
    });
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
