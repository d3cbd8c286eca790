use std::collections::HashMap;
use std::hash::Hash;

/// The id of each member in JavaScript.
pub(crate) struct MemberIds<M> {
    by_member: HashMap<M, u32>,
    last: u32,
}

impl<M> Default for MemberIds<M> {
    fn default() -> Self {
        Self {
            by_member: HashMap::new(),
            last: 0,
        }
    }
}

impl<M: Eq + Hash> MemberIds<M> {
    /// The id of a member, which gets one if it has none.
    pub(crate) fn id_of(&mut self, member: M) -> u32 {
        let next = self.last.wrapping_add(1);
        let id = *self.by_member.entry(member).or_insert(next);
        self.last = self.last.max(id);
        id
    }

    pub(crate) fn get(&self, member: &M) -> Option<u32> {
        self.by_member.get(member).copied()
    }

    pub(crate) fn remove(&mut self, member: &M) -> Option<u32> {
        self.by_member.remove(member)
    }

    /// The ids of all members. Forgets those of removed ones.
    pub(crate) fn current(&mut self, is_member: impl Fn(&M) -> bool) -> Vec<u32> {
        self.by_member.retain(|member, _| is_member(member));
        self.by_member.values().copied().collect()
    }
}
