//! A drive whose items make a tree, as OneDrive and SharePoint keep it, with a random life.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;

use super::feed::{Feed, HasFeed, Unkindness};
use super::node::{Id, Kind, Node, ROOT, Style};

/// No name has a character that SharePoint refuses. Each differs from the others in more than case.
const NAMES: [&str; 20] = [
    "Reports",
    "plan.pdf",
    "a",
    "B.txt",
    "Größe 100%.txt",
    "e\u{301}tude",
    "\u{e9}tude",
    "ΣΊΣΥΦΟΣ",
    "日本語.docx",
    "🎉 party #1",
    "it's & that",
    ".hidden",
    "x{1}[2]!",
    "line\u{2028}break",
    "שלום.txt",
    "İstanbul",
    "straße",
    "tab\tname",
    "ﬁle.pdf",
    "𐐀",
];

/// How many items a drive may have, and how deep they may be.
pub(super) const MAX_ITEMS: usize = 40;
pub(super) const MAX_DEPTH: usize = 6;

#[derive(Debug)]
pub(super) struct Tree {
    pub(super) feed: Feed<Node>,
    style: Arc<Style>,
    pub(super) random: Rng,
    next: Id,
    pub(super) clock: u64,
    pub(super) habits: Habits,
    /// What was deleted at once, for a restore: the item first.
    pub(super) bin: Vec<Vec<Id>>,
    /// Items that have been in another folder.
    pub(super) moved: BTreeSet<Id>,
}

/// What a service does besides.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(super) struct Habits {
    /// What is in a deleted folder has tombstones, too.
    pub(super) tells_all_deletions: bool,
    /// Folders above a change come, too.
    pub(super) touches_folders: bool,
    /// The folders come after the item.
    pub(super) folders_last: bool,
    /// Changes become visible late.
    pub(super) lags: bool,
}

impl HasFeed for Tree {
    type State = Node;

    fn feed(&mut self) -> &mut Feed<Node> {
        &mut self.feed
    }
}

impl Tree {
    /// A drive with a root, and a character that follows from the seed.
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let unkindness = Unkindness {
            skips: random.bool(),
            hides: random.u32(0..4) == 0,
            bounds: random.bool(),
            shuffles: random.bool(),
            loses: if random.bool() { 30 } else { 0 },
            repeats: random.choice([0, 25]).unwrap_or_default(),
            empties: random.choice([0, 0, 20]).unwrap_or_default(),
            random: random.fork(),
        };
        let style = Style {
            drive: format!("b!{seed}"),
            is_personal: random.u32(0..4) == 0,
            is_hashless: random.u32(0..4) == 0,
            is_terse: random.u32(0..3) == 0,
        };
        let habits = Habits {
            tells_all_deletions: random.bool(),
            touches_folders: random.u32(0..4) > 0,
            folders_last: random.bool(),
            lags: random.u32(0..4) > 0,
        };
        let mut feed = Feed::default();
        feed.page_size = random.usize(1..7);
        feed.unkindness = unkindness;
        let mut tree = Self {
            feed,
            style: Arc::new(style),
            random,
            next: ROOT,
            clock: 0,
            habits,
            bin: Vec::new(),
            moved: BTreeSet::new(),
        };
        let name = tree
            .random
            .choice(["root", "Documents", "Freigegebene Dokumente"]);
        tree.create(None, Kind::Root, name.unwrap_or_default().to_owned());
        tree
    }

    fn create(&mut self, parent: Option<Id>, kind: Kind, name: String) -> Id {
        self.create_with(parent, kind, name, Duration::ZERO)
    }

    pub(super) fn create_with(
        &mut self,
        parent: Option<Id>,
        kind: Kind,
        name: String,
        lag: Duration,
    ) -> Id {
        let id = self.next;
        self.next += 1;
        let node = Node {
            style: Arc::clone(&self.style),
            kind,
            name,
            parent,
            size: if kind == Kind::File {
                self.random.u64(1..100)
            } else {
                0
            },
            version: 1,
            content: 1,
            shared: false,
            created: self.clock,
            modified: self.clock,
            deleted: false,
        };
        self.record(id, node, lag);
        id
    }

    /// A new state of an item, and of the folders above it.
    pub(super) fn record(&mut self, id: Id, node: Node, lag: Duration) {
        let mut folders = Vec::new();
        let old = self.feed.state(id).and_then(|old| old.parent);
        for parent in [old, node.parent] {
            let mut next = parent;
            while let Some(folder) = next {
                if !folders.contains(&folder) {
                    folders.push(folder);
                }
                next = self.feed.state(folder).and_then(|folder| folder.parent);
            }
        }
        if self.habits.folders_last {
            self.feed.record(id, node, lag);
            self.touch_folders(&folders, lag);
        } else {
            self.touch_folders(&folders, lag);
            self.feed.record(id, node, lag);
        }
    }

    fn touch_folders(&mut self, folders: &[Id], lag: Duration) {
        if !self.habits.touches_folders {
            return;
        }
        for folder in folders.iter().rev() {
            // One that is deleted at the same time is gone.
            if let Some(mut node) = self.feed.state(*folder).cloned() {
                node.size = self.below(*folder).iter().map(|(_, size)| size).sum();
                node.content += 1;
                node.version += u64::from(self.random.bool());
                node.modified = self.clock;
                self.feed.record(*folder, node, lag);
            }
        }
    }

    /// Changes an item. Its eTag changes in any case.
    pub(super) fn change(&mut self, id: Id, lag: Duration, change: impl FnOnce(&mut Node)) {
        let mut node = self.feed.state(id).expect("it is there").clone();
        let parent = node.parent;
        change(&mut node);
        node.version += 1;
        node.modified = self.clock;
        if node.parent != parent {
            self.moved.insert(id);
        }
        self.record(id, node, lag);
    }

    pub(super) fn pick(&mut self, wanted: impl Fn(&Self, Id, &Node) -> bool) -> Option<Id> {
        let live: Vec<Id> = self
            .feed
            .live()
            .filter(|(id, node)| wanted(self, *id, node))
            .map(|(id, _)| id)
            .collect();
        self.random.choice(live)
    }

    /// An item that is not the root, and its folder.
    pub(super) fn pick_placed(&mut self, wanted: impl Fn(Id, &Node) -> bool) -> Option<(Id, Id)> {
        let id = self.pick(|_, id, node| id != ROOT && wanted(id, node))?;
        Some((id, self.feed.state(id)?.parent?))
    }

    /// What is in a folder, at all depths, and the sizes: a folder before its content.
    pub(super) fn below(&self, folder: Id) -> Vec<(Id, u64)> {
        let mut found = Vec::new();
        let mut open = vec![folder];
        while let Some(folder) = open.pop() {
            for (id, node) in self.feed.live() {
                if node.parent == Some(folder) {
                    let is_file = node.kind == Kind::File;
                    found.push((id, if is_file { node.size } else { 0 }));
                    open.push(id);
                }
            }
        }
        found
    }

    pub(super) fn is_within(&self, mut id: Id, folder: Id) -> bool {
        loop {
            if id == folder {
                return true;
            }
            match self.feed.state(id).and_then(|node| node.parent) {
                Some(parent) => id = parent,
                None => return false,
            }
        }
    }

    pub(super) fn depth(&self, id: Id) -> usize {
        let parent = self.feed.state(id).and_then(|node| node.parent);
        parent.map_or(0, |parent| self.depth(parent) + 1)
    }

    pub(super) fn path(&self, id: Id) -> String {
        let node = self.feed.state(id).expect("it is there");
        match node.parent {
            None => "/".to_owned(),
            Some(ROOT) => format!("/{}", node.name),
            Some(parent) => format!("{}/{}", self.path(parent), node.name),
        }
    }

    pub(super) fn is_free(&self, folder: Id, name: &str) -> bool {
        let wanted = folded(name);
        self.feed
            .live()
            .all(|(_, node)| node.parent != Some(folder) || folded(&node.name) != wanted)
    }

    pub(super) fn free_name(&mut self, folder: Id) -> String {
        // Some names are wanted more often.
        let few = if self.random.u32(0..3) == 0 {
            4
        } else {
            NAMES.len()
        };
        let name = NAMES[self.random.usize(..few)];
        if self.is_free(folder, name) {
            return name.to_owned();
        }
        let mut number = 2;
        loop {
            let numbered = format!("{name} {number}");
            if self.is_free(folder, &numbered) {
                return numbered;
            }
            number += 1;
        }
    }
}

/// At least as coarse as a drive compares names.
fn folded(name: &str) -> String {
    name.to_uppercase().to_lowercase()
}
