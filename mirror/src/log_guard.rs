//! Keeps other copies of SQLite in this process from removing the write-ahead log and its index.
//!
//! A program may read its mirror with a SQLite of its own: Python's `sqlite3`, better-sqlite3. Two copies
//! in one process do not see each other's locks, because POSIX gives those to the process. So such a copy
//! takes itself for the first when it opens the file, and empties the index, which the mirror has in its
//! memory; and for the last when it closes it, and removes the log, while the mirror goes on writing into
//! it. What the kernel calls an open file description lock belongs to a file that was opened, and holds
//! against everybody.
//!
//! <https://www.sqlite.org/howtocorrupt.html#multiple_copies_of_sqlite_linked_into_the_same_application>

#[cfg(target_os = "linux")]
use std::fs::File;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks that a SQLite must not meet when it empties the index or removes the log. Their files must be
/// closed after all connections of the mirror, and before another mirror of the file begins: closing a
/// file ends the locks that the process has on it.
#[derive(Debug)]
pub(crate) struct LogGuard {
    #[cfg(target_os = "linux")]
    locks: Mutex<Vec<(File, linux::Bytes)>>,
}

impl LogGuard {
    /// Of a file that SQLite has opened.
    pub(crate) fn hold(path: &Path) -> Self {
        #[cfg(not(target_os = "linux"))]
        let _ = path;
        Self {
            #[cfg(target_os = "linux")]
            locks: Mutex::new(linux::lock(path)),
        }
    }

    /// Lets the connection that closes last remove the log.
    pub(crate) fn release(&self) {
        #[cfg(target_os = "linux")]
        for (file, bytes) in &*self.locks() {
            if let Err(error) = linux::unlock(file, *bytes) {
                tracing::debug!(%error, "the mirror's log stays guarded");
            }
        }
    }

    /// Closes the files, while others may keep the guard for long.
    pub(crate) fn close(&self) {
        #[cfg(target_os = "linux")]
        self.locks().clear();
    }

    #[cfg(target_os = "linux")]
    fn locks(&self) -> MutexGuard<'_, Vec<(File, linux::Bytes)>> {
        self.locks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;

    /// The first one, and how many.
    pub(super) type Bytes = (i64, i64);

    /// The bytes of the file of which SQLite locks all for itself before it removes the log:
    /// `SHARED_FIRST` and `SHARED_SIZE` of its source.
    const SHARED: Bytes = (0x4000_0002, 510);

    /// The byte of the index that SQLite locks for itself before it empties it: `UNIX_SHM_DMS`.
    const DEAD_MAN_SWITCH: Bytes = (128, 1);

    pub(super) fn lock(path: &Path) -> Vec<(File, Bytes)> {
        let mut index = path.as_os_str().to_owned();
        index.push("-shm");
        let mut locks = Vec::new();
        for (path, bytes) in [(path, SHARED), (Path::new(&index), DEAD_MAN_SWITCH)] {
            // Also a file that cannot be locked stays open: see above.
            let locked = File::open(path).and_then(|file| {
                let locked = set(&file, bytes, libc::F_RDLCK);
                locks.push((file, bytes));
                locked
            });
            if let Err(error) = locked {
                tracing::debug!(%error, file = %path.display(), "the mirror's log is not guarded");
            }
        }
        locks
    }

    pub(super) fn unlock(file: &File, bytes: Bytes) -> io::Result<()> {
        set(file, bytes, libc::F_UNLCK)
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::unnecessary_cast,
        reason = "the types differ between systems, and the values are small"
    )]
    fn set(file: &File, bytes: Bytes, kind: i32) -> io::Result<()> {
        let lock = libc::flock {
            l_type: kind as libc::c_short,
            l_whence: libc::SEEK_SET as libc::c_short,
            l_start: bytes.0 as libc::off_t,
            l_len: bytes.1 as libc::off_t,
            l_pid: 0,
        };
        fcntl(file, FcntlArg::F_OFD_SETLK(&lock))?;
        Ok(())
    }
}
