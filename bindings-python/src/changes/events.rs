use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use drivebell::{ChangesMember, Event, Resource};
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;

use crate::event::{self, Origin};
use crate::runtime::wake::{Source, loop_waker};
use crate::runtime::{ProcessOwned, Runtime, lock};
use crate::set::clients::MemberClients;

/// Knows the `drivebell.Client` of each member of a set.
pub(crate) trait ClientOf: Send + Sync {
    fn client_of(&self, py: Python<'_>, member: &ChangesMember) -> Option<Py<PyAny>>;
}

impl ClientOf for Mutex<MemberClients<ChangesMember>> {
    fn client_of(&self, py: Python<'_>, member: &ChangesMember) -> Option<Py<PyAny>> {
        lock(self).get(py, member)
    }
}

impl ClientOf for Mutex<MemberClients<Resource>> {
    fn client_of(&self, py: Python<'_>, member: &ChangesMember) -> Option<Py<PyAny>> {
        lock(self).get(py, member.resource())
    }
}

/// What one or many streams of changes go through, for one consumer at a time.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct ChangesEvents {
    runtime: Arc<Runtime>,
    queue: ProcessOwned<Arc<Queue>>,
}

struct Queue(Mutex<Core>);

enum Core {
    Stream(Resource, drivebell::ChangesEvents),
    Set(Arc<dyn ClientOf>, drivebell::ChangesSetEvents),
}

/// An event, and where it comes from.
struct Next {
    event: Event,
    resource: Resource,
    client: Option<Py<PyAny>>,
    label: Option<String>,
}

impl Source for Queue {
    /// The streams continue without a reader of their events.
    fn start_close(&self) {}
}

impl Core {
    fn try_next(&mut self, py: Python<'_>) -> Option<Next> {
        Some(match self {
            Self::Stream(resource, events) => Next {
                event: events.try_next()?,
                resource: resource.clone(),
                client: None,
                label: events.label().map(str::to_owned),
            },
            Self::Set(clients, events) => {
                let (member, event) = events.try_next()?;
                Next {
                    event,
                    resource: member.resource().clone(),
                    client: clients.client_of(py, &member),
                    label: member.client().label().map(str::to_owned),
                }
            }
        })
    }

    fn has_ended(&self) -> bool {
        match self {
            Self::Stream(_, events) => events.has_ended(),
            Self::Set(_, events) => events.has_ended(),
        }
    }

    fn poll_waiting(&self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Stream(_, events) => events.poll_waiting(cx),
            Self::Set(_, events) => events.poll_waiting(cx),
        }
    }
}

impl ChangesEvents {
    pub(crate) fn of_stream(
        runtime: Arc<Runtime>,
        resource: Resource,
        events: drivebell::ChangesEvents,
    ) -> Self {
        Self::new(runtime, Core::Stream(resource, events))
    }

    pub(crate) fn of_set(
        runtime: Arc<Runtime>,
        clients: Arc<dyn ClientOf>,
        events: drivebell::ChangesSetEvents,
    ) -> Self {
        Self::new(runtime, Core::Set(clients, events))
    }

    fn new(runtime: Arc<Runtime>, core: Core) -> Self {
        let queue = Arc::new(Queue(Mutex::new(core)));
        Self {
            runtime,
            queue: ProcessOwned::new(queue),
        }
    }
}

#[pymethods]
impl ChangesEvents {
    /// Takes the next event; `None` if there is none yet. Raises `StopAsyncIteration` at the end.
    fn try_next(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        loop {
            let (next, ended) = {
                let mut core = lock(&self.queue.0);
                (core.try_next(py), core.has_ended())
            };
            let Some(next) = next else {
                if ended {
                    return Err(PyStopAsyncIteration::new_err(()));
                }
                return Ok(None);
            };
            let origin = Origin {
                resource: &next.resource,
                client: next.client,
                label: next.label.as_deref(),
            };
            if let Some(event) = event::to_python(py, next.event, origin)? {
                return Ok(Some(event));
            }
        }
    }

    /// Like `Subscription.arm`.
    fn arm(&self, py: Python<'_>, event_loop: Py<PyAny>, wake: Py<PyAny>) -> PyResult<bool> {
        self.runtime.check(py)?;
        let waker = loop_waker(&self.runtime, &self.queue, event_loop, wake);
        let mut cx = Context::from_waker(&waker);
        Ok(lock(&self.queue.0).poll_waiting(&mut cx).is_ready())
    }
}
