use std::path::Path;

use drivebell::{ChangesOptions, Client, Error, MirrorOptions, Resource};

use crate::mirror::{self, Mirror};
use crate::set::{self, MirrorSet};

/// Mirrors of drives, as methods of [`Client`].
pub trait MirrorClient {
    /// Mirrors a drive in a file, and streams what happens in it. The file is made if it does not exist.
    ///
    /// Call it within a tokio runtime.
    ///
    /// # Errors
    /// `InvalidArgument` by the name `file` for a path that is a directory, or a file that this process
    /// mirrors already; by the name `resource` for one without drive items. `Storage` for a file that
    /// cannot be used; its code says why: `read_only`, `not_a_mirror`, `newer_version`, `other_drive`,
    /// `locked`, `disk_full`, `damaged` or `inaccessible`. The file is untouched then. `State` if the
    /// client is closed.
    ///
    /// The stream ends with the errors of [`Client::changes`], and with `Storage` if the file cannot be
    /// written to any more.
    fn mirror(&self, resource: &Resource, file: impl AsRef<Path>) -> Result<Mirror, Error> {
        self.mirror_with(
            resource,
            file,
            &MirrorOptions::default(),
            &ChangesOptions::default(),
        )
    }

    /// Like [`mirror`](Self::mirror), with options of the mirror and of its stream of changes. The fields
    /// that a mirror needs are always requested, whatever `select` says.
    ///
    /// # Errors
    /// Those of [`mirror`](Self::mirror), and `InvalidArgument` for an option, by its name.
    fn mirror_with(
        &self,
        resource: &Resource,
        file: impl AsRef<Path>,
        options: &MirrorOptions,
        changes: &ChangesOptions,
    ) -> Result<Mirror, Error>;

    /// Mirrors many drives in one file, as one stream. [`MirrorSet::members`] adds and removes drives
    /// while it runs, also those of other users.
    ///
    /// # Errors
    /// Those of [`mirror_with`](Self::mirror_with).
    fn mirror_all<'a>(
        &self,
        resources: impl IntoIterator<Item = &'a Resource>,
        file: impl AsRef<Path>,
        options: &MirrorOptions,
        changes: &ChangesOptions,
    ) -> Result<MirrorSet, Error>;
}

impl MirrorClient for Client {
    fn mirror_with(
        &self,
        resource: &Resource,
        file: impl AsRef<Path>,
        options: &MirrorOptions,
        changes: &ChangesOptions,
    ) -> Result<Mirror, Error> {
        mirror::start(self, resource, file.as_ref(), options, changes)
    }

    fn mirror_all<'a>(
        &self,
        resources: impl IntoIterator<Item = &'a Resource>,
        file: impl AsRef<Path>,
        options: &MirrorOptions,
        changes: &ChangesOptions,
    ) -> Result<MirrorSet, Error> {
        set::start(self, resources, file.as_ref(), options, changes)
    }
}
