use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use drivebell::{ChangesMember, ChangesMembers};
use futures_core::FusedStream as _;
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use super::member_batch;
use crate::changes::events::ChangesEvents;
use crate::changes::queue::{BatchQueue, CoreStream};
use crate::changes::stats;
use crate::changes::stream::{read_options, since};
use crate::client::Client;
use crate::error;
use crate::resource::Resource;
use crate::runtime::call::Call;
use crate::runtime::wake::Source as _;
use crate::runtime::{ProcessOwned, lock};
use crate::set::clients::MemberClients;
use crate::value::generic_alias;

/// The fields of `drivebell.ChangesSetStats`: those of `ChangesStats`, and the numbers of members, of
/// live ones, of those that poll, and of those that have ended.
type SetStats = (stats::Fields, usize, usize, usize, usize);

/// The native part of `drivebell.ChangesSet`.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct ChangesSet {
    /// Remain when the core's set has closed.
    members: ProcessOwned<ChangesMembers>,
    events: ProcessOwned<drivebell::ChangesSetEvents>,
    batches: ProcessOwned<Arc<BatchQueue<drivebell::ChangesSet>>>,
    clients: Arc<Mutex<MemberClients<ChangesMember>>>,
}

impl ChangesSet {
    fn member(&self, client: &Client, resource: &Resource) -> Option<ChangesMember> {
        self.members.get(client.core(), &resource.0)
    }

    fn is_removed(&self, member: &ChangesMember) -> bool {
        let current = self.members.get(member.client(), member.resource());
        current.is_none()
    }
}

#[pymethods]
impl ChangesSet {
    /// `owner` is the `drivebell.Client` around `client`, which the members' batches refer to.
    /// `resources` has where to begin for each of them.
    #[classmethod]
    fn __class_getitem__<'py>(
        class: &Bound<'py, PyType>,
        item: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        generic_alias(class, item)
    }

    #[new]
    fn new(
        py: Python<'_>,
        client: &Client,
        owner: &Bound<'_, PyAny>,
        resources: &Bound<'_, PyDict>,
        options: &Bound<'_, PyDict>,
        event_loop: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let how = read_options(options)?;
        let resources = resources.iter().map(|(resource, begin)| {
            let resource = resource.cast::<Resource>()?.get().0.clone();
            Ok((resource, since(py, &begin)?))
        });
        let resources = resources.collect::<PyResult<Vec<_>>>()?;
        let runtime = client.prepare(py, event_loop.as_unbound())?;
        let _tokio = runtime.enter();
        let resources = resources.iter().map(|(resource, since)| (resource, since));
        let core = client
            .core()
            .changes_all(resources, &how)
            .map_err(|error| error::to_python(py, &error))?;
        let mut clients = MemberClients::default();
        for member in core.members().all() {
            drop(clients.insert(member, owner.clone().unbind(), |_| false));
        }
        Ok(Self {
            members: ProcessOwned::new(core.members().clone()),
            events: ProcessOwned::new(core.events()),
            batches: ProcessOwned::new(Arc::new(BatchQueue::new(Arc::clone(runtime), core))),
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
        // Locked first, because the member's first batch must find its client.
        let mut clients = lock(&self.clients);
        let member = self.members.add_for(client.core(), &resource.0, &since);
        let member = member.map_err(|error| error::to_python(py, &error))?;
        let dropped = clients.insert(member, owner, |member| self.is_removed(member));
        drop(clients);
        drop(dropped);
        Ok(())
    }

    fn remove(&self, client: &Client, resource: &Resource) -> bool {
        let Some(member) = self.member(client, resource) else {
            return false;
        };
        let owner = lock(&self.clients).remove(&member);
        drop(owner);
        self.members.remove(client.core(), &resource.0)
    }

    /// Takes the next batch, or the end of a member; `None` if there is none yet. Raises
    /// `StopAsyncIteration` once closed.
    fn try_next(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        loop {
            let next = match self.batches.try_next() {
                Poll::Ready(Some(next)) => next,
                Poll::Ready(None) => return Err(PyStopAsyncIteration::new_err(())),
                Poll::Pending => return Ok(None),
            };
            // None for a member that another thread has just removed.
            let client = lock(&self.clients).get(py, &next.member);
            if let Some(client) = client {
                return member_batch::to_python(py, next, client).map(Some);
            }
        }
    }

    /// Like `Subscription.arm`.
    fn arm(&self, py: Python<'_>, event_loop: Py<PyAny>, wake: Py<PyAny>) -> PyResult<bool> {
        self.batches.arm(py, event_loop, wake)
    }

    fn state(&self, client: &Client, resource: &Resource) -> Option<&'static str> {
        Some(self.member(client, resource)?.state().as_str())
    }

    fn stats_of(&self, client: &Client, resource: &Resource) -> Option<stats::Fields> {
        Some(stats::to_fields(&self.member(client, resource)?.stats()))
    }

    fn stats(&self) -> SetStats {
        let stats = self.members.stats();
        (
            stats::to_fields(&stats.total),
            stats.members,
            stats.live,
            stats.polling,
            stats.ended,
        )
    }

    /// Raises `StateError` if there is no such member, or it has ended.
    fn hint(&self, py: Python<'_>, client: &Client, resource: &Resource) -> PyResult<()> {
        self.batches.runtime.check(py)?;
        let hinted = self.members.hint(client.core(), &resource.0);
        hinted.map_err(|error| error::to_python(py, &error))
    }

    /// The client and the resource of each member.
    fn members(&self, py: Python<'_>) -> Vec<(Py<PyAny>, Resource)> {
        let clients = lock(&self.clients);
        let all = self.members.all().into_iter();
        all.filter_map(|member| {
            let client = clients.get(py, &member)?;
            Some((client, Resource(member.resource().clone())))
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

    /// Settles when every stream has closed.
    fn closed(&self, py: Python<'_>, event_loop: Py<PyAny>, settle: Py<PyAny>) -> PyResult<Call> {
        self.batches.closed(py, event_loop, settle)
    }
}

impl CoreStream for drivebell::ChangesSet {
    type Batch = drivebell::MemberBatch;

    fn try_next(&mut self) -> Option<Self::Batch> {
        self.try_next()
    }

    fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_waiting(cx)
    }

    fn has_ended(&self) -> bool {
        self.is_terminated()
    }

    fn start_close(&self) {
        self.start_close();
    }

    async fn close(self) {
        self.closed().await;
    }
}
