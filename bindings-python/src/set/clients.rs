use std::collections::HashMap;
use std::hash::Hash;

use pyo3::prelude::*;

/// How many entries of removed members are always allowed.
const REMOVED: usize = 16;

/// The `drivebell.Client` of each member of a set. The core removes the members of a client that is
/// closed; their entries stay for a while.
pub(crate) struct MemberClients<M> {
    by_member: HashMap<M, Py<PyAny>>,
    /// When there are this many entries, those of removed members are dropped.
    limit: usize,
}

impl<M> Default for MemberClients<M> {
    fn default() -> Self {
        Self {
            by_member: HashMap::new(),
            limit: 0,
        }
    }
}

impl<M: Eq + Hash> MemberClients<M> {
    /// Returns what is to be dropped without the lock: it may be the last reference, and run Python
    /// code.
    #[must_use]
    pub(crate) fn insert(
        &mut self,
        member: M,
        client: Py<PyAny>,
        is_removed: impl Fn(&M) -> bool,
    ) -> Vec<Py<PyAny>> {
        let mut dropped: Vec<_> = self.by_member.insert(member, client).into_iter().collect();
        if self.by_member.len() >= self.limit {
            let removed = self.by_member.extract_if(|member, _| is_removed(member));
            dropped.extend(removed.map(|(_, client)| client));
            self.limit = 2 * self.by_member.len() + REMOVED;
        }
        dropped
    }

    pub(crate) fn get(&self, py: Python<'_>, member: &M) -> Option<Py<PyAny>> {
        self.by_member
            .get(member)
            .map(|client| client.clone_ref(py))
    }

    /// To be dropped without the lock.
    #[must_use]
    pub(crate) fn remove(&mut self, member: &M) -> Option<Py<PyAny>> {
        self.by_member.remove(member)
    }

    /// To be dropped without the lock.
    #[must_use]
    pub(crate) fn take(&mut self) -> Vec<Py<PyAny>> {
        self.by_member.drain().map(|(_, client)| client).collect()
    }
}
