//! Keeps other copies of SQLite in this process from removing the write-ahead log.
//!
//! A program may read its mirror with a SQLite of its own: Python's `sqlite3`, better-sqlite3. Two copies
//! in one process do not see each other's locks, because POSIX gives those to the process. So when such a
//! copy closes its connection, it takes it for the last one, and removes the log, while the mirror goes
//! on writing into it. What the kernel calls an open file description lock belongs to a file that was
//! opened, and holds against everybody.
//!
//! <https://www.sqlite.org/howtocorrupt.html#multiple_copies_of_sqlite_linked_into_the_same_application>

#[cfg(target_os = "linux")]
use std::fs::File;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A lock that a SQLite must not meet when it removes the log. It must be closed after all connections of
/// the mirror, and before another mirror of the file begins: closing a file ends the locks that the
/// process has on it.
#[derive(Debug)]
pub(crate) struct LogGuard {
    #[cfg(target_os = "linux")]
    file: Mutex<Option<File>>,
}

impl LogGuard {
    /// Of a file that SQLite has opened.
    pub(crate) fn hold(path: &Path) -> Self {
        #[cfg(not(target_os = "linux"))]
        let _ = path;
        Self {
            #[cfg(target_os = "linux")]
            file: Mutex::new(
                linux::lock(path)
                    .inspect_err(|error| tracing::debug!(%error, "the mirror's log is not guarded"))
                    .ok(),
            ),
        }
    }

    /// Lets the connection that closes last remove the log.
    pub(crate) fn release(&self) {
        #[cfg(target_os = "linux")]
        if let Some(file) = &*self.file()
            && let Err(error) = linux::unlock(file)
        {
            tracing::debug!(%error, "the mirror's log stays guarded");
        }
    }

    /// Closes the file, while others may keep the guard for long.
    pub(crate) fn close(&self) {
        #[cfg(target_os = "linux")]
        drop(self.file().take());
    }

    #[cfg(target_os = "linux")]
    fn file(&self) -> MutexGuard<'_, Option<File>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;

    /// The bytes of which SQLite locks all for itself before it removes the log: `SHARED_FIRST` and
    /// `SHARED_SIZE` of its source.
    const SHARED: (i64, i64) = (0x4000_0002, 510);

    pub(super) fn lock(path: &Path) -> io::Result<File> {
        let file = File::open(path)?;
        set(&file, libc::F_RDLCK)?;
        Ok(file)
    }

    pub(super) fn unlock(file: &File) -> io::Result<()> {
        set(file, libc::F_UNLCK)
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::unnecessary_cast,
        reason = "the types differ between systems, and the values are small"
    )]
    fn set(file: &File, kind: i32) -> io::Result<()> {
        let lock = libc::flock {
            l_type: kind as libc::c_short,
            l_whence: libc::SEEK_SET as libc::c_short,
            l_start: SHARED.0 as libc::off_t,
            l_len: SHARED.1 as libc::off_t,
            l_pid: 0,
        };
        fcntl(file, FcntlArg::F_OFD_SETLK(&lock))?;
        Ok(())
    }
}
