//! What a batch has changed, until it is reported.

use std::collections::{HashMap, HashSet};

use drivebell::{FoundBy, Trigger};

use super::fields::Difference;
use super::nodes::Node;
use crate::node::NodeId;

/// The nodes that a batch has touched.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) trigger: Trigger,
    /// For items that a sweep has found to be gone.
    pub(super) found_by: Option<FoundBy>,
    /// Items of which the batch itself says nothing: they have waited for it.
    pub(super) old_news: HashSet<NodeId>,
    /// A folder has come back, with its content.
    pub(super) has_again: bool,
    /// Something new has changed once more.
    is_stale: bool,
    /// New in the tree, folders before their content.
    pub(super) fresh: Vec<Node>,
    /// Known to the consumer, and different now.
    pub(super) known: Vec<NodeId>,
    /// Gone, in the order in which they came.
    pub(super) gone: Vec<NodeId>,
    pub(super) pending: HashMap<NodeId, Pending>,
    /// The items that have left a folder, by the folder.
    pub(super) left: HashMap<NodeId, Vec<NodeId>>,
}

/// A node that the consumer knows in another state, or not at all.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) step: Step,
    pub(super) is_fresh: bool,
    pub(super) is_gone: bool,
    /// There may be something in it that is not new, but that the consumer does not know.
    pub(super) is_again: bool,
    /// Where the consumer knows it, if that is elsewhere: folder and name.
    pub(super) before: Option<(Option<NodeId>, String)>,
    pub(super) difference: Difference,
}

impl Pending {
    /// The consumer does not know the item any more: it is created again, with what is in it.
    pub(super) fn make_fresh(&mut self) {
        self.is_fresh = true;
        self.is_again = true;
        self.before = None;
    }
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    #[default]
    Open,
    /// What must come before it is being reported.
    Underway,
    Reported,
}

impl Work {
    pub(super) fn new(trigger: Trigger) -> Self {
        Self {
            trigger,
            found_by: None,
            old_news: HashSet::new(),
            has_again: false,
            is_stale: false,
            fresh: Vec::new(),
            known: Vec::new(),
            gone: Vec::new(),
            pending: HashMap::new(),
            left: HashMap::new(),
        }
    }

    /// Nothing happened but that items came.
    pub(super) fn is_all_fresh(&self) -> bool {
        self.known.is_empty() && self.gone.is_empty() && !self.is_stale
    }

    pub(super) fn add_fresh(&mut self, node: Node) {
        self.pending.entry(node.node).or_default().is_fresh = true;
        self.fresh.push(node);
    }

    /// There may be something in a new folder that is not new.
    pub(super) fn set_again(&mut self, node: NodeId) {
        self.has_again = true;
        if let Some(pending) = self.pending.get_mut(&node) {
            pending.is_again = true;
        }
    }

    /// An item that the consumer knows has another place.
    pub(super) fn add_move(&mut self, node: NodeId, folder: Option<NodeId>, name: String) {
        let pending = self.pending.entry(node).or_default();
        if pending.is_fresh || pending.before.is_some() {
            self.is_stale |= pending.is_fresh;
            return;
        }
        if pending.difference == Difference::default() {
            self.known.push(node);
        }
        if let Some(folder) = folder {
            self.left.entry(folder).or_default().push(node);
        }
        pending.before = Some((folder, name));
    }

    pub(super) fn add_difference(&mut self, node: NodeId, difference: Difference) {
        let pending = self.pending.entry(node).or_default();
        if pending.is_fresh {
            self.is_stale = true;
            return;
        }
        if pending.before.is_none() && pending.difference == Difference::default() {
            self.known.push(node);
        }
        pending.difference = difference;
    }

    pub(super) fn add_gone(&mut self, node: NodeId) {
        let pending = self.pending.entry(node).or_default();
        if !std::mem::replace(&mut pending.is_gone, true) {
            self.gone.push(node);
        }
    }

    pub(super) fn is_gone(&self, node: NodeId) -> bool {
        self.pending
            .get(&node)
            .is_some_and(|pending| pending.is_gone)
    }

    /// Of two items with one name, whether this one has it no more.
    pub(super) fn is_older(&self, node: NodeId, other: NodeId) -> bool {
        self.old_news.contains(&node) && !self.old_news.contains(&other)
    }

    /// Its deletion was reported.
    pub(super) fn has_gone(&self, node: NodeId) -> bool {
        let pending = self.pending.get(&node);
        pending.is_some_and(|pending| pending.is_gone && pending.step == Step::Reported)
    }

    /// The consumer does not know it yet.
    pub(super) fn is_unknown(&self, node: NodeId) -> bool {
        let pending = self.pending.get(&node);
        pending.is_some_and(|pending| pending.is_fresh && pending.step != Step::Reported)
    }

    /// Where the consumer knows an item that has moved meanwhile.
    pub(super) fn before(&self, node: NodeId) -> Option<&(Option<NodeId>, String)> {
        let pending = self.pending.get(&node)?;
        if pending.step == Step::Reported {
            return None;
        }
        pending.before.as_ref()
    }
}
