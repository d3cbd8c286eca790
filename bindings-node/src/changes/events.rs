use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use drivebell::{ChangesEvents, ChangesMember, ChangesSetEvents};
use napi::{Env, Result};
use napi_derive::napi;

use crate::event::batch::{BatchBuilder, NativeEvents};
use crate::runtime;
use crate::runtime::wake_channel::{NativeWakeChannel, SessionWakers};
use crate::set::member_ids::MemberIds;

/// The id of each member of a set of streams.
pub(crate) type SharedIds = Arc<Mutex<MemberIds<ChangesMember>>>;

/// What one or many streams of changes go through. JavaScript drains the core's mailbox.
#[napi]
pub struct NativeChangesEvents {
    events: Mutex<Core>,
    wakers: SessionWakers,
}

enum Core {
    Stream(ChangesEvents),
    Set(IdOf, ChangesSetEvents),
}

/// The id of a member that JavaScript knows.
type IdOf = Box<dyn Fn(&ChangesMember) -> Option<u32> + Send>;

impl NativeChangesEvents {
    pub(crate) fn of_stream(events: ChangesEvents) -> Self {
        Self::new(Core::Stream(events))
    }

    pub(crate) fn of_set(ids: SharedIds, events: ChangesSetEvents) -> Self {
        Self::of_members(move |member| runtime::lock(&ids).get(member), events)
    }

    pub(crate) fn of_members(
        id_of: impl Fn(&ChangesMember) -> Option<u32> + Send + 'static,
        events: ChangesSetEvents,
    ) -> Self {
        Self::new(Core::Set(Box::new(id_of), events))
    }

    fn new(events: Core) -> Self {
        Self {
            events: Mutex::new(events),
            wakers: SessionWakers::default(),
        }
    }
}

impl Core {
    fn poll_waiting(&self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Stream(events) => events.poll_waiting(cx),
            Self::Set(_, events) => events.poll_waiting(cx),
        }
    }

    /// Pushes all events that wait now. Returns whether no more will follow.
    fn drain(&mut self, batch: &mut BatchBuilder<'_>) -> Result<bool> {
        match self {
            Self::Stream(events) => {
                while let Some(event) = events.try_next() {
                    batch.push(Ok(event), None)?;
                }
                Ok(events.has_ended())
            }
            Self::Set(id_of, events) => {
                // No more than wait now: a source that never pauses must not block this thread.
                for _ in 0..events.pending() {
                    let Some((member, event)) = events.try_next() else {
                        break;
                    };
                    batch.push(Ok(event), id_of(&member))?;
                }
                Ok(batch.is_empty() && events.has_ended())
            }
        }
    }
}

#[napi]
impl NativeChangesEvents {
    /// From now on the channel signals `id` when an event arrives after `arm`. Called once.
    #[napi(catch_unwind)]
    pub fn attach(&self, channel: &NativeWakeChannel, id: u32) {
        self.wakers.attach_waiting(channel, id);
    }

    /// Like `NativeSubscription.arm`.
    #[napi(catch_unwind)]
    pub fn arm(&self) -> bool {
        self.wakers.waiting().is_none_or(|waker| {
            let mut cx = Context::from_waker(waker);
            runtime::lock(&self.events).poll_waiting(&mut cx).is_ready()
        })
    }

    /// Takes all events that wait, in order.
    #[napi(catch_unwind)]
    pub fn drain<'env>(&self, env: &'env Env) -> Result<NativeEvents<'env>> {
        let mut batch = BatchBuilder::new(env)?;
        if runtime::lock(&self.events).drain(&mut batch)? {
            batch.push_end()?;
        }
        batch.finish()
    }
}
