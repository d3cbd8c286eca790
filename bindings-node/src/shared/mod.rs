mod js_store;
mod records;
mod store;
mod store_call;
mod view;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

use drivebell::declarations::{CHANGES_OPTIONS, OptionSpec, SHARED_OPTIONS};
use drivebell::{ChangesMember, ChangesOptions, ChangesSetEvents, Client, Error, Resource, Since};
use drivebell_store::{SharedChanges, SharedClient as _, SharedMembers, SharedOptions};
use futures_core::Stream as _;
use napi::Result;
use napi::bindgen_prelude::{Function, Object};
use napi_derive::napi;

use self::store::NativeStore;
use self::view::{NativeOwnedDrive, NativeSharedStats, NativeWorker};
use crate::changes::NativeBatch;
use crate::changes::events::NativeChangesEvents;
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

/// The changes of drives that several processes share. It has no queue, like `NativeChanges`.
#[napi]
pub struct NativeSharedChanges {
    /// Remain when the stream has closed.
    members: SharedMembers,
    events: ChangesSetEvents,
    stream: Arc<Mutex<Option<SharedChanges>>>,
    ids: SharedIds,
    /// The drive of the batch that was handed out last.
    last: Last,
}

type Last = Arc<Mutex<Option<(Client, Resource)>>>;

type SharedIds = Arc<Mutex<MemberIds<(Client, Resource)>>>;

outcome!(SharedChangesOutcome(NativeSharedChanges));
// Neither at the end of the stream.
outcome!(SharedBatchOutcome(Option<NativeSharedBatch>));

/// A batch of a drive, or why it is refused at present.
#[napi(object, object_from_js = false)]
pub struct NativeSharedBatch {
    /// The id of the member.
    pub member: u32,
    pub batch: Option<NativeBatch>,
    pub error: Option<NativeError>,
    pub epoch: f64,
    pub sequence: f64,
}

/// The tables of the options that such a stream takes.
const TABLES: [&[OptionSpec]; 2] = [SHARED_OPTIONS, CHANGES_OPTIONS];

#[expect(clippy::result_large_err, reason = "once for each call that fails")]
fn read_options(
    given: options::Given,
) -> std::result::Result<(SharedOptions, ChangesOptions), NativeError> {
    let mut shared = SharedOptions::default();
    let mut changes = ChangesOptions::default();
    for (spec, value) in given? {
        if SHARED_OPTIONS.iter().any(|each| each.name == spec.name) {
            shared.set(spec, value)?;
        } else {
            changes.set(spec, value)?;
        }
    }
    Ok((shared, changes))
}

impl From<SharedChanges> for NativeSharedChanges {
    fn from(stream: SharedChanges) -> Self {
        Self {
            members: stream.members().clone(),
            events: stream.events(),
            stream: Arc::new(Mutex::new(Some(stream))),
            ids: Arc::default(),
            last: Arc::default(),
        }
    }
}

impl NativeSharedChanges {
    fn ids(&self) -> MutexGuard<'_, MemberIds<(Client, Resource)>> {
        runtime::lock(&self.ids)
    }
}

fn member_of(client: &NativeClient, resource: &NativeResource) -> (Client, Resource) {
    (client.core().clone(), resource.0.clone())
}

/// The next batch of a drive that JavaScript knows. Says that the one before is done.
async fn next(
    stream: &Mutex<Option<SharedChanges>>,
    ids: &SharedIds,
    last: &Last,
) -> Option<NativeSharedBatch> {
    loop {
        let next = poll_fn(|cx| match runtime::lock(stream).as_mut() {
            Some(stream) => Pin::new(stream).poll_next(cx),
            None => Poll::Ready(None),
        })
        .await?;
        let drive = (next.client, next.resource);
        let id = runtime::lock(ids).get(&drive);
        let Some(member) = id else {
            abandon(stream);
            continue;
        };
        *runtime::lock(last) = Some(drive);
        let (batch, error) = match next.batch {
            Ok(batch) => (Some(batch.into()), None),
            Err(error) => (None, Some(error.into())),
        };
        return Some(NativeSharedBatch {
            member,
            batch,
            error,
            epoch: number(next.epoch),
            sequence: number(next.sequence),
        });
    }
}

fn abandon(stream: &Mutex<Option<SharedChanges>>) {
    if let Some(stream) = runtime::lock(stream).as_mut() {
        stream.abandon();
    }
}

#[expect(clippy::result_large_err, reason = "once for each call that fails")]
fn start(
    client: &NativeClient,
    drives: &[&NativeResource],
    sinces: &[String],
    store: &NativeStore,
    given: options::Given,
) -> std::result::Result<NativeSharedChanges, NativeError> {
    let (options, changes) = read_options(given)?;
    let sinces = sinces.iter().map(|since| since.parse());
    let sinces = sinces.collect::<std::result::Result<Vec<Since>, Error>>()?;
    let runtime = runtime::handle().ok_or_else(NativeError::no_runtime)?;
    let _guard = runtime.enter();
    let resources = drives.iter().map(|drive| &drive.0);
    let stream =
        client
            .core()
            .changes_shared(resources.zip(&sinces), store.handle(), &options, &changes)?;
    let stream = NativeSharedChanges::from(stream);
    for drive in drives {
        stream.ids().id_of(member_of(client, drive));
    }
    Ok(stream)
}

#[napi]
impl NativeSharedChanges {
    /// Begins to take part at once. Each drive has its beginning at the same place in `sinces`.
    #[napi(catch_unwind)]
    pub fn create(
        client: &NativeClient,
        drives: Vec<&NativeResource>,
        sinces: Vec<String>,
        store: &NativeStore,
        options: Object<'_>,
    ) -> Result<SharedChangesOutcome> {
        let given = options::read_all(&TABLES, &options)?;
        Ok(start(client, &drives, &sinces, store, given).into())
    }

    /// The id of this process in the store.
    #[napi(getter, catch_unwind)]
    pub fn worker(&self) -> String {
        self.members.worker().to_owned()
    }

    /// Returns the id that the drive's batches carry. Adding a drive again returns the same id.
    #[napi(catch_unwind)]
    pub fn add(
        &self,
        client: &NativeClient,
        resource: &NativeResource,
        since: String,
    ) -> MemberOutcome {
        // Locked first, because the drive's first batch must find its id.
        let mut ids = self.ids();
        let since = since.parse::<Since>();
        let added =
            since.and_then(|since| self.members.add_for(client.core(), &resource.0, &since));
        added
            .map(|()| ids.id_of(member_of(client, resource)))
            .into()
    }

    /// Returns the id of a drive; null if there is no such drive.
    #[napi(catch_unwind)]
    pub fn id_of(&self, client: &NativeClient, resource: &NativeResource) -> Option<u32> {
        self.ids().get(&member_of(client, resource))
    }

    /// Returns the id that it had; null if there was no such drive.
    #[napi(catch_unwind)]
    pub fn remove(&self, client: &NativeClient, resource: &NativeResource) -> Option<u32> {
        let id = self.ids().remove(&member_of(client, resource))?;
        self.members.remove(client.core(), &resource.0);
        Some(id)
    }

    /// Like `NativeSubscriptionSet.memberIds`.
    #[napi(catch_unwind)]
    pub fn member_ids(&self) -> Vec<u32> {
        self.ids().current(|_| true)
    }

    #[napi(catch_unwind)]
    pub fn next(&self, settle: Function<'_, SharedBatchOutcome, ()>) -> Result<NativeOperation> {
        let (stream, ids) = (Arc::clone(&self.stream), Arc::clone(&self.ids));
        let last = Arc::clone(&self.last);
        operation::start(&settle, async move { Ok(next(&stream, &ids, &last).await) })
    }

    /// Returns the id that the drive of the last batch has now; null if it was removed.
    #[napi(catch_unwind)]
    pub fn id_of_last(&self) -> Option<u32> {
        let last = runtime::lock(&self.last);
        self.ids().get(last.as_ref()?)
    }

    /// The last batch is done, although the next one is not asked for.
    #[napi(catch_unwind)]
    pub fn done(&self) {
        if let Some(stream) = runtime::lock(&self.stream).as_mut() {
            stream.done();
        }
    }

    /// The last batch is not done, and will not be.
    #[napi(catch_unwind)]
    pub fn abandon(&self) {
        abandon(&self.stream);
    }

    /// All of them share one queue: each event is in one of them.
    #[napi(catch_unwind)]
    pub fn events(&self) -> NativeChangesEvents {
        let ids = Arc::clone(&self.ids);
        let id_of = move |member: &ChangesMember| {
            let drive = (member.client().clone(), member.resource().clone());
            runtime::lock(&ids).get(&drive)
        };
        NativeChangesEvents::of_members(id_of, self.events.clone())
    }

    #[napi(catch_unwind)]
    pub fn owned(&self) -> Vec<NativeOwnedDrive> {
        let ids = self.ids();
        let owned = self.members.owned().into_iter().filter_map(|drive| {
            let source = drive.source.as_ref()?;
            let id = ids.get(&(source.client.clone(), source.resource.clone()))?;
            Some(NativeOwnedDrive::new(id, drive))
        });
        owned.collect()
    }

    #[napi(catch_unwind)]
    pub fn workers(&self) -> Vec<NativeWorker> {
        view::workers(self.members.view())
    }

    #[napi(catch_unwind)]
    pub fn stats(&self) -> NativeSharedStats {
        NativeSharedStats::new(self.members.len(), &self.members.view())
    }

    /// Hands the drives over. Call it when the last `next` has settled or was cancelled. Settles when the
    /// others have the drives, or after the lease time.
    #[napi(catch_unwind)]
    pub fn close(&self, settle: Function<'_, DoneOutcome, ()>) -> Result<NativeOperation> {
        let stream = runtime::lock(&self.stream).take();
        operation::start(&settle, async move {
            if let Some(stream) = stream {
                stream.close().await;
            }
            Ok(())
        })
    }
}

impl Drop for NativeSharedChanges {
    /// An operation may share the stream, which would otherwise outlive its environment.
    fn drop(&mut self) {
        runtime::lock(&self.stream).take();
    }
}
