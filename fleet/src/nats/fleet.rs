use std::fmt;
use std::sync::Arc;

use super::key_text::{token, tokens};
use super::{NatsError, NatsErrorKind};

/// The most characters of a fleet's name.
const MAX_NAME: usize = 32;

/// The name of a fleet, and the names on NATS that follow from it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fleet(Arc<str>);

impl Fleet {
    /// Takes a name of 1 to 32 letters, digits, `-` and `_`.
    pub fn new(name: &str) -> Result<Self, NatsError> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(is_allowed) {
            return Err(NatsError::new(
                NatsErrorKind::Options,
                format!(
                    "the name of a fleet must have 1 to {MAX_NAME} letters of a to z, digits, '-' and \
                     '_', and is {name:?}"
                ),
            ));
        }
        Ok(Self(name.into()))
    }

    /// The name itself.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The bucket of the drives to follow.
    pub fn drives_bucket(&self) -> String {
        format!("{self}-drives")
    }

    /// The bucket that says which worker has which partition.
    pub fn leases_bucket(&self) -> String {
        format!("{self}-leases")
    }

    /// The bucket that says how far each drive was followed.
    pub fn checkpoints_bucket(&self) -> String {
        format!("{self}-checkpoints")
    }

    /// The bucket of budgets and pauses.
    pub fn control_bucket(&self) -> String {
        format!("{self}-control")
    }

    /// The stream of changes.
    pub fn changes_stream(&self) -> String {
        format!("{self}-changes")
    }

    /// What the stream of changes takes.
    pub(super) fn subjects(&self) -> [String; 2] {
        [format!("{self}.changes.>"), format!("{self}.fence.*")]
    }

    /// Where the changes of a drive go.
    pub fn changes_subject(&self, drive: &str) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-/_=.".contains(c);
        let is_subject = drive.chars().all(is_plain) && drive.split('.').all(|it| !it.is_empty());
        if is_subject {
            format!("{self}.changes.{drive}")
        } else {
            format!("{self}.changes.{}", tokens(drive))
        }
    }

    /// Where the fence of a partition is.
    pub(crate) fn fence_subject(&self, partition: &str) -> String {
        format!("{self}.fence.{}", token(partition))
    }

    /// What the events of a drive name as their source.
    pub fn source(&self, drive: &str) -> String {
        format!("/drivebell/{self}/{}", tokens_of_source(drive))
    }
}

/// A URI reference takes no other characters.
fn tokens_of_source(drive: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-/_=.".contains(c);
    if drive.chars().all(is_plain) {
        drive.to_owned()
    } else {
        tokens(drive)
    }
}

impl fmt::Display for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_from_the_fleets() {
        let fleet = Fleet::new("drivebell").unwrap();
        assert_eq!(fleet.leases_bucket(), "drivebell-leases");
        assert_eq!(fleet.changes_subject("a.b/c"), "drivebell.changes.a.b/c");
        assert_eq!(fleet.changes_subject("a..b"), "drivebell.changes.a=2E=2Eb");
        assert_eq!(
            fleet.changes_subject("k@c *"),
            "drivebell.changes.k=40c=20=2A"
        );
        assert_eq!(fleet.fence_subject("p0001"), "drivebell.fence.p0001");
        assert_eq!(fleet.source("a/b"), "/drivebell/drivebell/a/b");
    }

    #[test]
    fn other_names_are_refused() {
        for name in ["", "a.b", "a b", "ü", &"x".repeat(33)] {
            let error = Fleet::new(name).unwrap_err();
            assert_eq!(error.kind(), NatsErrorKind::Options, "{name}");
        }
    }
}
