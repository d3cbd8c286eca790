//! What every request handler reaches.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::behaviour::Config;
use crate::drive::Drive;
use crate::injection::Faults;
use crate::notifications::{EventLog, Sockets, Subscriptions};
use crate::recorder::Recorder;
use crate::resource_path::Place;

pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) port: u16,
    /// Tells the delta tokens of this simulator from those of another.
    pub(crate) run: u64,
    pub(crate) drives: HashMap<String, Mutex<Drive>>,
    pub(crate) aliases: HashMap<Place, String>,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) sockets: Sockets,
    pub(crate) events: EventLog,
    pub(crate) recorder: Recorder,
    pub(crate) faults: Arc<Faults>,
    /// For whoever sets a fault from a thread without one.
    pub(crate) runtime: Handle,
    pub(crate) stop: CancellationToken,
}

impl Shared {
    pub(crate) fn new(
        config: Config,
        port: u16,
        drives: HashMap<String, Drive>,
        aliases: HashMap<Place, String>,
    ) -> Arc<Self> {
        let drives = drives
            .into_iter()
            .map(|(id, drive)| (id, Mutex::new(drive)))
            .collect();
        let faults = Faults::new(config.endpoint_shape.namespace());
        Arc::new(Self {
            config,
            port,
            run: Uuid::new_v4().as_u64_pair().0,
            drives,
            aliases,
            subscriptions: Subscriptions::default(),
            sockets: Sockets::default(),
            events: EventLog::default(),
            recorder: Recorder::default(),
            faults,
            runtime: Handle::current(),
            stop: CancellationToken::new(),
        })
    }

    /// The drive that a place names, if there is one.
    pub(crate) fn drive_at(&self, place: &Place) -> Option<&Mutex<Drive>> {
        let id = match place {
            Place::Drive(id) => id,
            alias => self.aliases.get(alias)?,
        };
        self.drives.get(id)
    }
}

/// A panic elsewhere must not take the whole simulator down with poisoned locks.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
