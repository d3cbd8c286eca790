use std::fmt;

use super::Item;

/// Why a batch was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trigger {
    /// The stream has begun.
    Start,
    /// The service said that something changed.
    Hint,
    /// Something may have changed while nobody could be told.
    Resync,
    /// The subscription is not live.
    Poll,
    /// Nothing was announced for a day.
    Safety,
    /// An earlier look may not have found all that was announced.
    Lag,
}

impl Trigger {
    /// A stable name in `snake_case`, for logs and for other languages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Hint => "hint",
            Self::Resync => "resync",
            Self::Poll => "poll",
            Self::Safety => "safety",
            Self::Lag => "lag",
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Items that changed, and the checkpoint behind them.
///
/// **At least once**: store the checkpoint after the items, or together with them; after a restart
/// from it, the same items may come again, and none is left out.
///
/// **Mark and sweep**: mark every row with the [`snapshot`](Self::snapshot) of the batch that brought
/// it last, and when a batch is [`caught_up`](Self::caught_up) and has a snapshot, remove the rows
/// with an older mark or none: they went while nobody could be told of it. Snapshots sort as texts.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ChangeBatch {
    /// What changed, each in its latest state and at most once. Of an item that comes in several
    /// batches, the last state stands.
    pub items: Vec<Item>,
    /// Where to go on from once the items are processed: an opaque text.
    pub checkpoint: String,
    /// What caused the look at the drive.
    pub trigger: Trigger,
    /// Everything that Graph knew of was told.
    pub caught_up: bool,
    /// The enumeration that the items belong to. None for a stream that began at
    /// [`Since::Now`](super::Since::Now) and never had to enumerate.
    pub snapshot: Option<String>,
    /// Graph had lost track and made the stream enumerate anew (HTTP 410): its code, on the first
    /// batch of the new snapshot. `resyncChangesApplyDifferences`: what is missing from the new
    /// enumeration was deleted. `resyncChangesUploadDifferences`: it may be that Graph has lost it,
    /// and a program that keeps copies should compare them before it removes anything.
    pub resync_code: Option<String>,
}
