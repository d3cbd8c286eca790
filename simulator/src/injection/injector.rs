//! All faults that are set, and the connections on which they may act.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::active_fault::ActiveFault;
use crate::behaviour::Expiry;
use crate::fault::{Action, Answer, Fault, FaultId, FaultStatus, InvalidFault, When};
use crate::lock::lock;
use crate::wire::{Connection, End, Exchange};

/// Faults in the list. A fault that is done makes room for another.
const MAX_FAULTS: usize = 1000;

/// Connections that stay open although the service has given them up. Each costs a file
/// descriptor.
const MAX_HIDDEN: usize = 1000;

pub(crate) struct FaultInjector {
    /// The namespace whose join faults can refuse.
    namespace: &'static str,
    /// Of the random decisions of faults.
    seed: u64,
    inner: Mutex<Inner>,
}

/// What faults make of a request.
#[derive(Default)]
pub(crate) struct Interference {
    /// The response of the first fault that responds.
    pub(crate) answer: Option<Answer>,
    /// The paths of items to delete and make again before the response.
    pub(crate) recreated: Vec<String>,
}

#[derive(Default)]
struct Inner {
    last_fault: u64,
    last_connection: u64,
    faults: BTreeMap<FaultId, ActiveFault>,
    connections: BTreeMap<u64, Arc<Connection>>,
    /// Connections that the service has given up while a fault hides that from the client.
    hidden: VecDeque<u64>,
}

impl FaultInjector {
    pub(crate) fn new(namespace: &'static str, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            namespace,
            seed,
            inner: Mutex::default(),
        })
    }

    pub(crate) fn accept(&self, stream: TcpStream) -> Arc<Connection> {
        let mut inner = lock(&self.inner);
        inner.last_connection += 1;
        let connection = Connection::new(inner.last_connection, stream);
        inner
            .connections
            .insert(connection.id, Arc::clone(&connection));
        connection
    }

    /// The service has given a connection up.
    pub(crate) fn forget(&self, connection: &Connection) {
        // Locked first, so that a fault that is released meanwhile still finds the connection.
        let mut inner = lock(&self.inner);
        if connection.abandon() {
            inner.connections.remove(&connection.id);
            return;
        }
        inner.hidden.push_back(connection.id);
        if inner.hidden.len() > MAX_HIDDEN
            && let Some(oldest) = inner.hidden.pop_front()
            && let Some(connection) = inner.connections.remove(&oldest)
        {
            connection.end(End::Cut);
        }
    }

    /// Ends the effects on all connections because the simulator stops.
    pub(crate) fn stop(&self) {
        let connections = std::mem::take(&mut lock(&self.inner).connections);
        for connection in connections.values() {
            connection.stop();
        }
    }

    /// Sets a checked fault and acts on the existing connections, or, by `expire`, on the existing
    /// notification URLs. `expire` returns how many URLs it acted on.
    ///
    /// Returns the id, the number of matches, and a token that is cancelled when the fault is
    /// released.
    pub(crate) fn set(
        &self,
        fault: Fault,
        expire: impl FnOnce(&Fault) -> u64,
    ) -> Result<(FaultId, u64, CancellationToken), InvalidFault> {
        let mut inner = lock(&self.inner);
        inner.make_room()?;
        inner.last_fault += 1;
        let id = FaultId::new(inner.last_fault);
        let mut active = ActiveFault::new(id, fault, self.namespace, self.seed);
        if active.fault.when != When::Next {
            if matches!(active.fault.action, Action::Expire { .. }) {
                let count = expire(&active.fault);
                active.acted_on_urls(count);
            }
            for connection in inner.connections.values() {
                active.act_on_existing(connection);
            }
        }
        let (acted, released) = (active.acted, active.released.clone());
        inner.faults.insert(id, active);
        Ok((id, acted, released))
    }

    /// Starts a request on a connection and applies the faults that match it.
    pub(crate) fn begin(&self, connection: &Connection, exchange: &Exchange) -> Interference {
        let mut inner = lock(&self.inner);
        connection.begin(Some(exchange.clone()));
        let mut interference = Interference::default();
        let faults = inner.faults.values_mut();
        let waiting = faults.filter(|active| active.awaits_requests());
        for active in waiting.filter(|active| active.matches(exchange)) {
            match (&active.effect, &active.fault.action) {
                (Some(effect), _) => {
                    let effect = effect.clone();
                    if active.take_match() {
                        connection.attach(effect);
                    }
                }
                // The first fault responds. For the others this does not count as a match.
                (None, Action::Answer(given)) if interference.answer.is_none() => {
                    let given = given.clone();
                    interference.answer = active.take_match().then_some(given);
                }
                (None, Action::Recreate { path }) => {
                    let path = path.clone();
                    let taken = active.take_match().then_some(path);
                    interference.recreated.extend(taken);
                }
                _ => {}
            }
        }
        interference
    }

    /// The expiry that a fault sets for a notification URL that is being issued.
    pub(crate) fn expiry(&self, drive: &str) -> Option<Expiry> {
        let mut inner = lock(&self.inner);
        let faults = inner.faults.values_mut();
        let mut waiting = faults.filter(|active| active.awaits_requests());
        waiting.find_map(|active| {
            let Action::Expire {
                ms,
                then,
                announced,
            } = active.fault.action
            else {
                return None;
            };
            let taken = active.matches_drive(Some(drive)) && active.take_match();
            taken.then_some(Expiry {
                after: Duration::from_millis(ms),
                then,
                announced,
            })
        })
    }

    pub(crate) fn list(&self) -> Vec<FaultStatus> {
        let inner = lock(&self.inner);
        let done = inner.done();
        let statuses = inner.faults.iter().map(|(id, active)| FaultStatus {
            id: *id,
            fault: active.fault.clone(),
            acted: active.acted,
            done: done.contains(id),
        });
        statuses.collect()
    }

    /// Removes a fault and its effects. False if no fault has this id.
    pub(crate) fn release(&self, id: FaultId) -> bool {
        let mut inner = lock(&self.inner);
        let Some(active) = inner.faults.remove(&id) else {
            return false;
        };
        active.released.cancel();
        inner
            .connections
            .retain(|_, connection| !connection.release(id));
        true
    }

    /// Removes all faults. Returns how many there were.
    pub(crate) fn release_all(&self) -> usize {
        let ids: Vec<_> = lock(&self.inner).faults.keys().copied().collect();
        ids.into_iter().filter(|id| self.release(*id)).count()
    }
}

impl Inner {
    fn done(&self) -> HashSet<FaultId> {
        let done = self.faults.iter().filter(|(id, active)| {
            let mut connections = self.connections.values();
            !active.awaits_requests()
                && !connections.any(|connection| connection.is_affected_by(**id))
        });
        done.map(|(id, _)| *id).collect()
    }

    fn make_room(&mut self) -> Result<(), InvalidFault> {
        if self.faults.len() < MAX_FAULTS {
            return Ok(());
        }
        let done = self.done();
        self.faults.retain(|id, _| !done.contains(id));
        if self.faults.len() < MAX_FAULTS {
            return Ok(());
        }
        let reason = format!("{MAX_FAULTS} faults are set: release some of them");
        Err(InvalidFault::new(".", reason))
    }
}
