//! Edits of drives that no request to Graph can make.

use std::fmt;

use crate::drive::{Drive, DriveError};
use crate::lock::lock;
use crate::service::Service;

impl Service {
    /// Deletes an item with everything below it and makes it again with new ids. Announces that,
    /// and returns the new id of the item.
    pub(crate) fn recreate(&self, drive: &str, path: &str) -> Result<String, UnknownItem> {
        let id = self.edit(drive, path, |drive, id| {
            let index = drive.recreate(id)?.clone();
            Ok(drive.id_of(&index))
        })?;
        self.announcer.announce(drive, 1);
        Ok(id)
    }

    /// Lets an item come in delta queries without a change of it. Nothing announces that.
    pub(crate) fn come_unchanged(&self, drive: &str, path: &str) -> Result<String, UnknownItem> {
        self.edit(drive, path, |drive, id| {
            drive.come_unchanged(id)?;
            Ok(id.to_owned())
        })
    }

    fn edit(
        &self,
        drive_id: &str,
        path: &str,
        edit: impl FnOnce(&mut Drive, &str) -> Result<String, DriveError>,
    ) -> Result<String, UnknownItem> {
        let unknown = || UnknownItem {
            drive: drive_id.to_owned(),
            path: path.to_owned(),
        };
        let drive = self.drives.get(drive_id).ok_or_else(unknown)?;
        let mut drive = lock(drive);
        let names = path.split('/').filter(|name| !name.is_empty());
        let names: Vec<_> = names.map(ToOwned::to_owned).collect();
        let item = drive.item_below("root", &names);
        let id = item.map(|item| drive.id_of(item));
        id.and_then(|id| edit(&mut drive, &id))
            .map_err(|_| unknown())
    }
}

/// The error for an item that does not exist, or that is the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownItem {
    drive: String,
    path: String,
}

impl fmt::Display for UnknownItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { drive, path } = self;
        write!(f, "drive {drive:?} has no item at {path:?} below its root")
    }
}

impl std::error::Error for UnknownItem {}
