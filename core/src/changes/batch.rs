use super::item::Item;
use crate::names::names;

names! {
    /// What caused a delta query.
    pub enum Trigger {
        /// The stream started.
        Start = "start",
        /// A notification announced a change.
        Hint = "hint",
        /// Notifications may have been lost.
        Resync = "resync",
        /// The subscription was not live.
        Poll = "poll",
        /// No query ran for a day (`safety_interval`).
        Safety = "safety",
        /// An earlier query may have missed announced changes, because delta lags behind notifications.
        Lag = "lag",
        /// The endpoint was replaced: the old one may have hidden changes.
        Renewal = "renewal",
        /// Everything is enumerated again, to find what Graph lost (`audit_interval`).
        Audit = "audit",
    }
    argument "trigger";
}

/// Changed items, and the checkpoint to continue from.
///
/// Process [`items`](Self::items), then store [`checkpoint`](Self::checkpoint).
///
/// # At least once
///
/// Store the checkpoint after the items, or in the same transaction. After a restart from a
/// checkpoint, the same items may come again, and none is missing.
///
/// # Mark and sweep
///
/// Graph loses track of a drive now and then. The stream then enumerates everything again, and
/// items deleted in between do not appear. A copy of the drive stays correct with one more column:
///
/// 1. Remove the row of a deleted item.
/// 2. Mark the row of any other item with the [`snapshot`](Self::snapshot) of its batch.
/// 3. After a batch that is [`caught_up`](Self::caught_up) and has a snapshot, remove every row
///    whose mark is older than that snapshot, or missing. Snapshots sort as strings.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChangeBatch {
    /// The changed items, each in its latest state and at most once. If an item comes in several
    /// batches, the last one counts. Empty in a batch that only reports `caught_up`.
    pub items: Vec<Item>,
    /// Where to continue after a restart: an opaque string for
    /// [`Since::Checkpoint`](super::checkpoint::Since::Checkpoint). Store it once the items are
    /// processed.
    pub checkpoint: String,
    /// What caused the delta query that found these items; for logs.
    pub trigger: Trigger,
    /// Whether the items were there when the stream began: the batch belongs to the first enumeration,
    /// which ends with the first batch that is [`caught_up`](Self::caught_up), also after restarts in
    /// between. False for what has changed since, for later enumerations, and for a stream that began at
    /// [`Since::Now`](super::checkpoint::Since::Now).
    pub initial: bool,
    /// Whether Graph has reported all that it knows at present: a copy is complete, and it is time
    /// to sweep. False while more batches of the same query follow, and during an audit.
    pub caught_up: bool,
    /// The enumeration that the items belong to: mark their rows with it. It stays the same until
    /// Graph loses track, or an audit begins. `None` for a stream that began at
    /// [`Since::Now`](super::checkpoint::Since::Now), until it has to enumerate.
    pub snapshot: Option<String>,
    /// Graph's code if Graph lost track (HTTP 410), on the first batch of the new enumeration.
    /// After `resyncChangesApplyDifferences`, items missing from the enumeration were deleted: the
    /// sweep is right. After `resyncChangesUploadDifferences`, Graph may have lost them: a program
    /// that copies their content should compare before it removes anything.
    pub resync_code: Option<String>,
}

impl ChangeBatch {
    /// Makes a batch by hand, for tests of what handles them: one that is caught up, from no
    /// enumeration. Set the other fields afterwards.
    ///
    /// ```
    /// # use drivebell::{ChangeBatch, DriveItem, Item};
    /// let item = DriveItem::from_raw(r#"{"id":"1","name":"plan.pdf","file":{}}"#)?;
    /// let mut batch = ChangeBatch::new(vec![Item::Drive(item)], "checkpoint");
    /// batch.initial = true;
    /// # Ok::<(), drivebell::Error>(())
    /// ```
    pub fn new(items: Vec<Item>, checkpoint: impl Into<String>) -> Self {
        Self {
            items,
            checkpoint: checkpoint.into(),
            trigger: Trigger::Hint,
            initial: false,
            caught_up: true,
            snapshot: None,
            resync_code: None,
        }
    }
}
