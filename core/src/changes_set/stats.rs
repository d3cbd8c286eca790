use super::member::ChangesMember;
use crate::{ChangesState, ChangesStats};

/// Counts of a set of streams of changes, over all its current members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ChangesSetStats {
    /// Members in the set.
    pub members: usize,
    /// Members that are live now.
    pub live: usize,
    /// Members that poll now.
    pub polling: usize,
    /// Members that have ended with an error.
    pub ended: usize,
    /// The sums of the members' counts, and their latest times.
    pub total: ChangesStats,
}

impl ChangesSetStats {
    pub(super) fn of(members: &[ChangesMember]) -> Self {
        let mut stats = Self {
            members: members.len(),
            ..Self::default()
        };
        for member in members {
            match member.state() {
                ChangesState::Live => stats.live += 1,
                ChangesState::Polling => stats.polling += 1,
                ChangesState::Closed => stats.ended += 1,
                ChangesState::Starting
                | ChangesState::Enumerating
                | ChangesState::Away
                | ChangesState::SigningIn => {}
            }
            stats.total.add(&member.stats());
        }
        stats
    }
}
