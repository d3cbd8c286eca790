use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A partition that this worker owns, and under which epoch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The partition.
    pub partition: Arc<str>,
    /// The epoch under which it was claimed. A later owner has a higher one.
    pub epoch: u64,
}

/// What happens to the leases of this worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaseChange {
    /// The partition is this worker's: follow its drives.
    Gained(Lease),
    /// Another worker has it: stop at once, and write nothing more.
    Lost(Lease),
    /// It goes to another worker, or this one closes: finish what has begun, stop, and call
    /// [`LeaseKeeper::released`](crate::LeaseKeeper::released).
    Release(Lease),
}

/// How a worker takes part.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LeaseOptions {
    /// How long a worker may be silent before the others take its partitions. Four times in this time it
    /// shows that it lives. Default: 8 seconds.
    pub lease_time: Duration,
    /// How much this worker can take compared with the others. Default: 100.
    pub capacity: u64,
}

impl Default for LeaseOptions {
    fn default() -> Self {
        Self {
            lease_time: Duration::from_secs(8),
            capacity: 100,
        }
    }
}

/// Who is there, and what this worker has, as of the last time that ownership was listed.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct LeaseView {
    /// All workers that live, sorted by their names.
    pub workers: Vec<WorkerLoad>,
    /// How many partitions have no owner that lives.
    pub unowned: usize,
    /// How many this worker has.
    pub owned: usize,
    /// How long ago ownership was listed. Long, if the store is away. `None` before the first time.
    pub listed: Option<tokio::time::Instant>,
    /// How often a partition was taken from a worker that was silent, or from nobody.
    pub claimed: u64,
    /// How often another worker handed a partition over to this one.
    pub received: u64,
    /// How often a partition was handed over to another worker.
    pub handed_over: u64,
    /// How often another worker had taken a partition from this one.
    pub lost: u64,
}

/// What a worker has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerLoad {
    /// Its id: its name, and what tells one start from another.
    pub id: String,
    /// How much it can take compared with the others; 0 while it hands everything over.
    pub capacity: u64,
    /// How many partitions it has.
    pub partitions: usize,
    /// What these weigh.
    pub weight: u64,
}

impl fmt::Display for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (epoch {})", self.partition, self.epoch)
    }
}
