pub(crate) mod call;
mod first_use;
mod log_queue;
pub(crate) mod logging;
mod process_owned;
pub(crate) mod wake;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use pyo3::prelude::*;

use crate::error;

use self::log_queue::{LogQueue, LogRecord};
pub(crate) use first_use::FirstUse;
pub(crate) use process_owned::ProcessOwned;

/// How long the interpreter's exit waits for tasks that still run in Rust.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

type Job = Box<dyn FnOnce(Python<'_>) + Send>;

enum Message {
    Run(Job),
    Stop,
}

/// The threads behind every client of this process: tokio's, which never attach to Python, and two
/// that do nothing else.
///
/// A tokio worker that waited for the interpreter would delay heartbeats, and a thread that attaches
/// while the interpreter exits can crash it. So one thread attaches for calls and wakes, and another
/// for log records, whose handlers may be slow. Both end before the interpreter does.
pub(crate) struct Runtime {
    pid: u32,
    tokio: Mutex<Option<tokio::runtime::Runtime>>,
    handle: tokio::runtime::Handle,
    messages: mpsc::Sender<Message>,
    bridge: Mutex<Option<JoinHandle<()>>>,
    logs: Arc<LogQueue>,
    logger: Mutex<Option<JoinHandle<()>>>,
}

/// The runtime of this process, behind those of the processes that it was forked from.
///
/// There is no lock to take: another thread may hold one while this process is forked, and the child,
/// where that thread does not exist, would wait for it for ever. Runtimes are started with the
/// interpreter's lock held, as `os.fork` holds it.
struct Slot {
    runtime: OnceLock<Arc<Runtime>>,
    of_forked_child: OnceLock<Box<Slot>>,
}

static RUNTIME: Slot = Slot::new();

/// Set when the interpreter begins to exit.
static EXITING: AtomicBool = AtomicBool::new(false);

impl Slot {
    const fn new() -> Self {
        Self {
            runtime: OnceLock::new(),
            of_forked_child: OnceLock::new(),
        }
    }

    /// The slot of this process.
    fn of_this_process(&self) -> &Self {
        let mut slot = self;
        while slot
            .runtime
            .get()
            .is_some_and(|runtime| !runtime.is_of_this_process())
        {
            slot = slot.of_forked_child.get_or_init(|| Box::new(Self::new()));
        }
        slot
    }
}

fn running() -> Option<&'static Arc<Runtime>> {
    RUNTIME.of_this_process().runtime.get()
}

impl Runtime {
    /// The runtime of this process, started on first use. A forked child gets a new one, because it
    /// does not inherit its parent's threads.
    pub(crate) fn current(py: Python<'_>) -> PyResult<Arc<Self>> {
        if EXITING.load(Relaxed) {
            return Err(error::state(py, "the interpreter is exiting"));
        }
        if let Some(runtime) = running() {
            return Ok(Arc::clone(runtime));
        }
        let runtime = Arc::new(Self::start()?);
        let slot = &RUNTIME.of_this_process().runtime;
        Ok(Arc::clone(slot.get_or_init(|| runtime)))
    }

    pub(super) fn is_of_this_process(&self) -> bool {
        self.pid == process::id()
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
        let logs = Arc::<LogQueue>::default();
        let logger = thread::Builder::new()
            .name("drivebell-logging".to_owned())
            .spawn({
                let logs = Arc::clone(&logs);
                move || logs.run()
            })?;
        Ok(Self {
            pid: process::id(),
            logs,
            logger: Mutex::new(Some(logger)),
            handle: tokio.handle().clone(),
            tokio: Mutex::new(Some(tokio)),
            messages,
            bridge: Mutex::new(Some(bridge)),
        })
    }

    /// Raises `StateError` if the object was inherited by a forked child, where its threads do not
    /// exist, or if the interpreter is exiting.
    pub(crate) fn check(&self, py: Python<'_>) -> PyResult<()> {
        if !self.is_of_this_process() {
            return Err(error::state(
                py,
                "this object was created before the process forked, and its connections and threads \
                 stayed in the parent; create a new drivebell.Client in the child",
            ));
        }
        if EXITING.load(Relaxed) {
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

    /// Passes a log record to Python. Never blocks.
    fn log(&self, record: LogRecord) {
        self.logs.push(record);
    }

    fn shut_down(&self) {
        let _ = self.messages.send(Message::Stop);
        self.logs.close();
        if let Some(logger) = lock(&self.logger).take() {
            let _ = logger.join();
        }
        if let Some(bridge) = lock(&self.bridge).take() {
            let _ = bridge.join();
        }
        if let Some(tokio) = lock(&self.tokio).take() {
            tokio.shutdown_timeout(SHUTDOWN_TIMEOUT);
        }
    }
}

/// A job that panics must not end the thread that runs all the others.
fn run(py: Python<'_>, job: Job) {
    let _ = catch_unwind(AssertUnwindSafe(|| job(py)));
}

/// The last field of a type with Python objects that a thread of tokio's may drop. pyo3 keeps such
/// objects until some thread attaches, which may take for ever in a process that is idle: so one
/// attaches soon.
#[derive(Default)]
pub(crate) struct ReleaseSoon;

impl Drop for ReleaseSoon {
    fn drop(&mut self) {
        // The thread may be attached already, and then only attaching again releases them.
        if let Some(runtime) = running() {
            runtime.attach(|py| py.detach(|| ()));
        }
    }
}

fn run_bridge(receiver: &mpsc::Receiver<Message>) {
    while let Ok(Message::Run(first)) = receiver.recv() {
        let running = Python::attach(|py| {
            run(py, first);
            // Jobs that arrived meanwhile run without attaching again.
            loop {
                match receiver.try_recv() {
                    Ok(Message::Run(job)) => run(py, job),
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
    EXITING.store(true, Relaxed);
    if let Some(runtime) = running() {
        py.detach(|| runtime.shut_down());
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
