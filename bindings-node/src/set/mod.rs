pub(crate) mod member_ids;

use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Context;

use drivebell::{Member, SubscriptionSet};
use napi::{Env, Result};
use napi_derive::napi;

use self::member_ids::MemberIds;
use crate::client::NativeClient;
use crate::error::NativeError;
use crate::event::batch::{BatchBuilder, NativeEvents};
use crate::number::number;
use crate::outcome::outcome;
use crate::resource::NativeResource;
use crate::runtime;
use crate::runtime::wake_channel::{NativeEnd, NativeWakeChannel, SessionWakers};
use crate::session::subscription::NativeStats;

/// Many sessions. They have no queue: JavaScript drains the core's mailbox.
#[napi]
pub struct NativeSubscriptionSet {
    set: Arc<SubscriptionSet>,
    wakers: SessionWakers,
    ids: Mutex<MemberIds<Member>>,
}

outcome!(MemberOutcome(u32));

#[napi(object, object_from_js = false)]
pub struct NativeSetStats {
    pub members: f64,
    pub live: f64,
    pub ended: f64,
    pub total: NativeStats,
}

impl NativeSubscriptionSet {
    fn ids(&self) -> MutexGuard<'_, MemberIds<Member>> {
        runtime::lock(&self.ids)
    }

    fn member(&self, client: &NativeClient, resource: &NativeResource) -> Option<Member> {
        self.set.members().get(client.core(), &resource.0)
    }
}

#[napi]
impl NativeSubscriptionSet {
    /// A set without members, owned by `client`.
    #[napi(catch_unwind)]
    pub fn create(client: &NativeClient) -> Self {
        Self {
            set: Arc::new(client.core().subscribe_all([])),
            wakers: SessionWakers::default(),
            ids: Mutex::default(),
        }
    }

    /// Like `NativeSubscription.attach`.
    #[napi(catch_unwind)]
    pub fn attach(&self, channel: &NativeWakeChannel, id: u32) {
        let set = Arc::clone(&self.set);
        self.wakers.attach(channel, id, async move {
            set.closed().await;
            Ok(())
        });
    }

    /// Like `NativeSubscription.end`.
    #[napi(catch_unwind)]
    pub fn end(&self) -> Option<NativeEnd> {
        self.wakers.end()
    }

    /// Returns the id that the member's events carry. Adding a member again returns the same id.
    #[napi(catch_unwind)]
    pub fn add(&self, client: &NativeClient, resource: &NativeResource) -> MemberOutcome {
        let added = match runtime::handle() {
            Some(runtime) => {
                let _guard = runtime.enter();
                let added = self.set.members().add_for(client.core(), &resource.0);
                added.map_err(NativeError::from)
            }
            None => Err(NativeError::no_runtime()),
        };
        added.map(|member| self.ids().id_of(member)).into()
    }

    /// Returns the id that it had; null if it was not a member.
    #[napi(catch_unwind)]
    pub fn remove(&self, client: &NativeClient, resource: &NativeResource) -> Option<u32> {
        let member = self.member(client, resource)?;
        self.set.members().remove(client.core(), &resource.0);
        self.ids().remove(&member)
    }

    #[napi(getter, catch_unwind)]
    pub fn size(&self) -> f64 {
        number(self.set.members().len() as u64)
    }

    /// Returns the ids of the members, and forgets those of members that were removed because their
    /// client was closed.
    #[napi(catch_unwind)]
    pub fn member_ids(&self) -> Vec<u32> {
        let members = self.set.members();
        let is_member = |member: &Member| members.get(member.client(), member.resource()).is_some();
        self.ids().current(is_member)
    }

    /// Returns true if events wait. Otherwise the channel signals the next one.
    #[napi(catch_unwind)]
    pub fn arm(&self) -> bool {
        self.wakers.waiting().is_none_or(|waker| {
            let mut cx = Context::from_waker(waker);
            self.set.poll_waiting(&mut cx).is_ready()
        })
    }

    /// Takes all events that wait, in order.
    #[napi(catch_unwind)]
    pub fn drain<'env>(&self, env: &'env Env) -> Result<NativeEvents<'env>> {
        let mut batch = BatchBuilder::new(env)?;
        // No more than wait now: a source that never pauses must not block this thread.
        let mut left = self.set.pending();
        let ids = self.ids();
        while left > 0
            && let Some(event) = self.set.try_next()
        {
            left -= 1;
            let member = ids.get(&event.member);
            batch.push(Ok(event.event), member)?;
        }
        if batch.is_empty() && self.set.is_closed() {
            batch.push_end()?;
        }
        batch.finish()
    }

    #[napi(catch_unwind)]
    pub fn state_of(
        &self,
        client: &NativeClient,
        resource: &NativeResource,
    ) -> Option<&'static str> {
        Some(self.member(client, resource)?.state().as_str())
    }

    #[napi(catch_unwind)]
    pub fn stats_of(
        &self,
        client: &NativeClient,
        resource: &NativeResource,
    ) -> Option<NativeStats> {
        Some(self.member(client, resource)?.stats().into())
    }

    #[napi(catch_unwind)]
    pub fn stats(&self) -> NativeSetStats {
        let stats = self.set.members().stats();
        NativeSetStats {
            members: number(stats.members as u64),
            live: number(stats.live as u64),
            ended: number(stats.ended as u64),
            total: stats.total.into(),
        }
    }

    /// Starts to close; the channel signals the end.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.set.start_close();
    }
}

impl Drop for NativeSubscriptionSet {
    /// The future that waits for its end shares the set, which would otherwise outlive its
    /// environment.
    fn drop(&mut self) {
        self.set.start_close();
    }
}
