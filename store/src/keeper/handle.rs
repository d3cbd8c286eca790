use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::lease::{Lease, LeaseChange, LeaseOptions, LeaseView};
use super::task::{Command, Task};
use crate::CheckpointStore;

/// Claims partitions for this worker, keeps them, and shares them with the other workers.
///
/// Every worker computes the same division from what the store lists, and does only its own part of it.
/// No worker leads. A worker that stops renewing its record loses its partitions after
/// [`lease_time`](LeaseOptions::lease_time). What it does nevertheless carries an old epoch, so the store
/// refuses it.
///
/// While the store is away, a worker keeps what it has: nobody else can have taken it.
///
/// Use [`leave`](Self::leave) at the end. Dropping the keeper gives nothing back: the others wait for the
/// lease time.
pub struct LeaseKeeper {
    id: Arc<str>,
    commands: mpsc::UnboundedSender<Command>,
    view: watch::Receiver<LeaseView>,
}

impl LeaseKeeper {
    /// Starts to take part, and returns what happens to the leases.
    ///
    /// `name` is this worker's, in logs and in the store; each start adds something random to it. Must be
    /// called within a tokio runtime.
    pub fn start(
        store: Arc<dyn CheckpointStore>,
        name: &str,
        options: &LeaseOptions,
    ) -> (Self, mpsc::UnboundedReceiver<LeaseChange>) {
        let id: Arc<str> = format!("{name}-{:08x}", fastrand::u32(..)).into();
        let (commands, received) = mpsc::unbounded_channel();
        let (report, changes) = mpsc::unbounded_channel();
        let (show, view) = watch::channel(LeaseView::default());
        let task = Task::new(store, Arc::clone(&id), options, report, show);
        tokio::spawn(task.run(received));
        let keeper = Self { id, commands, view };
        (keeper, changes)
    }

    /// The id of this worker: its name, and what tells this start from others.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Says which partitions there are, and what following each costs. What
    /// this worker has of others goes back, for those who know them.
    pub fn set_partitions(&self, weights: BTreeMap<String, u64>) {
        self.tell(Command::Partitions(weights));
    }

    /// Says that this worker has stopped following a partition, after [`LeaseChange::Release`]. The next
    /// owner gets it now.
    pub fn released(&self, lease: Lease) {
        self.tell(Command::Released(lease));
    }

    /// Says that a write of this worker under this lease was refused, because there is a newer one.
    /// [`LeaseChange::Lost`] follows. If the store says that the lease is this worker's all the same, it
    /// has lost some of its records: then the partition is claimed anew, with an epoch above
    /// `newer`, as far as that is known.
    pub fn fenced(&self, lease: Lease, newer: Option<u64>) {
        self.tell(Command::Fenced(lease, newer));
    }

    /// Hands everything over to the others, and takes nothing any more. What nobody else can take stays
    /// here until [`leave`](Self::leave).
    pub fn drain(&self) {
        self.tell(Command::Drain);
    }

    /// Who is there, and what this worker has. The receiver learns of every change.
    pub fn view(&self) -> watch::Receiver<LeaseView> {
        self.view.clone()
    }

    /// Hands everything over, also to nobody, and leaves. [`LeaseChange::Release`] comes for each
    /// partition; this returns when all are [released](Self::released) and written. Leaving twice is harmless.
    ///
    /// Limit it with a timeout: the store may be away.
    pub async fn leave(&self) {
        self.tell(Command::Close);
        self.commands.closed().await;
    }

    /// Stops taking part at once, and gives nothing back: the others wait for the lease time.
    pub fn abandon(&self) {
        self.tell(Command::Abandon);
    }

    fn tell(&self, command: Command) {
        // The task ends only when it is closed, or with its runtime.
        let _ = self.commands.send(command);
    }
}

impl fmt::Debug for LeaseKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeaseKeeper")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
