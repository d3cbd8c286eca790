use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

use drivebell::{ChangesMember, ChangesSetEvents, Error};
use drivebell_mirror::{MirrorClient as _, MirrorMembers, MirrorSet};
use napi::Result;
use napi::bindgen_prelude::{Function, Object};
use napi_derive::napi;

use crate::changes::events::{NativeChangesEvents, SharedIds};
use crate::client::NativeClient;
use crate::error::NativeError;
use crate::mirror::chunk::{NativeParts, Rest};
use crate::mirror::tree::NativeTree;
use crate::mirror::{MirrorStatsOutcome, TABLES, read_options, sequence_of};
use crate::options;
use crate::outcome::outcome;
use crate::resource::NativeResource;
use crate::runtime;
use crate::runtime::operation::{self, DoneOutcome, NativeOperation};
use crate::set::MemberOutcome;
use crate::set::member_ids::MemberIds;

/// Many drives in one file, and the changes in them.
#[napi]
pub struct NativeMirrorSet {
    /// Remain when the set has closed.
    members: MirrorMembers,
    events: ChangesSetEvents,
    set: Arc<Mutex<Option<Open>>>,
    ids: SharedIds,
}

struct Open {
    set: MirrorSet,
    /// Of this member.
    rest: (u32, Rest),
}

outcome!(MirrorSetOutcome(NativeMirrorSet));
// Neither at the end of the set.
outcome!(MemberPartsOutcome(Option<NativeMemberParts>));
outcome!(TreeOutcome(NativeTree));

/// Changes of a member, or why it has ended.
#[napi(object, object_from_js = false)]
pub struct NativeMemberParts {
    /// Its id.
    pub member: u32,
    pub changes: Option<NativeParts>,
    pub error: Option<NativeError>,
}

impl From<MirrorSet> for NativeMirrorSet {
    fn from(set: MirrorSet) -> Self {
        let mut ids = MemberIds::default();
        for resource in set.members().resources() {
            if let Some(member) = set.members().get(&resource) {
                ids.id_of(member);
            }
        }
        Self {
            members: set.members().clone(),
            events: set.events(),
            set: Arc::new(Mutex::new(Some(Open {
                set,
                rest: (0, Rest::default()),
            }))),
            ids: Arc::new(Mutex::new(ids)),
        }
    }
}

/// The next changes of a member that JavaScript knows.
///
/// # Errors
/// What has ended the whole set.
async fn next(
    set: &Mutex<Option<Open>>,
    ids: &SharedIds,
    whole: bool,
) -> std::result::Result<Option<NativeMemberParts>, Error> {
    loop {
        poll_fn(|cx| match runtime::lock(set).as_mut() {
            Some(open) if open.rest.1.is_empty() => open.set.poll_waiting(cx),
            _ => Poll::Ready(()),
        })
        .await;
        let mut set = runtime::lock(set);
        let Some(open) = set.as_mut() else {
            return Ok(None);
        };
        let (member, rest) = &mut open.rest;
        if !rest.is_empty() {
            return Ok(Some(NativeMemberParts {
                member: *member,
                changes: Some(rest.take(whole)),
                error: None,
            }));
        }
        let next = open.set.try_next_chunk();
        let has_ended = open.set.is_finished();
        let Some(next) = next else {
            if has_ended {
                return Ok(None);
            }
            continue;
        };
        let id = runtime::lock(ids).get(&next.member);
        match (next.changes, id) {
            (Err(error), _) if has_ended => return Err(error),
            (Ok(changes), Some(member)) => open.rest = (member, Rest::of(changes)),
            (Err(error), Some(member)) => {
                return Ok(Some(NativeMemberParts {
                    member,
                    changes: None,
                    error: Some(error.into()),
                }));
            }
            (_, None) => {}
        }
    }
}

#[expect(clippy::result_large_err, reason = "once for each call that fails")]
fn start(
    client: &NativeClient,
    resources: &[&NativeResource],
    file: &str,
    given: options::Given,
) -> std::result::Result<MirrorSet, NativeError> {
    let (options, changes) = read_options(given)?;
    let runtime = runtime::handle().ok_or_else(NativeError::no_runtime)?;
    let _guard = runtime.enter();
    let resources = resources.iter().map(|resource| &resource.0);
    Ok(client
        .core()
        .mirror_all(resources, file, &options, &changes)?)
}

impl NativeMirrorSet {
    fn ids(&self) -> MutexGuard<'_, MemberIds<ChangesMember>> {
        runtime::lock(&self.ids)
    }
}

#[napi]
impl NativeMirrorSet {
    /// Opens the file, and starts to subscribe and to query at once.
    #[napi(catch_unwind)]
    pub fn create(
        client: &NativeClient,
        resources: Vec<&NativeResource>,
        file: String,
        options: Object<'_>,
    ) -> Result<MirrorSetOutcome> {
        let given = options::read_all(&TABLES, &options)?;
        Ok(start(client, &resources, &file, given).into())
    }

    /// Returns the id that the member's changes and events carry. Adding a member again returns the same
    /// id.
    #[napi(catch_unwind)]
    pub fn add(&self, client: &NativeClient, resource: &NativeResource) -> MemberOutcome {
        // Locked first, because the member's first changes must find its id.
        let mut ids = self.ids();
        let added = match runtime::handle() {
            Some(runtime) => {
                let _guard = runtime.enter();
                let added = self.members.add_for(client.core(), &resource.0);
                added.map_err(NativeError::from)
            }
            None => Err(NativeError::no_runtime()),
        };
        let id = match (added, self.members.get(&resource.0)) {
            (Ok(()), Some(member)) => Ok(ids.id_of(member)),
            (Ok(()), None) => Err(NativeError::cancelled()),
            (Err(error), _) => Err(error),
        };
        id.into()
    }

    /// Returns the id of a member; null if it is not one.
    #[napi(catch_unwind)]
    pub fn id_of(&self, resource: &NativeResource) -> Option<u32> {
        self.ids().get(&self.members.get(&resource.0)?)
    }

    /// Returns the id that it had; null if it was not a member.
    #[napi(catch_unwind)]
    pub fn remove(&self, resource: &NativeResource) -> Option<u32> {
        let member = self.members.get(&resource.0)?;
        self.members.remove(&resource.0);
        let id = self.ids().remove(&member);
        if let Some(open) = runtime::lock(&self.set).as_mut()
            && id == Some(open.rest.0)
        {
            open.rest = (0, Rest::default());
        }
        id
    }

    /// Like `NativeSubscriptionSet.memberIds`.
    #[napi(catch_unwind)]
    pub fn member_ids(&self) -> Vec<u32> {
        let is_member = |member: &ChangesMember| {
            let current = self.members.get(member.resource());
            current.as_ref() == Some(member)
        };
        self.ids().current(is_member)
    }

    /// Like `NativeMirror.next`.
    #[napi(catch_unwind)]
    pub fn next(
        &self,
        whole: bool,
        settle: Function<'_, MemberPartsOutcome, ()>,
    ) -> Result<NativeOperation> {
        let (set, ids) = (Arc::clone(&self.set), Arc::clone(&self.ids));
        operation::start(&settle, async move { next(&set, &ids, whole).await })
    }

    /// Like `NativeMirror.done`.
    #[napi(catch_unwind)]
    pub fn done(&self, sequence: f64) {
        if let Some(open) = runtime::lock(&self.set).as_mut() {
            open.set.set_done(sequence_of(sequence));
        }
    }

    /// Settles when the first enumeration of the member is complete; without one, those of all.
    #[napi(catch_unwind)]
    pub fn ready(
        &self,
        resource: Option<&NativeResource>,
        settle: Function<'_, DoneOutcome, ()>,
    ) -> Result<NativeOperation> {
        let (members, resource) = (
            self.members.clone(),
            resource.map(|resource| resource.0.clone()),
        );
        operation::start(&settle, async move {
            match resource {
                Some(resource) => members.ready(&resource).await,
                None => members.all_ready().await,
            }
        })
    }

    #[napi(catch_unwind)]
    pub fn tree(&self, resource: &NativeResource) -> TreeOutcome {
        self.members.tree(&resource.0).into()
    }

    #[napi(catch_unwind)]
    pub fn state_of(&self, resource: &NativeResource) -> Option<&'static str> {
        Some(self.members.get(&resource.0)?.state().as_str())
    }

    #[napi(catch_unwind)]
    pub fn stats_of(&self, resource: &NativeResource) -> MirrorStatsOutcome {
        self.members.stats(&resource.0).into()
    }

    /// Returns an error if there is no such member, or it has ended.
    #[napi(catch_unwind)]
    pub fn hint(&self, resource: &NativeResource) -> Option<NativeError> {
        let hinted = self.members.hint(&resource.0);
        hinted.err().map(Into::into)
    }

    /// All of them share one queue: each event is in one of them.
    #[napi(catch_unwind)]
    pub fn events(&self) -> NativeChangesEvents {
        NativeChangesEvents::of_set(Arc::clone(&self.ids), self.events.clone())
    }

    /// Like `NativeMirror.close`.
    #[napi(catch_unwind)]
    pub fn close(&self, settle: Function<'_, DoneOutcome, ()>) -> Result<NativeOperation> {
        if let Some(open) = runtime::lock(&self.set).as_mut() {
            open.set.start_close();
        }
        let set = Arc::clone(&self.set);
        operation::start(&settle, async move {
            let open = runtime::lock(&set).take();
            if let Some(open) = open {
                open.set.close().await;
            }
            Ok(())
        })
    }
}

impl Drop for NativeMirrorSet {
    /// An operation may share the set, which would otherwise outlive its environment.
    fn drop(&mut self) {
        self.members.start_close();
    }
}
