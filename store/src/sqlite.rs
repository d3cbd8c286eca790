//! A store in a file, for the processes of one machine.

mod file;
mod problem;
mod queries;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;

use drivebell::Error;
use rusqlite::Connection;
use tokio::sync::Mutex;

use crate::{Checkpoint, CheckpointStore, Ownership, StoreError, StoreFuture};

/// Keeps everything in a SQLite file, for several processes on one machine.
///
/// Each process opens the file by itself. It may be killed at any time: what it has written stays, and
/// what it was writing is undone. Only a crash of the machine may lose what was written in the last
/// moments, as if it had not been: changes come twice then.
///
/// SQLite keeps two files beside it, with `-wal` and `-shm` at the end of their names. All three must be
/// on a local disk, not on a network drive.
///
/// A clone uses the same connection. All calls need a tokio runtime, and a call that is started earlier
/// is done earlier.
#[derive(Clone)]
pub struct SqliteStore(Arc<Opened>);

struct Opened {
    path: PathBuf,
    /// A connection must not be used by a forked process, and neither must its locks.
    process: u32,
    /// Waiting calls get it in their order, so that a call that was cancelled while it writes is over
    /// before the next one reads.
    connection: Arc<Mutex<Connection>>,
}

impl SqliteStore {
    /// Opens the file, or makes it.
    ///
    /// It blocks for a few milliseconds, or up to twenty seconds while another program holds the file.
    ///
    /// # Errors
    /// `InvalidArgument` by the name `path` if it is empty or a directory. `Storage`, with a code, for a
    /// file that cannot be used, which stays as it is: `not_a_store` (of another program),
    /// `newer_version`, `read_only`, `disk_full`, `locked`, `damaged` or `inaccessible`.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let connection = file::open(path)?;
        Ok(Self(Arc::new(Opened {
            path: path.to_owned(),
            process: process::id(),
            connection: Arc::new(Mutex::new(connection)),
        })))
    }

    /// The path that it was opened with.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    async fn call<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let path = self.path();
        if process::id() != self.0.process {
            return Err(StoreError::new(format!(
                "the store's file {} was opened before this process was forked: open it again here",
                path.display()
            )));
        }
        let mut connection = Arc::clone(&self.0.connection).lock_owned().await;
        let done = tokio::task::spawn_blocking(move || query(&mut connection)).await;
        match done {
            Ok(outcome) => outcome.map_err(|error| problem::of_call(path, error)),
            Err(error) => Err(StoreError::new(format!(
                "the store's file {} was not used to the end, because the runtime shuts down",
                path.display()
            ))
            .with_source(error)),
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.0.path)
            .finish_non_exhaustive()
    }
}

impl CheckpointStore for SqliteStore {
    fn list_ownership(&self) -> StoreFuture<'_, Vec<Ownership>> {
        Box::pin(self.call(queries::list_ownership))
    }

    fn claim_ownership<'a>(&'a self, claims: &'a [Ownership]) -> StoreFuture<'a, Vec<Ownership>> {
        let claims = claims.to_vec();
        Box::pin(self.call(move |connection| queries::claim_ownership(connection, &claims)))
    }

    fn list_checkpoints<'a>(
        &'a self,
        partitions: &'a [String],
    ) -> StoreFuture<'a, Vec<Checkpoint>> {
        let partitions = partitions.to_vec();
        Box::pin(self.call(move |connection| queries::list_checkpoints(connection, &partitions)))
    }

    fn update_checkpoint<'a>(
        &'a self,
        checkpoint: &'a Checkpoint,
    ) -> StoreFuture<'a, Option<Checkpoint>> {
        let checkpoint = checkpoint.clone();
        Box::pin(self.call(move |connection| queries::update_checkpoint(connection, &checkpoint)))
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    /// Removed when it is dropped.
    struct TestFile(PathBuf);

    impl TestFile {
        fn new(name: &str) -> Self {
            let name = format!("drivebell-store-{}-{name}.db", process::id());
            Self(std::env::temp_dir().join(name))
        }
    }

    impl Drop for TestFile {
        fn drop(&mut self) {
            for end in ["", "-wal", "-shm"] {
                let mut path = self.0.clone().into_os_string();
                path.push(end);
                let _ = std::fs::remove_file(path);
            }
        }
    }

    fn checkpoint(drive: usize) -> Checkpoint {
        Checkpoint {
            partition: "p0000".to_owned(),
            drive: format!("drive {drive:03}"),
            checkpoint: "s3cr3t".repeat(200),
            epoch: 1,
            sequence: 0,
            memo: String::new(),
            revision: None,
        }
    }

    /// SQLite says the same when its file reaches a limit.
    async fn limit_pages(store: &SqliteStore, pages: u32) {
        let connection = store.0.connection.lock().await;
        connection
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .unwrap();
    }

    #[tokio::test]
    async fn a_full_disk_loses_nothing_and_passes() {
        let file = TestFile::new("full");
        let store = SqliteStore::open(&file.0).unwrap();
        limit_pages(&store, 30).await;
        let mut written = Vec::new();
        let error = loop {
            match store.update_checkpoint(&checkpoint(written.len())).await {
                Ok(checkpoint) => written.extend(checkpoint),
                Err(error) => break error,
            }
            assert!(written.len() < 1_000, "it is never full");
        };
        assert!(
            error
                .to_string()
                .ends_with("the disk is full. Nothing is lost: free some space")
        );
        let cause = error.source().expect("what SQLite says");
        assert!(!format!("{error:?} {cause:?} {cause}").contains("s3cr3t"));
        let partitions = ["p0000".to_owned()];
        assert_eq!(store.list_checkpoints(&partitions).await.unwrap(), written);
        limit_pages(&store, 1_000).await;
        let next = store
            .update_checkpoint(&checkpoint(written.len()))
            .await
            .unwrap();
        written.extend(next);
        assert_eq!(store.list_checkpoints(&partitions).await.unwrap(), written);
    }

    #[tokio::test]
    async fn a_store_of_a_process_before_a_fork_is_refused() {
        let file = TestFile::new("forked");
        let store = SqliteStore::open(&file.0).unwrap();
        let forked = SqliteStore(Arc::new(Opened {
            path: store.path().to_owned(),
            process: store.0.process + 1,
            connection: Arc::clone(&store.0.connection),
        }));
        let error = forked.list_ownership().await.unwrap_err();
        assert!(error.to_string().contains("open it again"), "{error}");
    }

    #[test]
    fn its_debug_text_shows_the_path_only() {
        let file = TestFile::new("debug");
        let store = SqliteStore::open(&file.0).unwrap();
        assert_eq!(
            format!("{store:?}"),
            format!("SqliteStore {{ path: {:?}, .. }}", file.0)
        );
    }
}
