//! One accepted connection, within reach of the service and of faults.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::effect::Effect;
use super::state::{End, State};
use crate::fault::Direction;
use crate::injection::FaultId;
use crate::service::lock;

/// What a connection is used for since its last request.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) protocol: Protocol,
    /// It is Graph's endpoint request.
    pub(crate) endpoint: bool,
    /// It is a delta query.
    pub(crate) delta: bool,
    pub(crate) drive: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Graph,
    Socket,
}

/// The stream is in here, not with the service, so that a fault need not wait until the service
/// reads or writes.
pub(crate) struct Line {
    pub(crate) id: u64,
    state: Mutex<State>,
    /// Told when the socket is to leave its namespace.
    pub(crate) leave: Arc<Notify>,
    /// Told when something changed that a request may wait for.
    changed: Notify,
}

impl Line {
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

    /// A request arrived. What was wrong with the one before is over.
    pub(crate) fn begin(&self, exchange: Option<Exchange>) {
        self.state().begin(exchange);
    }

    /// The service has made its answer.
    pub(crate) fn answered(&self) {
        self.state().answered();
    }

    /// Asks a question about what it is used for; no if that is none of a fault's business.
    /// `idle` says that no answer is due.
    pub(crate) fn is(&self, question: impl Fn(&Exchange, bool) -> bool) -> bool {
        let state = self.state();
        let exchange = state.exchange();
        exchange.is_some_and(|exchange| question(exchange, state.is_idle()))
    }

    /// Lets a fault act; false if the connection is over.
    pub(crate) fn attach(&self, effect: Effect) -> bool {
        let attached = self.state().attach(effect);
        self.changed.notify_waiters();
        attached
    }

    /// Ends what a fault does here. True if nothing keeps a connection any more that the service
    /// has given up.
    pub(crate) fn release(&self, fault: FaultId) -> bool {
        let over = self.state().release(fault);
        self.changed.notify_waiters();
        over
    }

    pub(crate) fn suffers(&self, fault: FaultId) -> bool {
        self.state().suffers(fault)
    }

    /// Whether a join has an answer other than the service's.
    pub(crate) fn answers_join(&self) -> bool {
        self.state().answers_join()
    }

    /// Waits while what the client sends is held.
    pub(crate) async fn pass(&self) {
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

    /// The simulator ends. Whatever is held is lost; the others may still say goodbye.
    pub(crate) fn sever(&self) {
        self.state().sever();
        self.changed.notify_waiters();
    }

    /// The service has given the connection up. False if the client must not notice.
    pub(crate) fn abandon(&self) -> bool {
        self.state().abandon()
    }
}
