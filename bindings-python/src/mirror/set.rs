use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use drivebell::ErrorKind;
use drivebell_mirror::{MemberChanges, MirrorClient as _, MirrorMembers};
use futures_core::FusedStream as _;
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::change::Change;
use super::tree::Tree;
use super::{mirror_options, stats};
use crate::changes::ChangesEvents;
use crate::changes::queue::{BatchQueue, CoreStream};
use crate::changes_set::MemberEnd;
use crate::client::Client;
use crate::error;
use crate::resource::Resource;
use crate::runtime::call::{self, Call};
use crate::runtime::wake::Source as _;
use crate::runtime::{ProcessOwned, lock};
use crate::set::clients::MemberClients;

/// The native part of `drivebell.MirrorSet`.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct MirrorSet {
    /// Remain when the core's set has closed.
    members: ProcessOwned<MirrorMembers>,
    events: ProcessOwned<drivebell::ChangesSetEvents>,
    changes: ProcessOwned<Arc<BatchQueue<drivebell_mirror::MirrorSet>>>,
    /// By resource, because a drive is in the file once.
    clients: Arc<Mutex<MemberClients<drivebell::Resource>>>,
}

impl MirrorSet {
    /// What a member's change or batch becomes; `None` if another thread has just removed it.
    fn to_python<T>(
        &self,
        py: Python<'_>,
        next: MemberChanges<T>,
        convert: impl FnOnce(T, &Py<PyAny>) -> PyResult<Py<PyAny>>,
    ) -> PyResult<Option<Py<PyAny>>> {
        let resource = next.member.resource();
        let changes = match next.changes {
            // Of the file, and so of all members.
            Err(error) if error.kind() == ErrorKind::Storage => {
                return Err(error::to_python(py, &error));
            }
            changes => changes,
        };
        let Some(client) = lock(&self.clients).get(py, resource) else {
            return Ok(None);
        };
        match changes {
            Ok(changes) => convert(changes, &client).map(Some),
            Err(error) => {
                let resource = Py::new(py, Resource(resource.clone()))?;
                let end = MemberEnd::new(py, resource, client, &error);
                Ok(Some(Py::new(py, end)?.into_any()))
            }
        }
    }

    fn take<T>(
        &self,
        py: Python<'_>,
        take: impl Fn(&mut drivebell_mirror::MirrorSet) -> Option<MemberChanges<T>>,
        convert: impl Fn(T, &Py<PyAny>) -> PyResult<Py<PyAny>>,
    ) -> PyResult<Option<Py<PyAny>>> {
        loop {
            let next = match self.changes.try_take(&take) {
                Poll::Ready(Some(next)) => next,
                Poll::Ready(None) => return Err(PyStopAsyncIteration::new_err(())),
                Poll::Pending => return Ok(None),
            };
            if let Some(next) = self.to_python(py, next, &convert)? {
                return Ok(Some(next));
            }
        }
    }
}

#[pymethods]
impl MirrorSet {
    /// `owner` is the `drivebell.Client` around `client`, which the members' changes refer to.
    #[new]
    fn new(
        py: Python<'_>,
        client: &Client,
        owner: &Bound<'_, PyAny>,
        resources: &Bound<'_, PyList>,
        file: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
        event_loop: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let (how, changes) = mirror_options::read(options)?;
        let file = mirror_options::file(file)?;
        let resources = resources
            .iter()
            .map(|resource| Ok(resource.cast::<Resource>()?.get().0.clone()))
            .collect::<PyResult<Vec<_>>>()?;
        let runtime = client.prepare(py, event_loop.as_unbound())?;
        let mut clients = MemberClients::default();
        for resource in &resources {
            drop(clients.insert(resource.clone(), owner.clone().unbind(), |_| false));
        }
        // Detached, because opening the file takes time.
        let core = py
            .detach(|| {
                let _tokio = runtime.enter();
                client.core().mirror_all(&resources, file, &how, &changes)
            })
            .map_err(|error| error::to_python(py, &error))?;
        Ok(Self {
            members: ProcessOwned::new(core.members().clone()),
            events: ProcessOwned::new(core.events()),
            changes: ProcessOwned::new(Arc::new(BatchQueue::new(Arc::clone(runtime), core))),
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
        event_loop: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        client.prepare(py, event_loop.as_unbound())?;
        let runtime = &self.changes.runtime;
        let members: &MirrorMembers = &self.members;
        let is_new = members.get(&resource.0).is_none();
        if is_new {
            // Before, because the member's first change must find its client.
            let is_removed = |it: &_| *it != resource.0 && members.get(it).is_none();
            let dropped = lock(&self.clients).insert(resource.0.clone(), owner, is_removed);
            drop(dropped);
        }
        // Detached, because it waits for the file.
        let added = py.detach(|| {
            let _tokio = runtime.enter();
            members.add_for(client.core(), &resource.0)
        });
        if added.is_err() && is_new {
            let owner = lock(&self.clients).remove(&resource.0);
            drop(owner);
        }
        added.map_err(|error| error::to_python(py, &error))
    }

    fn remove(&self, resource: &Resource) -> bool {
        let is_removed = self.members.remove(&resource.0);
        let owner = lock(&self.clients).remove(&resource.0);
        drop(owner);
        is_removed
    }

    /// Takes the next change, or the end of a member; `None` if there is none yet. Raises
    /// `StopAsyncIteration` once closed.
    fn try_next(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.take(py, CoreStream::try_next, |change, client| {
            let change = Change::new(change, Some(client.clone_ref(py)));
            Ok(Py::new(py, change)?.into_any())
        })
    }

    /// Like `try_next`, for the changes of a batch.
    fn try_next_batch(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let take = drivebell_mirror::MirrorSet::try_next_batch;
        self.take(py, take, |changes, client| {
            let changes = changes
                .into_iter()
                .map(|change| Py::new(py, Change::new(change, Some(client.clone_ref(py)))));
            let changes = changes.collect::<PyResult<Vec<_>>>()?;
            Ok(PyList::new(py, changes)?.unbind().into_any())
        })
    }

    /// Like `Subscription.arm`.
    fn arm(&self, py: Python<'_>, event_loop: Py<PyAny>, wake: Py<PyAny>) -> PyResult<bool> {
        self.changes.arm(py, event_loop, wake)
    }

    /// Settles when the first enumeration of a member is complete, or that of all.
    fn ready(
        &self,
        py: Python<'_>,
        resource: Option<&Resource>,
        event_loop: Py<PyAny>,
        settle: Py<PyAny>,
    ) -> PyResult<Call> {
        let runtime = &self.changes.runtime;
        runtime.check(py)?;
        let members = self.members.clone();
        let resource = resource.map(|resource| resource.0.clone());
        let future = async move {
            match resource {
                Some(resource) => members.ready(&resource).await,
                None => members.all_ready().await,
            }
        };
        Ok(call::start(
            runtime,
            event_loop,
            settle,
            future,
            |py, ()| Ok(py.None()),
        ))
    }

    /// Raises `StateError` if it is not a member.
    fn tree(&self, py: Python<'_>, resource: &Resource) -> PyResult<Tree> {
        let tree = self.members.tree(&resource.0);
        let tree = tree.map_err(|error| error::to_python(py, &error))?;
        Ok(Tree::new(&self.changes.runtime, tree))
    }

    fn state(&self, resource: &Resource) -> Option<&'static str> {
        Some(self.members.get(&resource.0)?.state().as_str())
    }

    /// Raises `StateError` if it is not a member.
    fn stats(&self, py: Python<'_>, resource: &Resource) -> PyResult<stats::Fields> {
        self.changes.runtime.check(py)?;
        let members: &MirrorMembers = &self.members;
        let stats = py
            .detach(|| members.stats(&resource.0))
            .map_err(|error| error::to_python(py, &error))?;
        Ok(stats::to_fields(&stats))
    }

    /// Raises `StateError` if there is no such member, or it has ended.
    fn hint(&self, py: Python<'_>, resource: &Resource) -> PyResult<()> {
        self.changes.runtime.check(py)?;
        let hinted = self.members.hint(&resource.0);
        hinted.map_err(|error| error::to_python(py, &error))
    }

    /// The client and the resource of each member.
    fn members(&self, py: Python<'_>) -> Vec<(Py<PyAny>, Resource)> {
        let resources = self.members.resources().into_iter();
        let clients = lock(&self.clients);
        resources
            .filter_map(|resource| Some((clients.get(py, &resource)?, Resource(resource))))
            .collect()
    }

    fn __len__(&self) -> usize {
        self.members.resources().len()
    }

    fn events(&self) -> ChangesEvents {
        let runtime = Arc::clone(&self.changes.runtime);
        let clients = Arc::clone(&self.clients);
        ChangesEvents::of_set(runtime, clients, self.events.clone())
    }

    fn is_open(&self) -> bool {
        let changes = self.changes.of_this_process();
        changes.is_some_and(|changes| changes.is_open())
    }

    fn start_close(&self) {
        let Some(changes) = self.changes.of_this_process() else {
            return;
        };
        changes.start_close();
        let clients = lock(&self.clients).take();
        drop(clients);
    }

    /// Settles when the file is closed.
    fn closed(&self, py: Python<'_>, event_loop: Py<PyAny>, settle: Py<PyAny>) -> PyResult<Call> {
        self.changes.closed(py, event_loop, settle)
    }
}

impl CoreStream for drivebell_mirror::MirrorSet {
    type Batch = MemberChanges;

    fn try_next(&mut self) -> Option<Self::Batch> {
        self.try_next()
    }

    fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_waiting(cx)
    }

    fn has_ended(&self) -> bool {
        self.is_terminated()
    }

    /// `close`, which follows at once, first notes what is done.
    fn start_close(&self) {}

    async fn close(self) {
        self.close().await;
    }
}
