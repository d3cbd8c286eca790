//! The effect of a fault on one connection.

use std::time::Duration;

use axum::body::Bytes;

use crate::fault::{Direction, FaultId, Stage};

#[derive(Debug, Clone)]
pub(crate) struct Effect {
    pub(crate) fault: FaultId,
    /// The stage that the connection must have reached,
    pub(crate) stage: Stage,
    /// and how many bytes the server must still write after that.
    pub(crate) bytes_left: u64,
    pub(crate) kind: Kind,
    pub(super) started: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Hold(Direction),
    Cut,
    Reset,
    Delay(Duration),
    Split(usize),
    /// `last`: the server sends nothing afterwards.
    Inject {
        bytes: Bytes,
        last: bool,
    },
    Silence,
    /// The socket leaves its namespace.
    Leave,
    /// Replaces the service's refusal of a join, which starts with `refusal`.
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
            started: false,
        }
    }

    /// Whether it has started and is of a kind that lasts until the fault is released.
    pub(super) fn lasts(&self, is_kind: impl Fn(&Kind) -> bool) -> bool {
        self.started && is_kind(&self.kind)
    }

    pub(super) fn is_done(&self) -> bool {
        let once = matches!(
            self.kind,
            Kind::Cut | Kind::Reset | Kind::Inject { .. } | Kind::Leave
        );
        self.started && once
    }
}

impl Kind {
    pub(crate) fn holds(&self, direction: Direction) -> bool {
        matches!(self, Self::Hold(held) if *held == Direction::Both || *held == direction)
    }

    /// Whether it must wait for the end of the current frame.
    pub(super) fn needs_boundary(&self) -> bool {
        matches!(self, Self::Inject { .. } | Self::Silence)
    }

    /// Whether it ends a connection, and thus also acts on an idle one.
    pub(crate) fn ends(&self) -> bool {
        matches!(self, Self::Cut | Self::Reset)
    }
}
