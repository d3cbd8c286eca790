//! Changes of the items in a drive.

use std::collections::BTreeMap;

use axum::body::Bytes;
use jiff::Timestamp;

use super::Drive;
use super::error::DriveError;
use super::item::{Item, Kind, check_name, folded};

impl Drive {
    /// Creates or replaces a file, and creates the folders above it. Also returns whether the file
    /// was created.
    pub(crate) fn put(
        &mut self,
        from: &str,
        names: &[String],
        content: Bytes,
    ) -> Result<(&Item, bool), DriveError> {
        self.feed.begin();
        let mut item = self.item(from)?.index;
        // Everything is checked first, because a refused upload must not create folders.
        let mut known = 0;
        while let Some(child) = names.get(known).and_then(|name| self.child(item, name)) {
            item = child.index;
            known += 1;
        }
        let missing = &names[known..];
        if !missing.is_empty() && !self.at(item).is_folder() {
            return Err(DriveError::NotAFolder);
        }
        for name in missing {
            check_name(name)?;
        }
        let Some((file, folders)) = missing.split_last() else {
            return Ok((self.replace(item, content)?, false));
        };
        for folder in folders {
            item = self.create(item, folder, Kind::Folder)?;
        }
        let file = self.create(item, file, Kind::uploaded(content))?;
        Ok((self.at(file), true))
    }

    /// Creates a folder. If its name exists, `rename` adds a number to it.
    pub(crate) fn create_folder(
        &mut self,
        parent: &str,
        name: &str,
        rename: bool,
    ) -> Result<&Item, DriveError> {
        self.feed.begin();
        check_name(name)?;
        let parent = self.folder(parent)?;
        let mut free = name.to_owned();
        let mut number = 0;
        while self.child(parent, &free).is_some() {
            if !rename {
                return Err(DriveError::NameExists);
            }
            number += 1;
            free = format!("{name} {number}");
        }
        let folder = self.create(parent, &free, Kind::Folder)?;
        Ok(self.at(folder))
    }

    /// Renames or moves an item, or both. Also returns whether that changed anything.
    pub(crate) fn update(
        &mut self,
        id: &str,
        name: Option<&str>,
        parent: Option<&str>,
    ) -> Result<(&Item, bool), DriveError> {
        let item = self.item(id)?;
        let (index, size) = (item.index, item.size);
        let old_parent = item.parent.ok_or(DriveError::IsRoot)?;
        let new_name = name.unwrap_or(&item.name).to_owned();
        check_name(&new_name)?;
        let new_parent = match parent {
            Some(parent) => self.folder(parent)?,
            None => old_parent,
        };
        if self.is_at_or_below(new_parent, index) {
            return Err(DriveError::IntoItself);
        }
        if *new_name == *item.name && new_parent == old_parent {
            return Ok((self.at(index), false));
        }
        let known = self.child(new_parent, &new_name);
        if known.is_some_and(|known| known.index != index) {
            return Err(DriveError::NameExists);
        }
        self.feed.begin();
        self.sequence += 1;
        self.remove_child(index);
        self.add_child(new_parent, &new_name, index);
        if new_parent == old_parent {
            self.touch_ancestors(old_parent, |_| {});
        } else {
            self.touch_ancestors(old_parent, |folder| folder.size -= size);
            self.touch_ancestors(new_parent, |folder| folder.size += size);
        }
        self.change(index, |item| {
            item.name = new_name.into();
            item.parent = Some(new_parent);
        });
        Ok((self.at(index), true))
    }

    /// Deletes an item and everything below it.
    pub(crate) fn delete(&mut self, id: &str) -> Result<(), DriveError> {
        let item = self.item(id)?;
        let (index, size) = (item.index, item.size);
        let parent = item.parent.ok_or(DriveError::IsRoot)?;
        let tombstone = self.next_tombstone();
        self.feed.begin();
        self.remove_child(index);
        self.touch_ancestors(parent, |folder| folder.size -= size);
        let mut to_delete = vec![index];
        while let Some(index) = to_delete.pop() {
            to_delete.extend(self.contents.remove(&index).unwrap_or_default().values());
            self.sequence += 1;
            self.live -= 1;
            self.change(index, |item| item.delete(tombstone));
        }
        Ok(())
    }

    pub(super) fn create(
        &mut self,
        parent: u32,
        name: &str,
        kind: Kind,
    ) -> Result<u32, DriveError> {
        let index = u32::try_from(self.items.len()).map_err(|_| DriveError::Full)?;
        let mut item = Item::new(index, Some(parent), name, kind, Timestamp::now());
        self.sequence += 1;
        self.live += 1;
        self.add_child(parent, name, index);
        self.touch_ancestors(parent, |folder| folder.size += item.size);
        item.position = self.feed.next();
        item.own_position = item.position;
        self.feed.record(&item, 0, None);
        self.items.push(item);
        Ok(index)
    }

    fn add_child(&mut self, parent: u32, name: &str, index: u32) {
        let contents = self.contents.entry(parent).or_default();
        contents.insert(folded(name), index);
    }

    fn remove_child(&mut self, index: u32) {
        let item = &self.items[index as usize];
        let parent = item.parent.as_ref();
        if let Some(contents) = parent.and_then(|parent| self.contents.get_mut(parent)) {
            contents.remove(&folded(&item.name));
        }
    }

    fn replace(&mut self, index: u32, content: Bytes) -> Result<&Item, DriveError> {
        let (size, parent) = match self.at(index) {
            item if item.is_folder() => return Err(DriveError::NotAFile),
            item => (item.size, item.parent),
        };
        self.sequence += 1;
        let new_size = content.len() as u64;
        if let Some(parent) = parent {
            self.touch_ancestors(parent, |folder| {
                folder.size = folder.size - size + new_size;
            });
        }
        self.change(index, |item| item.replace(content));
        Ok(self.at(index))
    }

    /// Applies a change of an item itself.
    fn change(&mut self, index: u32, edit: impl FnOnce(&mut Item)) {
        self.touch(index, |item| {
            edit(item);
            item.version += 1;
            item.own_position = item.position;
        });
    }

    /// Applies a change below a folder to it and to every folder above it, the root first.
    fn touch_ancestors(&mut self, folder: u32, edit: impl Fn(&mut Item)) {
        let mut path = Vec::new();
        let mut next = Some(folder);
        while let Some(index) = next {
            path.push(index);
            next = self.at(index).parent;
        }
        for index in path.into_iter().rev() {
            let children = self.contents.get(&index).map_or(0, BTreeMap::len);
            self.touch(index, |item| {
                edit(item);
                item.children = u32::try_from(children).unwrap_or(u32::MAX);
                item.content_version += 1;
            });
        }
    }

    fn touch(&mut self, index: u32, edit: impl FnOnce(&mut Item)) {
        let item = &mut self.items[index as usize];
        let previous = self.feed.needs_previous().then(|| item.clone());
        let old_position = item.position;
        item.position = self.feed.next();
        item.modified = Timestamp::now();
        edit(item);
        self.feed.record(item, old_position, previous);
    }
}
