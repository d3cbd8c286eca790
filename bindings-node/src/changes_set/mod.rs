use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, MutexGuard};

use drivebell::declarations::CHANGES_OPTIONS;
use drivebell::{ChangesMember, ChangesMembers, ChangesSet, ChangesSetEvents, Error, Since};
use futures_core::Stream;
use napi::Result;
use napi::bindgen_prelude::{Function, Object};
use napi_derive::napi;
use tokio::sync::Mutex;

use crate::changes::events::{NativeChangesEvents, SharedIds};
use crate::changes::stats::NativeChangesStats;
use crate::changes::{NativeBatch, read_options};
use crate::client::NativeClient;
use crate::error::NativeError;
use crate::number::number;
use crate::options;
use crate::outcome::outcome;
use crate::resource::NativeResource;
use crate::runtime;
use crate::runtime::operation::{self, DoneOutcome, NativeOperation};
use crate::set::MemberOutcome;
use crate::set::member_ids::MemberIds;

/// Streams of changes of many resources. It has no queue, like `NativeChanges`.
#[napi]
pub struct NativeChangesSet {
    /// Remain when the set has closed.
    members: ChangesMembers,
    events: ChangesSetEvents,
    set: Arc<Mutex<Option<ChangesSet>>>,
    ids: SharedIds,
}

outcome!(ChangesSetOutcome(NativeChangesSet));

// Neither at the end of the set.
outcome!(MemberBatchOutcome(Option<NativeMemberBatch>));

/// A batch of a member, or why it has ended.
#[napi(object, object_from_js = false)]
pub struct NativeMemberBatch {
    /// Its id.
    pub member: u32,
    pub batch: Option<NativeBatch>,
    pub error: Option<NativeError>,
}

#[napi(object, object_from_js = false)]
pub struct NativeChangesSetStats {
    pub members: f64,
    pub live: f64,
    pub polling: f64,
    pub ended: f64,
    pub total: NativeChangesStats,
}

impl From<ChangesSet> for NativeChangesSet {
    fn from(set: ChangesSet) -> Self {
        let mut ids = MemberIds::default();
        for member in set.members().all() {
            ids.id_of(member);
        }
        Self {
            members: set.members().clone(),
            events: set.events(),
            set: Arc::new(Mutex::new(Some(set))),
            ids: Arc::new(std::sync::Mutex::new(ids)),
        }
    }
}

impl NativeChangesSet {
    fn ids(&self) -> MutexGuard<'_, MemberIds<ChangesMember>> {
        runtime::lock(&self.ids)
    }

    fn member(&self, client: &NativeClient, resource: &NativeResource) -> Option<ChangesMember> {
        self.members.get(client.core(), &resource.0)
    }
}

/// The next batch of a member that JavaScript knows.
async fn next(set: &Mutex<Option<ChangesSet>>, ids: &SharedIds) -> Option<NativeMemberBatch> {
    let mut set = set.lock().await;
    let set = set.as_mut()?;
    loop {
        let next = poll_fn(|cx| Pin::new(&mut *set).poll_next(cx)).await?;
        let id = runtime::lock(ids).get(&next.member);
        if let Some(member) = id {
            let (batch, error) = match next.batch {
                Ok(batch) => (Some(batch.into()), None),
                Err(error) => (None, Some(error.into())),
            };
            return Some(NativeMemberBatch {
                member,
                batch,
                error,
            });
        }
    }
}

#[expect(clippy::result_large_err, reason = "once for each call that fails")]
fn start(
    client: &NativeClient,
    resources: &[&NativeResource],
    sinces: &[String],
    given: options::Given,
) -> std::result::Result<ChangesSet, NativeError> {
    let options = read_options(given)?;
    let sinces = sinces.iter().map(|since| since.parse());
    let sinces = sinces.collect::<std::result::Result<Vec<Since>, Error>>()?;
    let runtime = runtime::handle().ok_or_else(NativeError::no_runtime)?;
    let _guard = runtime.enter();
    let resources = resources.iter().map(|resource| &resource.0);
    Ok(client
        .core()
        .changes_all(resources.zip(&sinces), &options)?)
}

#[napi]
impl NativeChangesSet {
    /// Starts to subscribe and to query at once. Each resource has its beginning at the same place in
    /// `sinces`.
    #[napi(catch_unwind)]
    pub fn create(
        client: &NativeClient,
        resources: Vec<&NativeResource>,
        sinces: Vec<String>,
        options: Object<'_>,
    ) -> Result<ChangesSetOutcome> {
        let given = options::read(CHANGES_OPTIONS, &options)?;
        Ok(start(client, &resources, &sinces, given).into())
    }

    /// Returns the id that the member's batches and events carry. Adding a member again returns the
    /// same id.
    #[napi(catch_unwind)]
    pub fn add(
        &self,
        client: &NativeClient,
        resource: &NativeResource,
        since: String,
    ) -> MemberOutcome {
        // Locked first, because the member's first batch must find its id.
        let mut ids = self.ids();
        let added = match runtime::handle() {
            Some(runtime) => {
                let _guard = runtime.enter();
                let since = since.parse::<Since>();
                since
                    .and_then(|since| self.members.add_for(client.core(), &resource.0, &since))
                    .map_err(NativeError::from)
            }
            None => Err(NativeError::no_runtime()),
        };
        added.map(|member| ids.id_of(member)).into()
    }

    /// Returns the id of a member; null if it is not one.
    #[napi(catch_unwind)]
    pub fn id_of(&self, client: &NativeClient, resource: &NativeResource) -> Option<u32> {
        self.ids().get(&self.member(client, resource)?)
    }

    /// Returns the id that it had; null if it was not a member.
    #[napi(catch_unwind)]
    pub fn remove(&self, client: &NativeClient, resource: &NativeResource) -> Option<u32> {
        let member = self.member(client, resource)?;
        self.members.remove(client.core(), &resource.0);
        self.ids().remove(&member)
    }

    #[napi(getter, catch_unwind)]
    pub fn size(&self) -> f64 {
        number(self.members.len() as u64)
    }

    /// Like `NativeSubscriptionSet.memberIds`.
    #[napi(catch_unwind)]
    pub fn member_ids(&self) -> Vec<u32> {
        let is_member = |member: &ChangesMember| {
            let current = self.members.get(member.client(), member.resource());
            current.is_some()
        };
        self.ids().current(is_member)
    }

    #[napi(catch_unwind)]
    pub fn next(&self, settle: Function<'_, MemberBatchOutcome, ()>) -> Result<NativeOperation> {
        let (set, ids) = (Arc::clone(&self.set), Arc::clone(&self.ids));
        operation::start(&settle, async move { Ok(next(&set, &ids).await) })
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
    ) -> Option<NativeChangesStats> {
        Some(self.member(client, resource)?.stats().into())
    }

    #[napi(catch_unwind)]
    pub fn stats(&self) -> NativeChangesSetStats {
        let stats = self.members.stats();
        NativeChangesSetStats {
            members: number(stats.members as u64),
            live: number(stats.live as u64),
            polling: number(stats.polling as u64),
            ended: number(stats.ended as u64),
            total: stats.total.into(),
        }
    }

    /// Returns an error if there is no such member, or it has ended.
    #[napi(catch_unwind)]
    pub fn hint(&self, client: &NativeClient, resource: &NativeResource) -> Option<NativeError> {
        let hinted = self.members.hint(client.core(), &resource.0);
        hinted.err().map(Into::into)
    }

    /// All of them share one queue: each event is in one of them.
    #[napi(catch_unwind)]
    pub fn events(&self) -> NativeChangesEvents {
        NativeChangesEvents::of_set(Arc::clone(&self.ids), self.events.clone())
    }

    /// Like `NativeChanges.close`.
    #[napi(catch_unwind)]
    pub fn close(&self, settle: Function<'_, DoneOutcome, ()>) -> Result<NativeOperation> {
        self.members.start_close();
        let set = Arc::clone(&self.set);
        operation::start(&settle, async move {
            let set = set.lock().await.take();
            if let Some(set) = set {
                set.closed().await;
            }
            Ok(())
        })
    }
}

impl Drop for NativeChangesSet {
    /// An operation may share the set, which would otherwise outlive its environment.
    fn drop(&mut self) {
        self.members.start_close();
    }
}
