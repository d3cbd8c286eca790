use std::fmt;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use drivebell::{
    ChangesMember, ChangesOptions, ChangesSet, ChangesSetEvents, Client, Error, MirrorOptions,
    Resource,
};
use futures_core::{FusedStream, Stream};

use crate::change::Change;
use crate::feed::{Fed, Feed};
use crate::file::Claim;
use crate::filter::Filter;
use crate::keeper::{self, KeeperHandle, Order};
use crate::members::MirrorMembers;
use crate::mirror::{check_resource, next, with_needed_fields};
use crate::reader::Reader;
use crate::reading::Arrival;
use crate::store::Settings;

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
    let reader = Reader::open(path, Some(keeper.guard()))?;
    let members = MirrorMembers::new(client, changes.members(), keeper, reader);
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
    let keeper = members.keeper().clone();
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
                arrival: Box::new(Arrival::of(batch)),
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
