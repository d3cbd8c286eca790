use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;

use drivebell::{Member, SubscriptionSet};
use napi::{Env, Result};
use napi_derive::napi;

use crate::client::NativeClient;
use crate::error::NativeError;
use crate::event::batch::{Filling, NativeEvents};
use crate::number::number;
use crate::resource::NativeResource;
use crate::runtime;
use crate::runtime::wake_channel::{Line, NativeBell, NativeEnd};
use crate::session::subscription::NativeStats;

/// Many sessions, without a queue of their own: JavaScript drains the core's.
#[napi]
pub struct NativeSubscriptionSet {
    set: Arc<SubscriptionSet>,
    line: Line,
    numbers: Mutex<Numbers>,
}

/// By what number JavaScript knows each member.
#[derive(Default)]
struct Numbers {
    of: HashMap<Member, u32>,
    last: u32,
}

#[napi(object, object_from_js = false)]
pub struct MemberOutcome {
    pub value: Option<u32>,
    pub error: Option<NativeError>,
}

#[napi(object, object_from_js = false)]
pub struct NativeSetStats {
    pub members: f64,
    pub live: f64,
    pub ended: f64,
    pub total: NativeStats,
}

impl NativeSubscriptionSet {
    pub(crate) fn new(set: SubscriptionSet) -> Self {
        Self {
            set: Arc::new(set),
            line: Line::default(),
            numbers: Mutex::default(),
        }
    }

    fn numbers(&self) -> MutexGuard<'_, Numbers> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn member(&self, client: &NativeClient, resource: &NativeResource) -> Option<Member> {
        self.set.members().get(client.core(), &resource.0)
    }
}

#[napi]
impl NativeSubscriptionSet {
    /// As of a subscription.
    #[napi(catch_unwind)]
    pub fn attach(&self, bell: &NativeBell, number: u32) {
        let set = Arc::clone(&self.set);
        self.line.attach(bell, number, async move {
            set.closed().await;
            Ok(())
        });
    }

    /// As of a subscription.
    #[napi(catch_unwind)]
    pub fn end(&self) -> Option<NativeEnd> {
        self.line.end()
    }

    /// The number that its events carry: the one that it has, if it is a member already.
    #[napi(catch_unwind)]
    pub fn add(&self, client: &NativeClient, resource: &NativeResource) -> MemberOutcome {
        let added = match runtime::handle() {
            Some(runtime) => {
                let _inside = runtime.enter();
                let added = self.set.members().add_for(client.core(), &resource.0);
                added.map_err(Into::into)
            }
            None => Err(NativeError::internal("no thread could be started")),
        };
        match added {
            Ok(member) => {
                let mut numbers = self.numbers();
                let next = numbers.last.wrapping_add(1);
                let number = *numbers.of.entry(member).or_insert(next);
                numbers.last = numbers.last.max(number);
                MemberOutcome {
                    value: Some(number),
                    error: None,
                }
            }
            Err(error) => MemberOutcome {
                value: None,
                error: Some(error),
            },
        }
    }

    /// The number that it had.
    #[napi(catch_unwind)]
    pub fn remove(&self, client: &NativeClient, resource: &NativeResource) -> Option<u32> {
        let member = self.member(client, resource)?;
        self.set.members().remove(client.core(), &resource.0);
        self.numbers().of.remove(&member)
    }

    /// True if something waits already; else the bell rings once when it does.
    #[napi(catch_unwind)]
    pub fn arm(&self) -> bool {
        self.line.waker().is_none_or(|waker| {
            let mut cx = Context::from_waker(waker);
            self.set.poll_waiting(&mut cx).is_ready()
        })
    }

    /// All that waits, in order.
    #[napi(catch_unwind)]
    pub fn drain<'env>(&self, env: &'env Env) -> Result<NativeEvents<'env>> {
        let mut batch = Filling::new(env)?;
        // So many as there are now: a source that never rests must not keep this thread.
        let mut left = self.set.pending();
        let numbers = self.numbers();
        while left > 0
            && let Some(told) = self.set.try_next()
        {
            left -= 1;
            let member = numbers.of.get(&told.member).copied();
            batch.push(Ok(told.event), member)?;
        }
        if batch.is_empty() && self.set.is_closed() {
            batch.push_end()?;
        }
        batch.finish()
    }

    #[napi(
        catch_unwind,
        ts_return_type = "'acquiring' | 'opening' | 'backoff' | 'live' | 'renewing' | 'closed' | undefined"
    )]
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

    /// Begins to close; the bell tells when that is done.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.set.start_close();
    }
}

impl Drop for NativeSubscriptionSet {
    /// The task that waits for its end shares it: without this it would outlive its environment.
    fn drop(&mut self) {
        self.set.start_close();
    }
}
