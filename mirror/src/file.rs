//! The file: who may use it, and reading it without a network.

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use drivebell::{Error, Resource, StorageCode};

use crate::error::storage;
use crate::reader::Reader;
use crate::tree::Tree;

/// The files that are mirrored, and in which process: a forked child inherits this from its parent.
static OPEN: Mutex<Option<Files>> = Mutex::new(None);

type Files = HashMap<PathBuf, u32>;

/// The right to write to a file, until it is dropped. No other process and no other mirror of this one
/// has it at the same time.
#[derive(Debug)]
pub(crate) struct Claim {
    path: PathBuf,
    /// Locked. The lock ends with the process, however it ends.
    lock: File,
}

impl Claim {
    /// # Errors
    /// `InvalidArgument` by the name `file`, or `Storage`.
    pub(crate) fn on(file: &Path) -> Result<Self, Error> {
        if file.as_os_str().is_empty() {
            return Err(Error::invalid_argument(
                "file",
                "is empty: give the path of a file",
            ));
        }
        if file.is_dir() {
            let problem = format!(
                "{} is a directory: give the path of a file in it",
                file.display()
            );
            return Err(Error::invalid_argument("file", problem));
        }
        let path = absolute(file).map_err(|error| inaccessible(file, &error))?;
        let mut open = open_files();
        let files = open.get_or_insert_default();
        match files.get(&path) {
            None => {}
            // SQLite remembers locks that this process does not have.
            Some(pid) if *pid != process::id() => {
                let problem = format!(
                    "{} was the file of a mirror when this process was forked: use it in a process that \
                     is started anew",
                    file.display()
                );
                return Err(Error::invalid_argument("file", problem));
            }
            Some(_) => {
                let problem = format!(
                    "{} is the file of a mirror in this process already: use that one, close it first, \
                     or mirror several drives at once with mirror_all",
                    file.display()
                );
                return Err(Error::invalid_argument("file", problem));
            }
        }
        let lock = lock(file, &path)?;
        files.insert(path.clone(), process::id());
        Ok(Self { path, lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Closing the file is not enough: a forked child may have inherited it.
        let _ = self.lock.unlock();
        if let Some(files) = open_files().as_mut() {
            files.remove(&self.path);
        }
    }
}

fn open_files() -> MutexGuard<'static, Option<Files>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks a file beside it: a lock of the file itself would end with the first connection that closes.
fn lock(file: &Path, path: &Path) -> Result<File, Error> {
    let mut name = path.as_os_str().to_owned();
    name.push("-lock");
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    let lock = options
        .open(PathBuf::from(name))
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                storage(
                    StorageCode::ReadOnly,
                    file,
                    "needs files beside it: give this program the right to write in its folder",
                )
            }
            std::io::ErrorKind::StorageFull => storage(
                StorageCode::DiskFull,
                file,
                "cannot be used: the disk is full. Free some space, and start again",
            ),
            _ => inaccessible(file, &error),
        })?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(storage(
            StorageCode::Locked,
            file,
            "is mirrored by another process: stop that one, or give the path of another file",
        )),
        Err(TryLockError::Error(error)) => Err(inaccessible(file, &error)),
    }
}

fn inaccessible(file: &Path, error: &std::io::Error) -> Error {
    let says = format!(
        "cannot be used ({error}): check that its folder exists and that this program may use it"
    );
    storage(StorageCode::Inaccessible, file, says)
}

/// The same for each way of writing it, also before the file exists.
fn absolute(file: &Path) -> std::io::Result<PathBuf> {
    if let Ok(path) = fs::canonicalize(file) {
        return Ok(path);
    }
    let absolute = std::path::absolute(file)?;
    match (absolute.parent(), absolute.file_name()) {
        (Some(folder), Some(name)) => Ok(fs::canonicalize(folder)?.join(name)),
        _ => Ok(absolute),
    }
}

/// The file of a mirror, opened for reading only: without network, and also while it is mirrored.
#[derive(Debug)]
pub struct MirrorFile {
    reader: Arc<Reader>,
}

impl MirrorFile {
    /// Opens a file that [`mirror`](crate::MirrorClient::mirror) has made.
    ///
    /// # Errors
    /// `InvalidArgument` by the name `file` for a directory, and `Storage` as for
    /// [`mirror`](crate::MirrorClient::mirror).
    pub fn open(file: impl AsRef<Path>) -> Result<Self, Error> {
        let file = file.as_ref();
        if file.is_dir() {
            let problem = format!(
                "{} is a directory: give the path of a mirror's file",
                file.display()
            );
            return Err(Error::invalid_argument("file", problem));
        }
        let reader = Arc::new(Reader::open(file, None)?);
        Ok(Self { reader })
    }

    /// The resources of the drives in the file.
    ///
    /// # Errors
    /// `Storage`.
    pub fn resources(&self) -> Result<Vec<Resource>, Error> {
        self.reader.resources()
    }

    /// The tree of a drive; `None` if it is not in the file.
    ///
    /// # Errors
    /// `Storage`.
    pub fn tree(&self, resource: &Resource) -> Result<Option<Tree>, Error> {
        Tree::of(&self.reader, resource)
    }
}
