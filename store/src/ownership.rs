use std::fmt;

use serde::{Deserialize, Serialize};

/// Which process follows the drives of a partition.
///
/// A process also owns a record of its own, whose partition is `worker/` and its name. It writes that
/// one again and again: the process lives as long as its record gets new revisions. So the clocks of
/// machines are never compared, and a partition costs nothing while it stays where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ownership {
    /// The partition: any text of up to 512 bytes.
    pub partition: String,
    /// The process that owns it; empty if nobody does.
    #[serde(default)]
    pub owner: String,
    /// Rises by one whenever the partition gets another owner. It is the fencing token: what an earlier
    /// owner does late carries an older epoch.
    pub epoch: u64,
    /// What following it costs, in any unit. In the record of a process, how much it can take compared
    /// with the others; 0 while it hands everything over.
    #[serde(default)]
    pub weight: u64,
    /// Names this state of the record in the store, as an etag does. `None` for one that the store does
    /// not have yet.
    #[serde(default)]
    pub revision: Option<String>,
}

/// How far a drive was followed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The partition of the drive.
    pub partition: String,
    /// The drive: any text of up to 512 bytes, unique in the store.
    pub drive: String,
    /// The checkpoint of the last batch that is done, for
    /// [`Since::Checkpoint`](drivebell::Since::Checkpoint). Empty before the first.
    #[serde(default)]
    pub checkpoint: String,
    /// The epoch of the owner that has written it.
    pub epoch: u64,
    /// Rises with every batch that is done, whoever has done it.
    #[serde(default)]
    pub sequence: u64,
    /// What the follower wants to find again beside it. Mostly empty.
    #[serde(default)]
    pub memo: String,
    /// Names this state of the record in the store, as an etag does. `None` for one that the store does
    /// not have yet.
    #[serde(default)]
    pub revision: Option<String>,
}

/// A checkpoint holds links of Graph, which belong in no log.
impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoint")
            .field("partition", &self.partition)
            .field("drive", &self.drive)
            .field("epoch", &self.epoch)
            .field("sequence", &self.sequence)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}
