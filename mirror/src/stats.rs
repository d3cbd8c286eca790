use drivebell::ChangesStats;

/// Counts of a mirrored drive. Those of the tree are kept in the file, so they go on after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MirrorStats {
    /// Items in the mirror.
    pub rows: u64,
    /// Items that wait for their folder: Graph has sent them before it, or never sent it.
    pub waiting: u64,
    /// Changes that are kept until the program has asked for the next one.
    pub outbox: u64,
    /// The sequence of the last change; 0 before the first.
    pub sequence: u64,
    /// The sequence of the last change that is done; 0 before the first.
    pub acknowledged: u64,
    /// Items that came without any difference, or, of a folder, with none but what follows from its
    /// content: its size, times and tags.
    pub suppressed: u64,
    /// Rows that were wrong when an audit or a resync came: gone, different, or missing.
    pub drift: u64,
    /// Bytes of the file, with its write-ahead log.
    pub file_size: u64,
    /// Whether the first enumeration is complete.
    pub ready: bool,
    /// The counts of the stream of changes since it started.
    pub changes: ChangesStats,
}
