use std::sync::Arc;

use drivebell::{ChangesOptions, Client, Error, Resource, SharedOptions, Since};

use super::options;
use super::stream::SharedChanges;
use crate::CheckpointStore;

/// Streams of changes that several processes share, as a method of [`Client`].
pub trait SharedClient {
    /// Follows drives together with other processes that have the same store: each drive is followed by
    /// one of them. When a process ends, the others take over its drives, each from its last checkpoint.
    ///
    /// A batch is done when the next one is asked for: then its checkpoint is stored. After a crash it
    /// comes again, in another process. Each drive begins at its checkpoint, or at its `since` if the store
    /// has none.
    ///
    /// Must be called within a tokio runtime.
    ///
    /// ```no_run
    /// use std::sync::Arc;
    ///
    /// use drivebell::{ChangesOptions, Client, Resource, Since};
    /// use drivebell_store::{SharedClient as _, SharedOptions, SqliteStore};
    /// use futures_util::StreamExt;
    ///
    /// # async fn example(client: Client) -> Result<(), drivebell::Error> {
    /// let store = Arc::new(SqliteStore::open("drives.db")?);
    /// let mut changes = client.changes_shared(
    ///     [(&Resource::my_drive(), &Since::Start)],
    ///     store,
    ///     &SharedOptions::default(),
    ///     &ChangesOptions::default(),
    /// )?;
    /// while let Some(next) = changes.next().await {
    ///     match next.batch {
    ///         Ok(batch) => println!("{}: {} items", next.resource, batch.items.len()),
    ///         Err(error) => println!("{} is refused: {error}", next.resource),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` for an option or a resource, by its name; `State` if the client is closed. A store
    /// that is away is no error: it is tried again.
    fn changes_shared<'a>(
        &self,
        drives: impl IntoIterator<Item = (&'a Resource, &'a Since)>,
        store: Arc<dyn CheckpointStore>,
        options: &SharedOptions,
        changes: &ChangesOptions,
    ) -> Result<SharedChanges, Error>;
}

impl SharedClient for Client {
    fn changes_shared<'a>(
        &self,
        drives: impl IntoIterator<Item = (&'a Resource, &'a Since)>,
        store: Arc<dyn CheckpointStore>,
        options: &SharedOptions,
        changes: &ChangesOptions,
    ) -> Result<SharedChanges, Error> {
        options::check(options)?;
        let drives = drives.into_iter().collect::<Vec<_>>();
        self.check_changes(drives.iter().map(|(resource, _)| *resource), changes)?;
        SharedChanges::start(self, drives, store, options, changes)
    }
}
