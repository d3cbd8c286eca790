//! A fault that was set, and which matches it still acts on.

use tokio_util::sync::CancellationToken;

use crate::fault::{Fault, FaultId, Stage, Target, When};
use crate::random::Random;
use crate::wire::{Connection, Effect, Exchange, Protocol, RequestKind};

pub(super) struct ActiveFault {
    pub(super) fault: Fault,
    /// `None` if the fault acts on requests or URLs, not on connections.
    pub(super) effect: Option<Effect>,
    pub(super) acted: u64,
    to_skip: u32,
    random: Random,
    /// Cancelled when the fault is released.
    pub(super) released: CancellationToken,
}

impl ActiveFault {
    pub(super) fn new(id: FaultId, fault: Fault, namespace: &str, seed: u64) -> Self {
        Self {
            effect: fault.effect(id, namespace),
            to_skip: fault.skip,
            random: Random::new(seed, &id.to_string()),
            acted: 0,
            released: CancellationToken::new(),
            fault,
        }
    }

    fn is_used_up(&self) -> bool {
        let times = self.fault.times.map(u64::from);
        times.is_some_and(|times| self.acted >= times)
    }

    /// Whether it can still act on new requests.
    pub(super) fn awaits_requests(&self) -> bool {
        self.fault.when != When::Now && !self.is_used_up()
    }

    /// Counts a match. True if the fault acts on it.
    pub(super) fn take_match(&mut self) -> bool {
        if self.is_used_up() {
            return false;
        }
        if self.to_skip > 0 {
            self.to_skip -= 1;
            return false;
        }
        let share = self.fault.share;
        if share.is_some_and(|share| !self.random.chance(share)) {
            return false;
        }
        self.acted += 1;
        true
    }

    /// Records how many of the existing URLs the fault acted on.
    pub(super) fn acted_on_urls(&mut self, count: u64) {
        self.acted = count;
        if count > 0 {
            self.to_skip = 0;
        }
    }

    pub(super) fn matches(&self, exchange: &Exchange) -> bool {
        let fault = &self.fault;
        let is_target = match fault.on {
            Target::All => true,
            Target::Graph => exchange.protocol() == Protocol::Graph,
            Target::Endpoint => exchange.request == RequestKind::Endpoint,
            Target::Delta => exchange.request == RequestKind::Delta,
            Target::Socket => exchange.protocol() == Protocol::Socket,
            Target::Identity => exchange.protocol() == Protocol::Identity,
            Target::DeviceCode => exchange.request == RequestKind::DeviceCode,
            Target::Token => exchange.request == RequestKind::Token,
        };
        let needs_socket = fault.action.needs_socket() || fault.stage() > Stage::Request;
        let is_possible = exchange.protocol() == Protocol::Socket || !needs_socket;
        is_target && is_possible && self.matches_drive(exchange.drive.as_deref())
    }

    pub(super) fn matches_drive(&self, drive: Option<&str>) -> bool {
        self.fault.drive.is_none() || self.fault.drive.as_deref() == drive
    }

    /// Acts on a connection that exists already, if it matches.
    pub(super) fn act_on_existing(&mut self, connection: &Connection) {
        let Some(effect) = self.effect.clone() else {
            return;
        };
        // An idle connection can only be ended.
        let ends = effect.kind.ends();
        let is_match =
            connection.carries(|exchange, idle| self.matches(exchange) && (ends || !idle));
        if is_match && self.take_match() {
            connection.attach(effect);
        }
    }
}
