//! A table of paths to which changes are applied in order, and what must hold of each.

use std::collections::{BTreeMap, BTreeSet};

use drivebell::internals::{ModelItem, TreeDrive};
use drivebell::{ChangeKind, DriveItem};
use serde_json::Value;

use super::counts::Counts;
use super::filters::Wanted;
use super::rows::state;
use crate::change::Change;

#[derive(Debug)]
pub(super) struct Replay {
    drive: TreeDrive,
    /// By path: the item as it was told last. Without the root.
    paths: BTreeMap<String, Entry>,
    /// Only the path that a change names is moved or removed, and not what is below it: for changes that
    /// come for each item in a folder. Without, these find it done already.
    by_name: bool,
    expands: bool,
    /// Nothing is filtered, so that each change can be judged by the ones before.
    is_whole: bool,
}

#[derive(Debug, Clone)]
struct Entry {
    item: ModelItem,
    json: Value,
}

impl Replay {
    pub(super) fn new(drive: &TreeDrive, wanted: &Wanted, by_name: bool) -> Self {
        Self {
            drive: drive.clone(),
            paths: BTreeMap::new(),
            by_name,
            expands: wanted.options.expand,
            is_whole: wanted.is_all(),
        }
    }

    /// Begins with what is there.
    pub(super) fn begin_with(&mut self, items: impl Iterator<Item = (String, DriveItem)>) {
        self.paths = items.map(|(path, item)| (path, Entry::of(&item))).collect();
    }

    pub(super) fn ids(&self) -> BTreeMap<String, String> {
        let paths = self.paths.iter();
        paths
            .map(|(path, entry)| (path.clone(), entry.item.id.clone()))
            .collect()
    }

    pub(super) fn apply(&mut self, change: &Change, counts: &mut Counts) {
        self.check(change);
        count(change, counts);
        let path = &change.path;
        let entry = Entry::of(&change.item());
        match change.kind {
            ChangeKind::Created => {
                let before = self.paths.insert(path.clone(), entry);
                assert!(before.is_none(), "{path} was there: {before:?}");
            }
            ChangeKind::Modified => {
                let before = self.paths.insert(path.clone(), entry);
                let before = before.unwrap_or_else(|| panic!("{path} was not there"));
                assert_eq!(before.item.id, change.item().id(), "{path}");
            }
            ChangeKind::Deleted => {
                let below = self.below(path);
                for below in &below {
                    self.paths.remove(below);
                }
                let before = self.paths.remove(path);
                let before = before.unwrap_or_else(|| panic!("{path} was not there"));
                assert_eq!(before.item.id, change.item().id(), "{path}");
                assert!(
                    !self.by_name || below.is_empty(),
                    "left below {path}: {below:?}"
                );
            }
            ChangeKind::Renamed | ChangeKind::Moved => self.take(change, entry),
            other => panic!("an unknown kind: {other}"),
        }
    }

    /// Moves a path, and what is below it.
    fn take(&mut self, change: &Change, entry: Entry) {
        let old_path = change.old_path.as_deref().expect("it says whence");
        let path = &change.path;
        assert_ne!(old_path, path);
        let Some(before) = self.paths.remove(old_path) else {
            // It was moved with its folder.
            assert!(
                change.inherited && !self.by_name,
                "{old_path} was not there"
            );
            assert_eq!(
                self.paths.get(path).map(|entry| &entry.item.id),
                Some(&entry.item.id)
            );
            return;
        };
        assert_eq!(before.item.id, entry.item.id, "{old_path} to {path}");
        // What else differs comes as a change of its own.
        let entry = if change.inherited { before } else { entry };
        let before = self.paths.insert(path.clone(), entry);
        assert!(before.is_none(), "{path} was there: {before:?}");
        if self.by_name {
            return;
        }
        for below in self.below(old_path) {
            let entry = self.paths.remove(&below).expect("it was found");
            let new = format!("{path}{}", &below[old_path.len()..]);
            let before = self.paths.insert(new.clone(), entry);
            assert!(before.is_none(), "{new} was there: {before:?}");
        }
    }

    fn below(&self, path: &str) -> Vec<String> {
        let folder = format!("{path}/");
        let from = self.paths.range(folder.clone()..);
        from.map(|(path, _)| path)
            .take_while(|path| path.starts_with(&folder))
            .cloned()
            .collect()
    }

    /// What can be told of a change by itself, and by what was told before.
    fn check(&self, change: &Change) {
        let item = change.item();
        let is_deleted = change.kind == ChangeKind::Deleted && !change.moved_out;
        assert_eq!(item.is_deleted(), is_deleted);
        assert_eq!(
            change.old_path.is_some(),
            matches!(change.kind, ChangeKind::Renamed | ChangeKind::Moved)
        );
        assert!(change.found_by.is_none() || is_deleted);
        let name = change.path.rsplit('/').next().unwrap_or_default();
        // The item of an inherited change may be ahead of it.
        if !is_deleted && !change.moved_out && !change.inherited {
            assert_eq!(item.name(), Some(name));
        }
        let state = state(&item);
        if !is_deleted {
            let history = self.drive.history(item.id());
            assert!(history.contains(&state), "never so: {state:?}");
        }
        let is_told = self
            .paths
            .contains_key(change.old_path.as_ref().unwrap_or(&change.path));
        if self.is_whole && (is_told || !change.inherited) {
            self.check_difference(change, &Entry::of(&item));
        }
    }

    fn check_difference(&self, change: &Change, entry: &Entry) {
        assert!(!change.moved_in && !change.moved_out);
        let at = change.old_path.as_ref().unwrap_or(&change.path);
        if matches!(
            change.kind,
            ChangeKind::Renamed | ChangeKind::Moved | ChangeKind::Deleted
        ) {
            let below = u64::try_from(self.below(at).len()).expect("few items");
            // With `expand`, what was in a deleted folder is gone already.
            let is_alone = change.kind == ChangeKind::Deleted && self.expands && below == 0;
            assert!(
                is_alone || change.descendants == below,
                "below {at}: {below}"
            );
        }
        if change.kind == ChangeKind::Deleted {
            return;
        }
        let folder = parent(&change.path);
        let folder = self.paths.get(folder).map(|folder| &folder.item.id);
        if !parent(&change.path).is_empty() && !change.inherited {
            assert_eq!(folder, entry.item.parent.as_ref(), "the folder's id");
        }
        let before = self.paths.get(at);
        match (change.kind, before) {
            (ChangeKind::Created, _) => {
                let told: BTreeSet<_> = self.paths.values().map(|entry| &entry.item.id).collect();
                assert!(!told.contains(&entry.item.id), "told already");
                assert_eq!(change.content_changed, !entry.item.is_folder, "new content");
            }
            // The replay refuses it.
            (_, None) => {}
            (kind, Some(before)) => {
                let is_elsewhere = before.item.parent != entry.item.parent;
                match kind {
                    ChangeKind::Moved => assert!(is_elsewhere || change.inherited),
                    ChangeKind::Renamed => {
                        assert!(!is_elsewhere && before.item.name != entry.item.name);
                    }
                    _ => {
                        assert!(!is_elsewhere && before.item.name == entry.item.name);
                        assert_ne!(before.essence(), entry.essence(), "no difference");
                    }
                }
                if !change.inherited {
                    assert_eq!(change.content_changed, before.content() != entry.content());
                    assert_eq!(
                        change.sharing_changed,
                        before.json["shared"] != entry.json["shared"]
                    );
                }
            }
        }
    }
}

impl Entry {
    fn of(item: &DriveItem) -> Self {
        Self {
            item: state(item),
            json: serde_json::from_str(item.raw()).expect("JSON"),
        }
    }

    /// What tells the content of a file.
    fn content(&self) -> Option<&Value> {
        let hash = &self.json["file"]["hashes"];
        let tag = if hash.is_null() {
            &self.json["cTag"]
        } else {
            hash
        };
        (!self.item.is_folder).then_some(tag)
    }

    /// What is not a sum of what is in a folder.
    fn essence(&self) -> Value {
        let mut json = self.json.clone();
        if self.item.is_folder
            && let Some(json) = json.as_object_mut()
        {
            for sum in [
                "size",
                "eTag",
                "cTag",
                "lastModifiedDateTime",
                "lastModifiedBy",
                "folder",
            ] {
                json.remove(sum);
            }
        }
        json
    }
}

/// The path of the folder; empty for that of the root.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').expect("a path").0
}

fn count(change: &Change, counts: &mut Counts) {
    let is_folder = change.item().is_folder();
    counts.add(match change.kind {
        ChangeKind::Created => "created",
        ChangeKind::Modified => "modified",
        ChangeKind::Renamed => "renamed",
        ChangeKind::Moved => "moved",
        _ => "deleted",
    });
    let is_full = change.descendants > 0;
    let old_name = change
        .old_path
        .as_deref()
        .and_then(|path| path.rsplit('/').next());
    let name = change.path.rsplit('/').next();
    for (name, is_so) in [
        (
            "folder renamed",
            is_full && change.kind == ChangeKind::Renamed,
        ),
        ("folder moved", is_full && change.kind == ChangeKind::Moved),
        (
            "folder deleted",
            is_full && change.kind == ChangeKind::Deleted,
        ),
        (
            "renamed and moved",
            change.kind == ChangeKind::Moved && old_name != name,
        ),
        ("moved_in", change.moved_in),
        ("moved_out", change.moved_out),
        ("inherited", change.inherited),
        ("content_changed", change.content_changed && !is_folder),
        ("sharing_changed", change.sharing_changed),
        (
            "found by audit",
            change.found_by == Some(drivebell::FoundBy::Audit),
        ),
        (
            "found by resync",
            change.found_by == Some(drivebell::FoundBy::Resync),
        ),
        (
            "found by name",
            change.found_by == Some(drivebell::FoundBy::Name),
        ),
    ] {
        if is_so {
            counts.add(name);
        }
    }
}
