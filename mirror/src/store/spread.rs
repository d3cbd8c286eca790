//! Which changes pass the filter, for an item and for what is in a folder.

use drivebell::{ChangeKind, FoundBy};

use super::fields::Difference;
use super::nodes::Node;
use super::report::Report;
use super::work::Step;
use crate::change::Change;
use crate::lookup::{MAX_DEPTH, read_raw};
use crate::node::{NodeId, facets};
use crate::paths::joined;

/// What is special about a change.
#[derive(Debug, Clone, Copy, Default)]
struct Traits {
    difference: Difference,
    /// How many items the consumer knows in it.
    below: u64,
    moved_in: bool,
    moved_out: bool,
    inherited: bool,
    found_by: Option<FoundBy>,
}

impl Report<'_> {
    pub(super) fn created(
        &mut self,
        node: &Node,
        path: &str,
        moved_in: bool,
        inherited: bool,
    ) -> rusqlite::Result<()> {
        if !self.filter.passes(path, is_folder(node)) {
            return Ok(());
        }
        let traits = Traits {
            difference: Difference {
                content: !is_folder(node),
                ..Difference::default()
            },
            moved_in,
            inherited,
            ..Traits::default()
        };
        self.push(node, ChangeKind::Created, path, None, traits)
    }

    /// Everything in a folder that is new for the consumer, although it is not new.
    pub(super) fn created_again(
        &mut self,
        folder: &Node,
        path: &str,
        depth: usize,
    ) -> rusqlite::Result<()> {
        let is_empty = folder.below == 0 && !self.work.left.contains_key(&folder.node);
        if is_empty || depth == MAX_DEPTH {
            return Ok(());
        }
        let mut children = self.known_children(folder.node)?;
        while let Some((child, name)) = children.next(self.connection)? {
            if self.is_told_later(child.node) {
                continue;
            }
            let path = joined(path, &name);
            self.created(&child, &path, false, true)?;
            self.created_again(&child, &path, depth + 1)?;
        }
        Ok(())
    }

    /// Whether an item in a folder that is new for the consumer is still to be reported by itself. Then it
    /// is new as well; and if it is gone, the consumer never knew it.
    fn is_told_later(&mut self, node: NodeId) -> bool {
        let Some(pending) = self.work.pending.get_mut(&node) else {
            return false;
        };
        if pending.step == Step::Reported {
            return false;
        }
        pending.make_fresh();
        true
    }

    pub(super) fn modified(
        &mut self,
        node: &Node,
        path: &str,
        difference: Difference,
    ) -> rusqlite::Result<()> {
        if !difference.any || !self.filter.passes(path, is_folder(node)) {
            return Ok(());
        }
        let traits = Traits {
            difference,
            ..Traits::default()
        };
        self.push(node, ChangeKind::Modified, path, None, traits)
    }

    /// An item that was renamed or moved, with what is in it. `paths` are the old and the new one.
    pub(super) fn relocated(
        &mut self,
        node: &Node,
        kind: ChangeKind,
        paths: (&str, &str),
        difference: Difference,
    ) -> rusqlite::Result<()> {
        let traits = Traits {
            difference,
            ..Traits::default()
        };
        self.relocate(node, kind, paths, traits, 0)
    }

    fn relocate(
        &mut self,
        node: &Node,
        kind: ChangeKind,
        (old_path, path): (&str, &str),
        traits: Traits,
        depth: usize,
    ) -> rusqlite::Result<()> {
        let folder = is_folder(node);
        let was = self.filter.passes(old_path, folder);
        let is = self.filter.passes(path, folder);
        let below = self.known_below(node)?;
        let traits = Traits { below, ..traits };
        let has_content = below > 0 && depth < MAX_DEPTH;
        let whole = self.filter.takes_folders_whole();
        let descends = has_content
            && (self.filter.expand
                || !whole
                || (is && !was)
                || (!is && !was && (self.filter.reaches(old_path) || self.filter.reaches(path))));
        match (was, is) {
            (true, true) => self.push(node, kind, path, Some(old_path), traits)?,
            (false, true) => self.created(node, path, true, traits.inherited)?,
            _ => {}
        }
        if descends {
            let mut children = self.known_children(node.node)?;
            while let Some((child, name)) = children.next(self.connection)? {
                let (old_path, path) = (joined(old_path, &name), joined(path, &name));
                let traits = Traits {
                    inherited: true,
                    ..Traits::default()
                };
                self.relocate(
                    &child,
                    ChangeKind::Moved,
                    (&old_path, &path),
                    traits,
                    depth + 1,
                )?;
            }
        }
        if was && !is {
            let traits = Traits {
                moved_out: true,
                difference: Difference::default(),
                ..traits
            };
            self.push(node, ChangeKind::Deleted, old_path, None, traits)?;
        }
        Ok(())
    }

    /// An item that is gone, with what was in it.
    pub(super) fn deleted(
        &mut self,
        node: &Node,
        path: &str,
        found_by: Option<FoundBy>,
    ) -> rusqlite::Result<()> {
        let traits = Traits {
            found_by,
            ..Traits::default()
        };
        self.remove(node, path, traits, 0)
    }

    fn remove(
        &mut self,
        node: &Node,
        path: &str,
        traits: Traits,
        depth: usize,
    ) -> rusqlite::Result<()> {
        let passes = self.filter.passes(path, is_folder(node));
        let stands_for_all = passes && self.filter.takes_folders_whole() && !self.filter.expand;
        let below = self.known_below(node)?;
        let traits = Traits { below, ..traits };
        let descends =
            below > 0 && depth < MAX_DEPTH && !stands_for_all && self.filter.reaches(path);
        if descends {
            let mut children = self.known_children(node.node)?;
            while let Some((child, name)) = children.next(self.connection)? {
                let traits = Traits {
                    inherited: true,
                    ..traits
                };
                self.remove(&child, &joined(path, &name), traits, depth + 1)?;
            }
        }
        if !passes {
            return Ok(());
        }
        self.push(node, ChangeKind::Deleted, path, None, traits)
    }

    fn push(
        &mut self,
        node: &Node,
        kind: ChangeKind,
        path: &str,
        old_path: Option<&str>,
        traits: Traits,
    ) -> rusqlite::Result<()> {
        if !self.filter.wants(kind) {
            return Ok(());
        }
        let item = self.item(node, kind == ChangeKind::Deleted && !traits.moved_out)?;
        let change = Change {
            resource: self.drive.resource.clone(),
            sequence: 0,
            kind,
            path: path.to_owned(),
            old_path: old_path.map(str::to_owned),
            content_changed: traits.difference.content,
            sharing_changed: traits.difference.sharing,
            descendants: traits.below,
            moved_in: traits.moved_in,
            moved_out: traits.moved_out,
            inherited: traits.inherited,
            found_by: traits.found_by,
            trigger: self.work.trigger,
            item,
        };
        self.outbox.push(self.connection, self.drive, change)
    }

    fn item(&mut self, node: &Node, deleted: bool) -> rusqlite::Result<String> {
        if self.keep_raw
            && let Some(raw) = read_raw(self.connection, node.node, deleted)?
        {
            return Ok(raw);
        }
        let drive_id = self.drive.drive_id.as_deref();
        self.nodes.json(self.connection, node, drive_id, deleted)
    }
}

fn is_folder(node: &Node) -> bool {
    node.fields.facets & facets::FOLDER != 0
}
