use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::task::Context;
use std::time::SystemTime;

use drivebell::{Member, SetEvent};
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;

use crate::client::Client;
use crate::error;
use crate::event::{self, Origin};
use crate::resource::Resource;
use crate::runtime::call::{self, Call};
use crate::runtime::wake::{Awaited, loop_waker};
use crate::runtime::{Runtime, lock};
use crate::session::stats;

/// The fields of `drivebell.SetStats`, in their order.
type SetStats = (
    u64,
    u64,
    u64,
    u64,
    Option<SystemTime>,
    usize,
    usize,
    usize,
    usize,
);

/// Many sessions, without a queue of its own: what is taken is taken out of the core's.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct SubscriptionSet {
    runtime: Arc<Runtime>,
    core: Arc<drivebell::SubscriptionSet>,
    /// The `drivebell.Client` of each member, for its events.
    clients: Mutex<HashMap<Member, Py<PyAny>>>,
}

impl Awaited for drivebell::SubscriptionSet {
    fn start_close(&self) {
        Self::start_close(self);
    }
}

impl SubscriptionSet {
    fn to_python(&self, py: Python<'_>, told: SetEvent) -> PyResult<Option<Py<PyAny>>> {
        let client = lock(&self.clients)
            .get(&told.member)
            .map(|client| client.clone_ref(py));
        let origin = Origin {
            resource: told.member.resource(),
            client,
        };
        event::to_python(py, told.event, origin)
    }

    fn member(&self, client: &Client, resource: &Resource) -> Option<Member> {
        self.core.members().get(client.core(), &resource.0)
    }
}

#[pymethods]
impl SubscriptionSet {
    /// A set without members, of the family of this client.
    #[new]
    fn new(py: Python<'_>, client: &Client) -> PyResult<Self> {
        let runtime = client.runtime();
        runtime.check(py)?;
        Ok(Self {
            runtime: Arc::clone(runtime),
            core: Arc::new(client.core().subscribe_all([])),
            clients: Mutex::default(),
        })
    }

    /// `client` is the native half of `face`, which events tell.
    fn add(
        &self,
        py: Python<'_>,
        client: &Client,
        face: Py<PyAny>,
        resource: &Resource,
        event_loop: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        client.prepare(py, event_loop.as_unbound())?;
        let _tokio = self.runtime.enter();
        // Locked first: no event may come before it is known whose it is.
        let mut clients = lock(&self.clients);
        let added = self.core.members().add_for(client.core(), &resource.0);
        let added = added.map_err(|error| error::to_python(py, &error))?;
        clients.insert(added, face);
        Ok(())
    }

    fn remove(&self, client: &Client, resource: &Resource) -> bool {
        let Some(member) = self.member(client, resource) else {
            return false;
        };
        let face = lock(&self.clients).remove(&member);
        // Outside of the lock: it may be the last that holds it.
        drop(face);
        self.core.members().remove(client.core(), &resource.0)
    }

    /// The next event, or `None` if none waits. Raises `StopAsyncIteration` once closed.
    fn try_next(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        loop {
            match self.core.try_next() {
                Some(told) => {
                    if let Some(event) = self.to_python(py, told)? {
                        return Ok(Some(event));
                    }
                }
                None if self.core.is_closed() => return Err(PyStopAsyncIteration::new_err(())),
                None => return Ok(None),
            }
        }
    }

    /// As of a subscription.
    fn arm(&self, py: Python<'_>, event_loop: Py<PyAny>, wake: Py<PyAny>) -> PyResult<bool> {
        self.runtime.check(py)?;
        let waker = loop_waker(&self.runtime, &self.core, event_loop, wake);
        let mut cx = Context::from_waker(&waker);
        Ok(self.core.poll_waiting(&mut cx).is_ready())
    }

    fn state(&self, client: &Client, resource: &Resource) -> Option<&'static str> {
        Some(self.member(client, resource)?.state().as_str())
    }

    fn stats_of(&self, client: &Client, resource: &Resource) -> Option<stats::Fields> {
        let stats = self.member(client, resource)?.stats();
        Some(stats::to_fields(&stats, 0))
    }

    fn stats(&self) -> SetStats {
        let stats = self.core.members().stats();
        let total = stats.total;
        (
            total.notifications,
            total.coalesced,
            total.reconnects,
            total.renewals,
            total.last_event_at,
            total.pending,
            stats.members,
            stats.live,
            stats.ended,
        )
    }

    /// The client and the resource of each member.
    fn members(&self, py: Python<'_>) -> Vec<(Py<PyAny>, Resource)> {
        let clients = lock(&self.clients);
        let all = clients.iter();
        all.map(|(member, client)| (client.clone_ref(py), Resource(member.resource().clone())))
            .collect()
    }

    fn start_close(&self) {
        self.core.start_close();
        let clients = std::mem::take(&mut *lock(&self.clients));
        drop(clients);
    }

    /// Settles when every session is over.
    fn closed(&self, py: Python<'_>, event_loop: Py<PyAny>, settle: Py<PyAny>) -> PyResult<Call> {
        self.runtime.check(py)?;
        let set = Arc::clone(&self.core);
        let future = async move {
            set.closed().await;
            Ok(())
        };
        Ok(call::start(
            &self.runtime,
            event_loop,
            settle,
            future,
            |py, ()| Ok(py.None()),
        ))
    }
}
