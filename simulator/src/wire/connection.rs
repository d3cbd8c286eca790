//! One accepted connection, shared by the service and the faults.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::effect::Effect;
use super::exchange::Exchange;
use super::state::{End, State};
use crate::fault::{Direction, FaultId};
use crate::lock::lock;

/// Owns the TCP stream, so that a fault can act without waiting until the service reads or writes.
pub(crate) struct Connection {
    pub(crate) id: u64,
    state: Mutex<State>,
    /// Notified when a fault makes the socket leave its namespace.
    pub(crate) leave: Arc<Notify>,
    /// Notified when a change may let a waiting request go on.
    changed: Notify,
}

impl Connection {
    pub(crate) fn new(id: u64, stream: TcpStream) -> Arc<Self> {
        let leave = Arc::new(Notify::new());
        Arc::new(Self {
            id,
            state: Mutex::new(State::new(stream, Arc::clone(&leave))),
            leave,
            changed: Notify::new(),
        })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Starts a request, and ends the effects on the previous one. Faults never act on a request
    /// without an exchange.
    pub(crate) fn begin(&self, exchange: Option<Exchange>) {
        self.state().begin(exchange);
    }

    /// Marks the request as responded to, though the response is not written yet.
    pub(crate) fn responded(&self) {
        self.state().responded();
    }

    /// Whether the current exchange fulfils a condition; false if there is none. The condition's
    /// second argument is true while no response is due.
    pub(crate) fn carries(&self, condition: impl Fn(&Exchange, bool) -> bool) -> bool {
        let state = self.state();
        let exchange = state.exchange();
        exchange.is_some_and(|exchange| condition(exchange, state.is_idle()))
    }

    /// Adds an effect. False if the connection has ended.
    pub(crate) fn attach(&self, effect: Effect) -> bool {
        let attached = self.state().attach(effect);
        self.changed.notify_waiters();
        attached
    }

    /// Removes the effects of a fault. True if the service has given the connection up and no
    /// other effect keeps it open.
    pub(crate) fn release(&self, fault: FaultId) -> bool {
        let ended = self.state().release(fault);
        self.changed.notify_waiters();
        ended
    }

    pub(crate) fn is_affected_by(&self, fault: FaultId) -> bool {
        self.state().is_affected_by(fault)
    }

    /// Whether a fault replaces the service's response to a join.
    pub(crate) fn answers_join(&self) -> bool {
        self.state().answers_join()
    }

    /// Waits while a fault holds the client's bytes.
    pub(crate) async fn wait_until_arrived(&self) {
        loop {
            let changed = self.changed.notified();
            if !self.state().holds(Direction::ToServer) {
                return;
            }
            changed.await;
        }
    }

    pub(crate) fn end(&self, end: End) {
        self.state().end(end);
        self.changed.notify_waiters();
    }

    /// Ends all effects because the simulator stops. A connection whose bytes are held is cut;
    /// the service may close any other in order.
    pub(crate) fn stop(&self) {
        self.state().stop();
        self.changed.notify_waiters();
    }

    /// The service has given the connection up. False if a fault hides this from the client.
    pub(crate) fn abandon(&self) -> bool {
        self.state().abandon()
    }
}
