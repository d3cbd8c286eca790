use std::sync::Mutex;
use std::task::Context;

use drivebell::ChangesEvents;
use napi::{Env, Result};
use napi_derive::napi;

use crate::event::batch::{BatchBuilder, NativeEvents};
use crate::runtime;
use crate::runtime::wake_channel::{NativeWakeChannel, SessionWakers};

/// What a stream of changes goes through. JavaScript drains the core's mailbox.
#[napi]
pub struct NativeChangesEvents {
    events: Mutex<ChangesEvents>,
    wakers: SessionWakers,
}

impl From<ChangesEvents> for NativeChangesEvents {
    fn from(events: ChangesEvents) -> Self {
        Self {
            events: Mutex::new(events),
            wakers: SessionWakers::default(),
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
        let mut events = runtime::lock(&self.events);
        let mut batch = BatchBuilder::new(env)?;
        while let Some(event) = events.try_next() {
            batch.push(Ok(event), None)?;
        }
        if events.has_ended() {
            batch.push_end()?;
        }
        batch.finish()
    }
}
