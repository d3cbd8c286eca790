//! What happens in a drive.

use std::time::Duration;

use super::node::{Id, Kind, ROOT};
use super::tree::{MAX_DEPTH, MAX_ITEMS, Tree};

impl Tree {
    /// Something at random. Returns what.
    pub(super) fn live(&mut self) -> &'static str {
        let lag = if self.habits.lags {
            Duration::from_millis(self.random.u64(0..12_000))
        } else {
            Duration::ZERO
        };
        self.clock += 1;
        match self.random.u32(0..100) {
            0..20 => self.add(Kind::File, lag),
            20..32 => self.add(Kind::Folder, lag),
            32..34 => self.add(Kind::Package, lag),
            34..36 => self.add(Kind::Link, lag),
            36..45 => self.upload(lag),
            45..48 => self.touch(lag),
            48..51 => self.share(lag),
            51..58 => self.rename(lag),
            58..61 => self.rename_case(lag),
            61..70 => self.relocate(false, lag),
            70..75 => self.relocate(true, lag),
            75..79 => self.swap(lag),
            79..83 => self.invert(lag),
            83..90 => self.delete_some(false, lag),
            90..94 => self.delete_some(true, lag),
            94..97 => self.replace(lag),
            97..99 => self.restore(lag),
            _ => self.rename_root(lag),
        }
    }

    fn add(&mut self, kind: Kind, lag: Duration) -> &'static str {
        let parent = self.pick(|tree, id, node| node.holds_items() && tree.depth(id) < MAX_DEPTH);
        let parent = parent.filter(|_| self.feed.live().count() < MAX_ITEMS);
        let Some(parent) = parent else {
            return "none";
        };
        let name = self.free_name(parent);
        self.create_with(Some(parent), kind, name, lag);
        "created"
    }

    fn upload(&mut self, lag: Duration) -> &'static str {
        let Some(id) = self.pick(|_, _, node| node.kind == Kind::File) else {
            return "none";
        };
        let more = self.random.u64(1..100);
        self.change(id, lag, |node| {
            node.size += more;
            node.content += 1;
        });
        "uploaded"
    }

    /// Changes what only the eTag and the time tell.
    fn touch(&mut self, lag: Duration) -> &'static str {
        let Some(id) = self.pick(|_, id, _| id != ROOT) else {
            return "none";
        };
        self.change(id, lag, |_| {});
        "touched"
    }

    fn share(&mut self, lag: Duration) -> &'static str {
        let Some(id) = self.pick(|_, id, _| id != ROOT) else {
            return "none";
        };
        self.change(id, lag, |node| node.shared = !node.shared);
        "shared"
    }

    fn rename(&mut self, lag: Duration) -> &'static str {
        let Some((id, parent)) = self.pick_placed(|_, _| true) else {
            return "none";
        };
        let name = self.free_name(parent);
        self.change(id, lag, |node| node.name = name);
        "renamed"
    }

    fn rename_case(&mut self, lag: Duration) -> &'static str {
        let Some((id, _)) = self.pick_placed(|_, node| node.name.is_ascii()) else {
            return "none";
        };
        self.change(id, lag, |node| {
            let upper = node.name.to_ascii_uppercase();
            node.name = if upper == node.name {
                node.name.to_ascii_lowercase()
            } else {
                upper
            };
        });
        "renamed in case"
    }

    fn rename_root(&mut self, lag: Duration) -> &'static str {
        self.change(ROOT, lag, |node| node.name.push('+'));
        "renamed the root"
    }

    /// Moves an item, folders more often than others.
    fn relocate(&mut self, renames: bool, lag: Duration) -> &'static str {
        let wants_folder = self.random.bool();
        let picked = self.pick_placed(|_, node| !wants_folder || node.holds_items());
        let Some((id, old)) = picked else {
            return "none";
        };
        let target = self.pick(|tree, folder, node| {
            node.holds_items()
                && folder != old
                && !tree.is_within(folder, id)
                && tree.depth(folder) < MAX_DEPTH
        });
        let Some(target) = target else {
            return "none";
        };
        let name = self.feed.state(id).expect("it is there").name.clone();
        let name = if renames || !self.is_free(target, &name) {
            self.free_name(target)
        } else {
            name
        };
        self.change(id, lag, |node| {
            node.parent = Some(target);
            node.name = name;
        });
        "moved"
    }

    /// Two items take each other's name and folder, by way of a third name.
    fn swap(&mut self, lag: Duration) -> &'static str {
        let Some((first, folder)) = self.pick_placed(|_, _| true) else {
            return "none";
        };
        let within_folder = self.random.bool();
        let second = self
            .pick_placed(|id, node| id != first && (!within_folder || node.parent == Some(folder)));
        let Some((second, other)) = second else {
            return "none";
        };
        if self.is_within(folder, second) || self.is_within(other, first) {
            return "none";
        }
        let name = self.feed.state(first).expect("it is there").name.clone();
        let new = self.feed.state(second).expect("it is there").name.clone();
        let between = format!("~{}.tmp", self.clock);
        self.change(first, lag, |node| node.name = between);
        self.change(second, lag, |node| {
            node.name = name;
            node.parent = Some(folder);
        });
        self.change(first, lag, |node| {
            node.name = new;
            node.parent = Some(other);
        });
        "swapped"
    }

    /// A folder moves into one of its own folders, which moves up before.
    fn invert(&mut self, lag: Duration) -> &'static str {
        let Some((lower, upper)) = self.pick_placed(|_, node| {
            node.kind == Kind::Folder && node.parent.is_some_and(|parent| parent != ROOT)
        }) else {
            return "none";
        };
        let top = self.feed.state(upper).and_then(|node| node.parent);
        let Some(top) = top else {
            return "none";
        };
        let name = self.free_name(top);
        self.change(lower, lag, |node| {
            node.parent = Some(top);
            node.name = name;
        });
        let name = self.free_name(lower);
        self.change(upper, lag, |node| {
            node.parent = Some(lower);
            node.name = name;
        });
        "inverted"
    }

    fn delete_some(&mut self, folder: bool, lag: Duration) -> &'static str {
        let Some((id, _)) = self.pick_placed(|_, node| node.holds_items() == folder) else {
            return "none";
        };
        self.delete(id, lag);
        if folder {
            "deleted a folder"
        } else {
            "deleted"
        }
    }

    /// Deletes an item with all that is in it.
    fn delete(&mut self, id: Id, lag: Duration) {
        let mut all = vec![id];
        all.extend(self.below(id).iter().map(|(id, _)| *id));
        let heir = self.feed.state(id).cloned();
        let mut loses_top = false;
        for (index, item) in all.iter().enumerate() {
            let mut node = self.feed.state(*item).expect("it is there").clone();
            node.deleted = true;
            node.version += 1;
            // The folder of an item that has been elsewhere may be unknown.
            let is_implied =
                index > 0 && !self.habits.tells_all_deletions && !self.moved.contains(item);
            if is_implied {
                self.feed.imply(*item);
            } else if self.feed.loses() {
                loses_top |= index == 0;
                self.feed.lose(*item);
            }
            if index == 0 {
                self.record(*item, node, lag);
            } else {
                self.feed.record(*item, node, lag);
            }
        }
        if let Some(heir) = heir.filter(|_| loses_top && self.feed.enumerates) {
            self.create_with(heir.parent, heir.kind, heir.name, lag);
        }
        self.bin.push(all);
    }

    /// Another item takes the name of one: as programs save a file, or a person makes it again.
    fn replace(&mut self, lag: Duration) -> &'static str {
        let Some((id, parent)) = self.pick_placed(|_, _| true) else {
            return "none";
        };
        let node = self.feed.state(id).expect("it is there").clone();
        let successor = self.pick_placed(|other, node| other != id && node.kind == Kind::File);
        let successor = successor.filter(|_| self.random.bool());
        self.delete(id, lag);
        // Unless an heir has it.
        if self.is_free(parent, &node.name) {
            match successor {
                Some((other, _)) if self.feed.state(other).is_some() => {
                    self.change(other, lag, |file| {
                        file.name = node.name;
                        file.parent = Some(parent);
                    });
                }
                _ => {
                    self.create_with(Some(parent), node.kind, node.name, lag);
                }
            }
        }
        "replaced"
    }

    /// Out of the recycle bin, with the same ids.
    fn restore(&mut self, lag: Duration) -> &'static str {
        let Some(all) = self.bin.pop() else {
            return "none";
        };
        let last =
            |tree: &Self, id: Id| tree.feed.history(id).last().expect("it was there").clone();
        let top = last(self, all[0]);
        let parent = top
            .parent
            .filter(|parent| self.feed.state(*parent).is_some());
        let parent = parent.unwrap_or(ROOT);
        if self.depth(parent) >= MAX_DEPTH {
            return "none";
        }
        if Some(parent) != top.parent {
            self.moved.insert(all[0]);
        }
        let name = if self.is_free(parent, &top.name) {
            top.name
        } else {
            self.free_name(parent)
        };
        for (index, id) in all.iter().enumerate() {
            let mut node = last(self, *id);
            node.deleted = false;
            node.version += 1;
            if index == 0 {
                node.parent = Some(parent);
                node.name.clone_from(&name);
            }
            self.record(*id, node, lag);
        }
        "restored"
    }
}
