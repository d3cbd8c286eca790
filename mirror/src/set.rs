use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use drivebell::{
    ChangesMember, ChangesMembers, ChangesOptions, ChangesSet, ChangesSetEvents, Client, Error,
    ErrorKind, MirrorOptions, Resource,
};
use futures_core::{FusedStream, Stream};
use tokio::sync::watch;

use crate::change::Change;
use crate::feed::{Fed, Feed};
use crate::file::Claim;
use crate::filter::Filter;
use crate::keeper::{self, DriveKey, KeeperHandle, Order, Progress};
use crate::mirror::{check_resource, next, since, wait_ready, with_needed_fields};
use crate::stats::MirrorStats;
use crate::store::Settings;
use crate::tree::{Reader, Tree};

/// The trees of many drives in one file, and a [`Stream`] of what happens in them, from
/// [`MirrorClient::mirror_all`](crate::MirrorClient::mirror_all).
///
/// The sequence of changes is that of each drive. A change is done when the next one is asked for, of
/// whichever drive. A refusal ends only that drive: the stream reports it, and goes on.
pub struct MirrorSet {
    feed: Feed,
    members: MirrorMembers,
    events: ChangesSetEvents,
    finished: bool,
}

/// The next changes of a drive in a set, or the error that has ended it.
#[derive(Debug)]
#[non_exhaustive]
pub struct MemberChanges<T = Change> {
    /// The drive.
    pub member: ChangesMember,
    /// The change, or the changes of a batch.
    pub changes: Result<T, Error>,
}

/// The drives of a [`MirrorSet`]. Clones refer to the same set, and do not keep it open.
#[derive(Clone)]
pub struct MirrorMembers(Arc<Shared>);

struct Shared {
    client: Client,
    changes: ChangesMembers,
    keeper: KeeperHandle,
    reader: Arc<Reader>,
    drives: Mutex<HashMap<DriveKey, Member>>,
}

#[derive(Clone)]
#[expect(clippy::struct_field_names, reason = "the core's word")]
struct Member {
    member: ChangesMember,
    progress: watch::Receiver<Progress>,
    tree: Tree,
}

pub(crate) fn start<'a>(
    client: &Client,
    resources: impl IntoIterator<Item = &'a Resource>,
    file: &Path,
    options: &MirrorOptions,
    changes: &ChangesOptions,
) -> Result<MirrorSet, Error> {
    let filter = Filter::new(options)?;
    let resources: Vec<&Resource> = resources.into_iter().collect();
    for resource in &resources {
        check_resource(resource)?;
    }
    // Before the file is made.
    client.check_changes(resources.iter().copied(), &with_needed_fields(changes))?;
    let claim = Claim::on(file)?;
    let path = claim.path().to_owned();
    let keeper = keeper::start(claim, Settings::new(filter, options, None))?;
    let started = follow(client, &resources, &path, changes, &keeper);
    if started.is_err() {
        keeper.start_close();
    }
    started
}

fn follow(
    client: &Client,
    resources: &[&Resource],
    path: &Path,
    changes: &ChangesOptions,
    keeper: &KeeperHandle,
) -> Result<MirrorSet, Error> {
    let changes = client.changes_all([], &with_needed_fields(changes))?;
    let events = changes.events();
    let members = MirrorMembers(Arc::new(Shared {
        client: client.clone(),
        changes: changes.members().clone(),
        keeper: keeper.clone(),
        reader: Arc::new(Reader::open(path, Some(keeper.guard()))?),
        drives: Mutex::default(),
    }));
    for resource in resources {
        members.add(resource)?;
    }
    tokio::spawn(pump(changes, members.clone()));
    Ok(MirrorSet {
        feed: Feed::new(keeper.clone()),
        members,
        events,
        finished: false,
    })
}

/// Takes batches to the keeper, at its pace, until the keeper wants no more.
async fn pump(mut changes: ChangesSet, members: MirrorMembers) {
    let keeper = members.0.keeper.clone();
    while let Ok(turn) = Arc::clone(&keeper.turns).acquire_owned().await {
        let Some(batch) = next(&mut changes).await else {
            // Closing the client closes its mirrors.
            keeper.start_close();
            break;
        };
        let Some(drive) = members.key_of(&batch.member) else {
            continue;
        };
        keeper.order(match batch.batch {
            Ok(batch) => Order::Batch {
                drive,
                batch: Box::new(batch),
                turn,
            },
            Err(error) => Order::Ended {
                drive,
                error: Some(error),
            },
        });
    }
    changes.close().await;
}

impl MirrorSet {
    /// The drives, to add, remove and inspect them.
    pub fn members(&self) -> &MirrorMembers {
        &self.members
    }

    /// What the members go through.
    pub fn events(&self) -> ChangesSetEvents {
        self.events.clone()
    }

    /// The next change, or the end of a member, if one waits. Calling it says that the change before is
    /// done. An error of the file ends the stream, and comes as that of some member.
    pub fn try_next(&mut self) -> Option<MemberChanges> {
        loop {
            let fed = self.feed.next_change()?;
            if let Some(changes) = self.take(fed) {
                return Some(changes);
            }
        }
    }

    /// Like [`try_next`](Self::try_next), for all changes of a batch.
    pub fn try_next_batch(&mut self) -> Option<MemberChanges<Vec<Change>>> {
        loop {
            let fed = self.feed.next_batch()?;
            if let Some(changes) = self.take(fed) {
                return Some(changes);
            }
        }
    }

    /// As [`Mirror::try_next_chunk`](crate::Mirror::try_next_chunk).
    pub fn try_next_chunk(&mut self) -> Option<MemberChanges<Vec<Change>>> {
        loop {
            let fed = self.feed.next_chunk()?;
            if let Some(changes) = self.take(fed) {
                return Some(changes);
            }
        }
    }

    /// As [`Mirror::set_done`](crate::Mirror::set_done).
    pub fn set_done(&mut self, sequence: u64) {
        self.feed.set_done(sequence);
    }

    /// Ready when a change waits, or when no more will follow. Otherwise wakes the waker once.
    pub fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.finished {
            return Poll::Ready(());
        }
        self.feed.poll_waiting(cx)
    }

    fn take<T>(&mut self, fed: Fed<T>) -> Option<MemberChanges<T>> {
        let (drive, changes) = match fed {
            Fed::Changes(drive, changes) => (Some(drive), Ok(changes)),
            Fed::Ended(drive, error) => (Some(drive), Err(error?)),
            Fed::Failed(error) => {
                self.finished = true;
                (None, Err(error))
            }
        };
        let member = match drive {
            Some(drive) => self.members.member(drive),
            None => self.members.any(),
        };
        if member.is_none() {
            // Of a drive that was removed, nothing more comes. It is not done: the drive may be added again.
            self.feed.take_back();
        }
        Some(MemberChanges {
            member: member?,
            changes,
        })
    }

    /// Whether no more changes will follow.
    pub fn is_finished(&self) -> bool {
        self.finished || self.feed.is_closed()
    }

    /// Ends the mirror, and waits until the file is closed.
    pub async fn close(mut self) {
        self.start_close();
        self.members.closed().await;
    }

    /// Starts to end the mirror, as [`close`](Self::close) does, without waiting.
    pub fn start_close(&mut self) {
        self.feed.close();
        self.members.start_close();
    }
}

impl Drop for MirrorSet {
    fn drop(&mut self) {
        self.start_close();
    }
}

impl MirrorMembers {
    /// Adds a drive on behalf of the client that made the set. It goes on where the file ends, or begins
    /// with a full enumeration. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// Those of [`MirrorClient::mirror_all`](crate::MirrorClient::mirror_all).
    pub fn add(&self, resource: &Resource) -> Result<(), Error> {
        self.add_for(&self.0.client.clone(), resource)
    }

    /// Adds a drive on behalf of another user. Two users' `/me/drive` cannot be in one file: name them by
    /// their ids.
    ///
    /// # Errors
    /// Those of [`add`](Self::add).
    pub fn add_for(&self, client: &Client, resource: &Resource) -> Result<(), Error> {
        check_resource(resource)?;
        if self.0.keeper.is_closing() {
            return Err(keeper::closed());
        }
        let known = self.find(resource);
        if let Some(known) = known {
            if known.member.client() != client {
                let problem = format!(
                    "{resource} is in this file for another user: name their drives by id, as /drives/ID"
                );
                return Err(Error::invalid_argument("resource", problem));
            }
            let has_ended = known.progress.borrow().ended.is_some();
            if !has_ended {
                return Ok(());
            }
        }
        let (enrolled, progress) = self.0.keeper.enroll(resource)?;
        let tree = Tree::of(&self.0.reader, resource)?.ok_or_else(keeper::closed)?;
        // Locked, so that its first batch finds the member.
        let mut drives = self.drives();
        let since = since(enrolled.checkpoint);
        self.0.changes.remove(client, resource);
        let member = self.0.changes.add_for(client, resource, &since)?;
        drives.insert(
            enrolled.drive,
            Member {
                member,
                progress,
                tree,
            },
        );
        Ok(())
    }

    /// Stops to follow a drive. Its tree stays in the file as it is. False if it is not a member.
    pub fn remove(&self, resource: &Resource) -> bool {
        let mut drives = self.drives();
        let Some(drive) = drives
            .iter()
            .find(|(_, member)| member.tree.resource() == resource)
            .map(|(drive, _)| *drive)
        else {
            return false;
        };
        if let Some(removed) = drives.remove(&drive) {
            self.0.changes.remove(removed.member.client(), resource);
        }
        drop(drives);
        self.0.keeper.order(Order::Leave { drive });
        true
    }

    /// The tree of a member.
    ///
    /// # Errors
    /// `State` if it is not a member.
    pub fn tree(&self, resource: &Resource) -> Result<Tree, Error> {
        Ok(self.require(resource)?.tree)
    }

    /// Waits until the first enumeration of a member is complete, as
    /// [`Mirror::ready`](crate::Mirror::ready).
    ///
    /// # Errors
    /// Those of [`Mirror::ready`](crate::Mirror::ready), and `State` if it is not a member.
    pub async fn ready(&self, resource: &Resource) -> Result<(), Error> {
        let progress = self.require(resource)?.progress;
        wait_ready(progress).await
    }

    /// Waits until the first enumeration of every drive that is a member now is complete.
    ///
    /// # Errors
    /// The error of the first member that has ended.
    pub async fn all_ready(&self) -> Result<(), Error> {
        let all: Vec<_> = self
            .drives()
            .values()
            .map(|member| member.progress.clone())
            .collect();
        for progress in all {
            wait_ready(progress).await?;
        }
        Ok(())
    }

    /// The counts of a member.
    ///
    /// # Errors
    /// `State` if it is not a member, and `Storage`.
    pub fn stats(&self, resource: &Resource) -> Result<MirrorStats, Error> {
        let member = self.require(resource)?;
        let mut stats = member.tree.stats()?;
        stats.changes = member.member.stats();
        Ok(stats)
    }

    /// Says that something has changed in a member's drive, as [`Mirror::hint`](crate::Mirror::hint).
    ///
    /// # Errors
    /// `State` if it is not a member, or has ended.
    pub fn hint(&self, resource: &Resource) -> Result<(), Error> {
        self.require(resource)?.member.hint()
    }

    /// A member, to inspect and hint its stream of changes.
    pub fn get(&self, resource: &Resource) -> Option<ChangesMember> {
        self.find(resource).map(|member| member.member)
    }

    /// The members' resources, in no particular order.
    pub fn resources(&self) -> Vec<Resource> {
        let drives = self.drives();
        drives
            .values()
            .filter(|member| self.is_member(member))
            .map(|member| member.tree.resource().clone())
            .collect()
    }

    /// Starts to end the mirror, as [`MirrorSet::close`] does, without waiting.
    pub fn start_close(&self) {
        self.0.reader.release();
        self.0.changes.start_close();
        self.0.keeper.start_close();
    }

    /// Waits until the file is closed.
    pub async fn closed(&self) {
        self.0.keeper.ended().await;
    }

    fn drives(&self) -> MutexGuard<'_, HashMap<DriveKey, Member>> {
        self.0.drives.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, resource: &Resource) -> Option<Member> {
        let drives = self.drives();
        drives
            .values()
            .find(|member| member.tree.resource() == resource && self.is_member(member))
            .cloned()
    }

    /// False once the client of another user is closed, which takes its members along.
    fn is_member(&self, member: &Member) -> bool {
        let member = &member.member;
        self.0
            .changes
            .get(member.client(), member.resource())
            .as_ref()
            == Some(member)
    }

    fn require(&self, resource: &Resource) -> Result<Member, Error> {
        self.find(resource).ok_or_else(|| {
            let problem = format!("{resource} is not a member of this mirror");
            Error::new(ErrorKind::State, problem)
        })
    }

    fn member(&self, drive: DriveKey) -> Option<ChangesMember> {
        self.drives()
            .get(&drive)
            .map(|member| member.member.clone())
    }

    fn any(&self) -> Option<ChangesMember> {
        self.drives()
            .values()
            .next()
            .map(|member| member.member.clone())
    }

    fn key_of(&self, member: &ChangesMember) -> Option<DriveKey> {
        let drives = self.drives();
        drives
            .iter()
            .find(|(_, known)| known.member == *member)
            .map(|(drive, _)| *drive)
    }
}

impl Stream for MirrorSet {
    type Item = MemberChanges;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<MemberChanges>> {
        loop {
            std::task::ready!(self.poll_waiting(cx));
            let changes = self.try_next();
            if changes.is_some() || self.is_finished() {
                return Poll::Ready(changes);
            }
        }
    }
}

impl FusedStream for MirrorSet {
    fn is_terminated(&self) -> bool {
        self.is_finished()
    }
}

impl fmt::Debug for MirrorSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MirrorSet")
            .field("members", &self.members)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for MirrorMembers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.drives().len();
        f.debug_struct("MirrorMembers")
            .field("count", &count)
            .finish_non_exhaustive()
    }
}
