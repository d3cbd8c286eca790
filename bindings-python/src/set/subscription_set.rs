use std::sync::{Arc, Mutex};
use std::task::Context;
use std::time::SystemTime;

use drivebell::{Member, SetEvent};
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;

use super::clients::MemberClients;
use crate::client::Client;
use crate::error;
use crate::event::{self, Origin};
use crate::resource::Resource;
use crate::runtime::call::{self, Call};
use crate::runtime::wake::{Source, loop_waker};
use crate::runtime::{ProcessOwned, Runtime, lock};
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

/// The native part of `drivebell.SubscriptionSet`. It has no queue of its own: events are taken
/// directly from the core's mailbox.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct SubscriptionSet {
    runtime: Arc<Runtime>,
    core: ProcessOwned<Arc<drivebell::SubscriptionSet>>,
    /// The `drivebell.Client` of each member, for its events.
    clients: Mutex<MemberClients<Member>>,
}

impl Source for drivebell::SubscriptionSet {
    fn start_close(&self) {
        Self::start_close(self);
    }
}

impl SubscriptionSet {
    fn to_python(&self, py: Python<'_>, event: SetEvent) -> PyResult<Option<Py<PyAny>>> {
        let client = lock(&self.clients).get(py, &event.member);
        let origin = Origin {
            resource: event.member.resource(),
            client,
            label: event.member.client().label(),
        };
        event::to_python(py, event.event, origin)
    }

    fn member(&self, client: &Client, resource: &Resource) -> Option<Member> {
        self.core.members().get(client.core(), &resource.0)
    }
}

#[pymethods]
impl SubscriptionSet {
    /// A set without members, in the family of this client.
    #[new]
    fn new(py: Python<'_>, client: &Client) -> PyResult<Self> {
        let runtime = client.runtime(py)?;
        client.check_open(py)?;
        Ok(Self {
            runtime: Arc::clone(runtime),
            core: ProcessOwned::new(Arc::new(client.core().subscribe_all([]))),
            clients: Mutex::default(),
        })
    }

    /// `owner` is the `drivebell.Client` around `client`, which the member's events refer to.
    fn add(
        &self,
        py: Python<'_>,
        client: &Client,
        owner: Py<PyAny>,
        resource: &Resource,
        event_loop: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        client.prepare(py, event_loop.as_unbound())?;
        let _tokio = self.runtime.enter();
        // Locked first, because the member's first event must find its client.
        let mut clients = lock(&self.clients);
        let member = self.core.members().add_for(client.core(), &resource.0);
        let member = member.map_err(|error| error::to_python(py, &error))?;
        let members = self.core.members();
        let dropped = clients.insert(member, owner, |member| {
            members.get(member.client(), member.resource()).is_none()
        });
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
        self.core.members().remove(client.core(), &resource.0)
    }

    /// Takes the next event; `None` if there is none yet. Raises `StopAsyncIteration` once closed.
    fn try_next(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        loop {
            match self.core.try_next() {
                Some(event) => {
                    if let Some(event) = self.to_python(py, event)? {
                        return Ok(Some(event));
                    }
                }
                None if self.core.is_closed() => return Err(PyStopAsyncIteration::new_err(())),
                None => return Ok(None),
            }
        }
    }

    /// Like `Subscription.arm`.
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
        let all = self.core.members().all().into_iter();
        all.filter_map(|member| {
            let client = clients.get(py, &member)?;
            Some((client, Resource(member.resource().clone())))
        })
        .collect()
    }

    fn start_close(&self) {
        let Some(core) = self.core.of_this_process() else {
            return;
        };
        core.start_close();
        let clients = lock(&self.clients).take();
        drop(clients);
    }

    /// Settles when every session has ended.
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
