use std::cell::LazyCell;
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::SystemTime;

use drivebell::declarations::{CHANGES_OPTIONS, SHARED_OPTIONS};
use drivebell::{ChangesMember, ChangesOptions, ChangesState};
use drivebell_store::{DriveState, SharedClient as _, SharedMembers, SharedOptions};
use futures_core::Stream as _;
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use super::batch::{SharedBatch, SharedRefusal};
use super::python_store::StoreArgument;
use crate::changes::events::{ChangesEvents, ClientOf};
use crate::changes::queue::{BatchQueue, CoreStream};
use crate::changes::stats;
use crate::changes::stream::since;
use crate::client::Client;
use crate::resource::Resource;
use crate::runtime::call::Call;
use crate::runtime::wake::Source as _;
use crate::runtime::{ProcessOwned, lock};
use crate::set::clients::MemberClients;
use crate::value::generic_alias;
use crate::{error, options};

/// The fields of `drivebell.SharedStats`: the drives, those that this process has, those that nobody has;
/// how many were claimed, received, handed over and lost; and when the owners were listed.
type Fields = (
    (usize, usize, usize),
    (u64, u64, u64, u64),
    Option<SystemTime>,
);

/// The fields of `drivebell.OwnedDrive`: client, resource, state, error, epoch and stats.
type OwnedFields = (
    Py<PyAny>,
    Resource,
    &'static str,
    Option<Py<PyAny>>,
    u64,
    stats::Fields,
);

/// A drive of one user.
type Drive = (drivebell::Client, drivebell::Resource);

/// The native part of `drivebell.SharedChanges`.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct SharedChanges {
    /// Remain when the core's stream has closed.
    members: ProcessOwned<SharedMembers>,
    events: ProcessOwned<drivebell::ChangesSetEvents>,
    batches: ProcessOwned<Arc<BatchQueue<Batches>>>,
    clients: Arc<Mutex<MemberClients<Drive>>>,
}

#[pymethods]
impl SharedChanges {
    #[classmethod]
    fn __class_getitem__<'py>(
        class: &Bound<'py, PyType>,
        item: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        generic_alias(class, item)
    }

    /// `owner` is the `drivebell.Client` around `client`, which the batches refer to. `drives` has where to
    /// begin for each of them, and `store` is what `drivebell._store.prepare` returns.
    #[new]
    fn new(
        py: Python<'_>,
        client: &Client,
        owner: &Bound<'_, PyAny>,
        drives: &Bound<'_, PyDict>,
        store: StoreArgument,
        options: &Bound<'_, PyDict>,
        event_loop: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let (how, changes) = read_options(options)?;
        let drives = drives.iter().map(|(resource, begin)| {
            let resource = resource.cast::<Resource>()?.get().0.clone();
            Ok((resource, since(py, &begin)?))
        });
        let drives = drives.collect::<PyResult<Vec<_>>>()?;
        let runtime = client.prepare(py, event_loop.as_unbound())?;
        let store = store.prepare(py, runtime)?;
        let _tokio = runtime.enter();
        let drives = drives.iter().map(|(resource, since)| (resource, since));
        let core = client
            .core()
            .changes_shared(drives, store, &how, &changes)
            .map_err(|error| error::to_python(py, &error))?;
        let mut clients = MemberClients::default();
        for drive in core.members().all() {
            let drive = (drive.client, drive.resource);
            drop(clients.insert(drive, owner.clone().unbind(), |_| false));
        }
        Ok(Self {
            members: ProcessOwned::new(core.members().clone()),
            events: ProcessOwned::new(core.events()),
            batches: ProcessOwned::new(Arc::new(BatchQueue::new(
                Arc::clone(runtime),
                Batches::new(core),
            ))),
            clients: Arc::new(Mutex::new(clients)),
        })
    }

    /// Like the constructor's arguments.
    fn add(
        &self,
        py: Python<'_>,
        client: &Client,
        owner: Py<PyAny>,
        resource: &Resource,
        since: &Bound<'_, PyAny>,
        event_loop: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let since = crate::changes::stream::since(py, since)?;
        client.prepare(py, event_loop.as_unbound())?;
        let _tokio = self.batches.runtime.enter();
        let drive = (client.core().clone(), resource.0.clone());
        // Locked first, because the drive's first batch must find its client.
        let mut clients = lock(&self.clients);
        let added = self.members.add_for(&drive.0, &drive.1, &since);
        added.map_err(|error| error::to_python(py, &error))?;
        let all = LazyCell::new(|| self.all().into_iter().collect::<HashSet<Drive>>());
        let dropped = clients.insert(drive, owner, |drive| !all.contains(drive));
        drop(clients);
        drop(dropped);
        Ok(())
    }

    fn remove(&self, client: &Client, resource: &Resource) -> bool {
        let drive = (client.core().clone(), resource.0.clone());
        let is_removed = self.members.remove(&drive.0, &drive.1);
        let owner = lock(&self.clients).remove(&drive);
        drop(owner);
        is_removed
    }

    /// Takes the next batch, or the refusal of a drive; `None` if there is none yet. Raises
    /// `StopAsyncIteration` once closed.
    fn try_next(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        loop {
            let next = match self.batches.try_next() {
                Poll::Ready(Some(next)) => next,
                Poll::Ready(None) => return Err(PyStopAsyncIteration::new_err(())),
                Poll::Pending => return Ok(None),
            };
            let drive = (next.client, next.resource);
            // None for a drive that another thread has just removed.
            let client = lock(&self.clients).get(py, &drive);
            let Some(client) = client else {
                // Nobody sees it, so it is not done.
                let _ = self.batches.try_take(|batches| {
                    batches.core.abandon();
                    Some(())
                });
                continue;
            };
            let resource = Py::new(py, Resource(drive.1))?;
            let next = match next.batch {
                Ok(batch) => {
                    let place = (next.epoch, next.sequence);
                    SharedBatch::create(py, resource, client, batch, place)
                }
                Err(error) => SharedRefusal::create(py, resource, client, &error),
            };
            return next.map(Some);
        }
    }

    /// Says that the batch that was handed out last is done.
    fn done(&self) {
        if let Some(batches) = self.batches.of_this_process() {
            let _ = batches.try_take(|batches| {
                batches.done();
                Some(())
            });
        }
    }

    /// Like `Subscription.arm`.
    fn arm(&self, py: Python<'_>, event_loop: Py<PyAny>, wake: Py<PyAny>) -> PyResult<bool> {
        self.batches.arm(py, event_loop, wake)
    }

    /// The id of this process among the workers.
    fn worker(&self) -> String {
        self.members.worker().to_owned()
    }

    /// The fields of `drivebell.SharedWorker`, for each process that takes part.
    fn workers(&self) -> Vec<(String, u64, usize)> {
        let workers = self.members.view().workers.into_iter();
        workers
            .map(|worker| (worker.id, worker.capacity, worker.partitions))
            .collect()
    }

    fn stats(&self) -> Fields {
        let view = self.members.view();
        (
            (self.members.len(), view.owned, view.unowned),
            (view.claimed, view.received, view.handed_over, view.lost),
            view.listed
                .and_then(|listed| SystemTime::now().checked_sub(listed.elapsed())),
        )
    }

    /// The client and the resource of each drive.
    fn members(&self, py: Python<'_>) -> Vec<(Py<PyAny>, Resource)> {
        let clients = lock(&self.clients);
        let all = self.all().into_iter();
        all.filter_map(|drive| Some((clients.get(py, &drive)?, Resource(drive.1))))
            .collect()
    }

    /// The fields of `drivebell.OwnedDrive`, for each drive that this process has.
    fn owned(&self, py: Python<'_>) -> Vec<OwnedFields> {
        let owned = self.members.owned().into_iter();
        owned
            .filter_map(|drive| {
                let source = drive.source?;
                let source = (source.client, source.resource);
                let client = lock(&self.clients).get(py, &source)?;
                let (state, error) = match &drive.state {
                    DriveState::Followed(state) => (state.as_str(), None),
                    DriveState::Refused(error) => ("refused", Some(error::to_python(py, error))),
                    _ => (ChangesState::Starting.as_str(), None),
                };
                Some((
                    client,
                    Resource(source.1),
                    state,
                    error.map(|error| error.into_value(py).into_any()),
                    drive.lease.epoch,
                    stats::to_fields(&drive.stats),
                ))
            })
            .collect()
    }

    fn __len__(&self) -> usize {
        self.members.len()
    }

    fn events(&self) -> ChangesEvents {
        let runtime = Arc::clone(&self.batches.runtime);
        let clients = Arc::clone(&self.clients);
        ChangesEvents::of_set(runtime, clients, self.events.clone())
    }

    fn is_open(&self) -> bool {
        let batches = self.batches.of_this_process();
        batches.is_some_and(|batches| batches.is_open())
    }

    fn start_close(&self) {
        let Some(batches) = self.batches.of_this_process() else {
            return;
        };
        batches.start_close();
        let clients = lock(&self.clients).take();
        drop(clients);
    }

    /// Settles when the others have the drives.
    fn closed(&self, py: Python<'_>, event_loop: Py<PyAny>, settle: Py<PyAny>) -> PyResult<Call> {
        self.batches.closed(py, event_loop, settle)
    }
}

impl SharedChanges {
    fn all(&self) -> Vec<Drive> {
        let all = self.members.all().into_iter();
        all.map(|drive| (drive.client, drive.resource)).collect()
    }
}

fn read_options(given: &Bound<'_, PyDict>) -> PyResult<(SharedOptions, ChangesOptions)> {
    let (mut how, mut changes) = (SharedOptions::default(), ChangesOptions::default());
    options::read(&[SHARED_OPTIONS, CHANGES_OPTIONS], given, |spec, value| {
        if SHARED_OPTIONS.iter().any(|own| own.name == spec.name) {
            how.set(spec, value)
        } else {
            changes.set(spec, value)
        }
    })?;
    Ok((how, changes))
}

impl ClientOf for Mutex<MemberClients<Drive>> {
    fn client_of(&self, py: Python<'_>, member: &ChangesMember) -> Option<Py<PyAny>> {
        let drive = (member.client().clone(), member.resource().clone());
        lock(self).get(py, &drive)
    }
}

/// The core's stream, which hands out a batch when it is polled: the next one waits here until it is taken.
struct Batches {
    core: drivebell_store::SharedChanges,
    next: Option<drivebell_store::SharedBatch>,
    has_ended: bool,
}

impl Batches {
    fn new(core: drivebell_store::SharedChanges) -> Self {
        Self {
            core,
            next: None,
            has_ended: false,
        }
    }

    /// What waits here is not done: nobody has seen it.
    fn done(&mut self) {
        if self.next.is_none() {
            self.core.done();
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.next.is_none() && !self.has_ended {
            match Pin::new(&mut self.core).poll_next(cx) {
                Poll::Ready(Some(next)) => self.next = Some(next),
                Poll::Ready(None) => self.has_ended = true,
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    }
}

impl CoreStream for Batches {
    type Batch = drivebell_store::SharedBatch;

    fn try_next(&mut self) -> Option<Self::Batch> {
        let _ = self.poll(&mut Context::from_waker(Waker::noop()));
        self.next.take()
    }

    fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll(cx)
    }

    fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// `close`, which follows at once, starts it.
    fn start_close(&self) {}

    async fn close(self) {
        self.core.close().await;
    }
}
