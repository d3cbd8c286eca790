use std::fmt;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use drivebell::{
    Changes, ChangesEvents, ChangesOptions, ChangesState, Client, DriveItem, Error, MirrorOptions,
    Resource, Since,
};
use futures_core::{FusedStream, Stream};

use crate::change::Change;
use crate::feed::{Fed, Feed};
use crate::file::Claim;
use crate::filter::Filter;
use crate::handle::MirrorHandle;
use crate::keeper::{self, DriveKey, KeeperHandle, Order};
use crate::reader::Reader;
use crate::reading::Arrival;
use crate::stats::MirrorStats;
use crate::store::Settings;
use crate::tree::Tree;
use crate::walk::Walk;

/// The fields without which a mirror cannot be kept.
const NEEDED: [&str; 15] = [
    "name",
    "size",
    "eTag",
    "cTag",
    "createdDateTime",
    "lastModifiedDateTime",
    "createdBy",
    "lastModifiedBy",
    "parentReference",
    "file",
    "folder",
    "package",
    "root",
    "shared",
    "remoteItem",
];

/// A drive's tree in a file, and a [`Stream`] of what happens in it, from
/// [`MirrorClient::mirror`](crate::MirrorClient::mirror).
///
/// # At least once
///
/// A change is done when the next one is asked for. Until then the file keeps it: if the program ends,
/// however it ends, the change comes again with the same
/// [`sequence`](Change::sequence). Changes that were handled within the last hundredth of a second may
/// come again too.
///
/// The stream ends after its first error. Dropping it closes the mirror; what is in the file stays.
pub struct Mirror {
    feed: Feed,
    handle: MirrorHandle,
    finished: bool,
}

/// The options of the stream of changes that a mirror needs.
pub(crate) fn with_needed_fields(changes: &ChangesOptions) -> ChangesOptions {
    let mut changes = changes.clone();
    if !changes.select.is_empty() {
        for field in NEEDED {
            if !changes.select.iter().any(|selected| selected == field) {
                changes.select.push(field.to_owned());
            }
        }
    }
    changes
}

/// # Errors
/// `InvalidArgument` by the name `resource`.
pub(crate) fn check_resource(resource: &Resource) -> Result<(), Error> {
    if resource
        .delta_path()
        .is_some_and(|path| path.contains("/items/"))
    {
        let problem = format!(
            "{resource} is a list, whose rows make no tree: mirror its drive, as /sites/ID/lists/ID/drive"
        );
        return Err(Error::invalid_argument("resource", problem));
    }
    Ok(())
}

pub(crate) fn since(checkpoint: Option<String>) -> Since {
    checkpoint.map_or(Since::Start, Since::Checkpoint)
}

pub(crate) fn start(
    client: &Client,
    resource: &Resource,
    file: &Path,
    options: &MirrorOptions,
    changes: &ChangesOptions,
) -> Result<Mirror, Error> {
    let filter = Filter::new(options)?;
    check_resource(resource)?;
    // Before the file is made.
    client.check_changes([resource], &with_needed_fields(changes))?;
    let claim = Claim::on(file)?;
    let path = claim.path().to_owned();
    let settings = Settings::new(filter, options, Some(resource));
    let keeper = keeper::start(claim, settings)?;
    let started = follow(client, resource, &path, changes, &keeper);
    if started.is_err() {
        keeper.start_close();
    }
    started
}

fn follow(
    client: &Client,
    resource: &Resource,
    path: &Path,
    changes: &ChangesOptions,
    keeper: &KeeperHandle,
) -> Result<Mirror, Error> {
    let (enrolled, progress) = keeper.enroll(resource)?;
    let since = since(enrolled.checkpoint);
    let changes = client.changes_with(resource, &since, &with_needed_fields(changes))?;
    let reader = Arc::new(Reader::open(path, Some(keeper.guard()))?);
    let tree = Tree::of(&reader, resource)?.ok_or_else(keeper::closed)?;
    let handle = MirrorHandle {
        tree,
        changes: changes.handle(),
        keeper: keeper.clone(),
        progress,
    };
    tokio::spawn(pump(changes, enrolled.drive, keeper.clone()));
    Ok(Mirror {
        feed: Feed::new(keeper.clone()),
        handle,
        finished: false,
    })
}

/// Takes batches to the keeper, at its pace, until the keeper wants no more.
async fn pump(mut changes: Changes, drive: DriveKey, keeper: KeeperHandle) {
    while let Ok(turn) = Arc::clone(&keeper.turns).acquire_owned().await {
        match next(&mut changes).await {
            Some(Ok(batch)) => keeper.order(Order::Batch {
                drive,
                arrival: Box::new(Arrival::of(batch)),
                turn,
            }),
            Some(Err(error)) => {
                let error = Some(error);
                keeper.order(Order::Ended { drive, error });
                break;
            }
            None => {
                // Closing the client closes its mirrors.
                keeper.start_close();
                break;
            }
        }
    }
    changes.close().await;
}

pub(crate) async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await
}

impl Mirror {
    /// The mirrored drive.
    pub fn resource(&self) -> &Resource {
        self.handle.resource()
    }

    /// The tree, for reading. It reads the file, also while the mirror runs.
    pub fn tree(&self) -> &Tree {
        self.handle.tree()
    }

    /// A handle for other tasks, while one reads the changes.
    pub fn handle(&self) -> MirrorHandle {
        self.handle.clone()
    }

    /// Waits until the first enumeration is complete: the tree is whole. Nobody has to read the changes
    /// meanwhile.
    ///
    /// # Errors
    /// The error that has ended the mirror, or `State` if it was closed.
    pub async fn ready(&self) -> Result<(), Error> {
        self.handle.ready().await
    }

    /// As [`Tree::get`].
    ///
    /// # Errors
    /// Those of [`Tree::get`].
    pub fn get(&self, path: &str) -> Result<Option<DriveItem>, Error> {
        self.tree().get(path)
    }

    /// As [`Tree::get_by_id`].
    ///
    /// # Errors
    /// Those of [`Tree::get_by_id`].
    pub fn get_by_id(&self, id: &str) -> Result<Option<DriveItem>, Error> {
        self.tree().get_by_id(id)
    }

    /// As [`Tree::path`].
    ///
    /// # Errors
    /// Those of [`Tree::path`].
    pub fn path(&self, id: &str) -> Result<Option<String>, Error> {
        self.tree().path(id)
    }

    /// As [`Tree::children`].
    ///
    /// # Errors
    /// Those of [`Tree::children`].
    pub fn children(&self, path: &str) -> Result<Vec<DriveItem>, Error> {
        self.tree().children(path)
    }

    /// As [`Tree::walk`].
    ///
    /// # Errors
    /// Those of [`Tree::walk`].
    pub fn walk(&self, path: &str) -> Result<Walk, Error> {
        self.tree().walk(path)
    }

    /// The counts of the mirror and of its stream of changes.
    ///
    /// # Errors
    /// `Storage`.
    pub fn stats(&self) -> Result<MirrorStats, Error> {
        self.handle.stats()
    }

    /// What the stream of changes does at present.
    pub fn state(&self) -> ChangesState {
        self.handle.state()
    }

    /// What the subscription and the delta queries go through.
    pub fn events(&self) -> ChangesEvents {
        self.handle.events()
    }

    /// Says that something has changed, as [`ChangesHandle::hint`](drivebell::ChangesHandle::hint).
    ///
    /// # Errors
    /// `State` if the mirror has ended.
    pub fn hint(&self) -> Result<(), Error> {
        self.handle.hint()
    }

    /// The next change, or the error that has ended the mirror, if one waits. Together with
    /// [`poll_waiting`](Self::poll_waiting), this is the way to consume changes in your own loop. Calling
    /// it says that the change before is done.
    pub fn try_next(&mut self) -> Option<Result<Change, Error>> {
        let fed = self.feed.next_change()?;
        self.take(fed)
    }

    /// Like [`try_next`](Self::try_next), for all changes of a batch: at least one, and at most 1,000.
    pub fn try_next_batch(&mut self) -> Option<Result<Vec<Change>, Error>> {
        let fed = self.feed.next_batch()?;
        self.take(fed)
    }

    /// Like [`try_next_batch`](Self::try_next_batch), for a program that hands the changes out one by one:
    /// they are done only when [`set_done`](Self::set_done) says so.
    pub fn try_next_chunk(&mut self) -> Option<Result<Vec<Change>, Error>> {
        let fed = self.feed.next_chunk()?;
        self.take(fed)
    }

    /// Says that the changes of the last [chunk](Self::try_next_chunk) up to this sequence are done. Say it
    /// before you ask for the next chunk.
    pub fn set_done(&mut self, sequence: u64) {
        self.feed.set_done(sequence);
    }

    fn take<T>(&mut self, fed: Fed<T>) -> Option<Result<T, Error>> {
        match fed {
            Fed::Changes(_, changes) => Some(Ok(changes)),
            Fed::Failed(error) | Fed::Ended(_, Some(error)) => {
                self.finished = true;
                Some(Err(error))
            }
            Fed::Ended(_, None) => {
                self.finished = true;
                None
            }
        }
    }

    /// Ready when a change waits, or when no more will follow. Otherwise wakes the waker once, as soon as
    /// this changes.
    pub fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.finished {
            return Poll::Ready(());
        }
        self.feed.poll_waiting(cx)
    }

    /// The changes in batches: all that one delta query's page brought, and at most 1,000 at a time.
    pub fn batches(&mut self) -> Batches<'_> {
        Batches(self)
    }

    /// Whether no more changes will follow.
    pub fn is_finished(&self) -> bool {
        self.finished || self.feed.is_closed()
    }

    /// Ends the mirror, and waits until the file is closed. A change that was handed out last comes again
    /// in the next one.
    pub async fn close(mut self) {
        self.start_close();
        self.handle.closed().await;
    }

    /// Starts to end the mirror, as [`close`](Self::close) does, without waiting.
    pub fn start_close(&mut self) {
        self.feed.close();
        self.handle.start_close();
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.start_close();
    }
}

impl Stream for Mirror {
    type Item = Result<Change, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        std::task::ready!(self.poll_waiting(cx));
        Poll::Ready(self.try_next())
    }
}

impl FusedStream for Mirror {
    fn is_terminated(&self) -> bool {
        self.is_finished()
    }
}

/// A [`Stream`] of the changes of [`Mirror::batches`]. The changes of a batch are done when the next
/// batch is asked for.
#[derive(Debug)]
pub struct Batches<'a>(&'a mut Mirror);

impl Stream for Batches<'_> {
    type Item = Result<Vec<Change>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        std::task::ready!(self.0.poll_waiting(cx));
        Poll::Ready(self.0.try_next_batch())
    }
}

impl fmt::Debug for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mirror")
            .field("resource", self.resource())
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
