//! Changes on their way from the outbox to the consumer.

use drivebell::Resource;

use crate::change::Change;

/// Changes of one drive.
#[derive(Debug)]
pub(crate) enum Chunk {
    Changes(Vec<Change>),
    /// As the file has them. The consumer's thread reads them, while the keeper does what else there is.
    Lines {
        resource: Resource,
        lines: String,
        /// What comes after this sequence. The others are done.
        after: u64,
    },
}

impl Chunk {
    /// `None` if a line is no change.
    pub(crate) fn into_changes(self) -> Option<Vec<Change>> {
        match self {
            Self::Changes(changes) => Some(changes),
            Self::Lines {
                resource,
                lines,
                after,
            } => {
                let changes = lines.lines().map(|line| Change::read_line(&resource, line));
                let is_open = |change: &Option<Change>| {
                    change.as_ref().is_none_or(|change| change.sequence > after)
                };
                changes.filter(is_open).collect()
            }
        }
    }
}
