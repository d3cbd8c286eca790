//! A fault at work on one connection.

use std::time::Duration;

use axum::body::Bytes;

use crate::fault::{Direction, Stage};
use crate::injection::FaultId;

#[derive(Debug, Clone)]
pub(crate) struct Effect {
    pub(crate) fault: FaultId,
    /// It waits until the connection has come so far,
    pub(crate) stage: Stage,
    /// and then until the server has written so many bytes more.
    pub(crate) bytes_left: u64,
    pub(crate) kind: Kind,
    /// It has begun.
    pub(super) fired: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Hold(Direction),
    Cut,
    Reset,
    Delay(Duration),
    Split(usize),
    /// `farewell`: the server says nothing more afterwards.
    Inject {
        bytes: Bytes,
        farewell: bool,
    },
    Silence,
    /// The socket leaves its namespace.
    Leave,
    /// The service's own refusal of a join, which starts with `refusal`, is replaced.
    AnswerJoin {
        refusal: Bytes,
        instead: Bytes,
    },
}

impl Effect {
    pub(crate) fn new(fault: FaultId, stage: Stage, bytes_left: u64, kind: Kind) -> Self {
        Self {
            fault,
            stage,
            bytes_left,
            kind,
            fired: false,
        }
    }

    /// It has begun, and is a state that lasts until its fault is released.
    pub(super) fn lasts(&self, which: impl Fn(&Kind) -> bool) -> bool {
        self.fired && which(&self.kind)
    }

    pub(super) fn is_done(&self) -> bool {
        let once = matches!(
            self.kind,
            Kind::Cut | Kind::Reset | Kind::Inject { .. } | Kind::Leave
        );
        self.fired && once
    }
}

impl Kind {
    pub(crate) fn holds(&self, way: Direction) -> bool {
        matches!(self, Self::Hold(held) if *held == Direction::Both || *held == way)
    }

    /// Bytes of a frame must not end up inside another frame.
    pub(super) fn needs_boundary(&self) -> bool {
        matches!(self, Self::Inject { .. } | Self::Silence)
    }

    /// Ends a connection, one that is idle too.
    pub(crate) fn ends(&self) -> bool {
        matches!(self, Self::Cut | Self::Reset)
    }
}
