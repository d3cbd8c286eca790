use std::fmt;

use drivebell::{ChangesEvents, ChangesHandle, ChangesState, Error, Resource};
use tokio::sync::watch;

use crate::keeper::{self, KeeperHandle, Progress};
use crate::stats::MirrorStats;
use crate::tree::Tree;

/// Reads a mirror and wakes it, while another task reads its changes. It does not keep the mirror open.
#[derive(Clone)]
pub struct MirrorHandle {
    pub(crate) tree: Tree,
    pub(crate) changes: ChangesHandle,
    pub(crate) keeper: KeeperHandle,
    pub(crate) progress: watch::Receiver<Progress>,
}

impl MirrorHandle {
    /// The mirrored drive.
    pub fn resource(&self) -> &Resource {
        self.tree.resource()
    }

    /// The tree, for reading.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// As [`Mirror::ready`](crate::Mirror::ready).
    ///
    /// # Errors
    /// Those of [`Mirror::ready`](crate::Mirror::ready).
    pub async fn ready(&self) -> Result<(), Error> {
        wait_ready(self.progress.clone()).await
    }

    /// As [`Mirror::stats`](crate::Mirror::stats).
    ///
    /// # Errors
    /// `Storage`.
    pub fn stats(&self) -> Result<MirrorStats, Error> {
        let mut stats = self.tree.stats()?;
        stats.changes = self.changes.stats();
        Ok(stats)
    }

    /// What the stream of changes does at present.
    pub fn state(&self) -> ChangesState {
        self.changes.state()
    }

    /// What the subscription and the delta queries go through.
    pub fn events(&self) -> ChangesEvents {
        self.changes.events()
    }

    /// As [`Mirror::hint`](crate::Mirror::hint).
    ///
    /// # Errors
    /// `State` if the mirror has ended.
    pub fn hint(&self) -> Result<(), Error> {
        self.changes.hint()
    }

    /// Starts to end the mirror, as [`Mirror::close`](crate::Mirror::close) does, without waiting.
    pub fn start_close(&self) {
        self.tree.release();
        self.changes.start_close();
        self.keeper.start_close();
    }

    /// Waits until the file is closed.
    pub async fn closed(&self) {
        self.keeper.ended().await;
    }
}

/// Waits for the end of the first enumeration.
pub(crate) async fn wait_ready(mut progress: watch::Receiver<Progress>) -> Result<(), Error> {
    let reached = progress
        .wait_for(|progress| progress.ready || progress.ended.is_some())
        .await;
    match reached {
        Ok(progress) if progress.ready => Ok(()),
        Ok(progress) => {
            let ended = progress.ended.clone();
            Err(ended
                .and_then(|ended| ended.0)
                .unwrap_or_else(keeper::closed))
        }
        Err(_) => Err(keeper::closed()),
    }
}

impl fmt::Debug for MirrorHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MirrorHandle")
            .field("resource", self.resource())
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
