//! The state of one connection, and what faults do to it.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use axum::body::Bytes;
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::Sleep;

use super::connection::{Exchange, Protocol};
use super::effect::{Effect, Kind};
use super::output_parser::Progress;
use crate::fault::{Direction, Stage};
use crate::injection::FaultId;

/// Injections that wait on one connection. Their bytes are shared with the fault.
const MOST_PENDING: usize = 1024;

/// How a connection ended, apart from its own two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// FIN.
    Cut,
    /// RST.
    Reset,
}

/// Whose turn it is to speak HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// The service has a request to answer.
    Service,
    /// It has made its answer, which is not written yet.
    Answer,
    /// Nothing is under way.
    Client,
}

/// What becomes of what the service writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// It goes out.
    Heard,
    /// The rest of a frame is lost whose beginning was lost in a silence.
    MutedToBoundary,
    /// It goes nowhere: a fault has said the last word.
    Farewell,
}

/// Who has given the connection up.
#[derive(Debug, Default)]
pub(super) struct Parted {
    pub(super) client: bool,
    pub(super) service: bool,
    /// The simulator ends: the service reads an end of the stream.
    pub(super) simulator: bool,
}

pub(super) struct State {
    /// `None` once it has ended.
    pub(super) stream: Option<TcpStream>,
    pub(super) end: Option<End>,
    pub(super) parted: Parted,
    /// `None` before the first request and for the control routes.
    pub(super) exchange: Option<Exchange>,
    pub(super) progress: Progress,
    pub(super) stage: Stage,
    pub(super) turn: Turn,
    pub(super) effects: Vec<Effect>,
    /// What faults put in and the stream has not taken yet.
    pub(super) pending: VecDeque<Bytes>,
    pub(super) cut_after_pending: bool,
    pub(super) voice: Voice,
    pub(super) delay: Option<Pin<Box<Sleep>>>,
    /// A split needs no pause before the first.
    pub(super) segment_written: bool,
    pub(super) leave: Arc<Notify>,
    pub(super) reader: Option<Waker>,
    pub(super) writer: Option<Waker>,
}

impl State {
    pub(super) fn new(stream: TcpStream, leave: Arc<Notify>) -> Self {
        Self {
            stream: Some(stream),
            end: None,
            parted: Parted::default(),
            exchange: None,
            progress: Progress::Free,
            stage: Stage::Request,
            turn: Turn::Client,
            effects: Vec::new(),
            pending: VecDeque::new(),
            cut_after_pending: false,
            voice: Voice::Heard,
            delay: None,
            segment_written: false,
            leave,
            reader: None,
            writer: None,
        }
    }

    pub(super) fn begin(&mut self, exchange: Option<Exchange>) {
        self.progress = match &exchange {
            Some(exchange) if exchange.protocol == Protocol::Socket => Progress::of_upgrade(),
            _ => Progress::Free,
        };
        self.exchange = exchange;
        self.stage = Stage::Request;
        self.turn = Turn::Service;
        self.effects.clear();
        if self.voice == Voice::MutedToBoundary {
            self.voice = Voice::Heard;
        }
        self.delay = None;
    }

    pub(super) fn answered(&mut self) {
        self.turn = Turn::Answer;
    }

    pub(super) fn flushed(&mut self) {
        let http = matches!(self.progress, Progress::Free | Progress::Refused);
        if http && self.turn == Turn::Answer {
            self.turn = Turn::Client;
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.turn == Turn::Client
    }

    pub(super) fn exchange(&self) -> Option<&Exchange> {
        self.exchange.as_ref()
    }

    pub(super) fn attach(&mut self, effect: Effect) -> bool {
        if self.stream.is_none() || self.parted.simulator {
            return false;
        }
        self.effects.push(effect);
        self.apply();
        // Nobody may be about to read or write.
        self.push_pending(&mut Context::from_waker(Waker::noop()));
        self.wake();
        true
    }

    pub(super) fn release(&mut self, fault: FaultId) -> bool {
        let muted = self.muted();
        self.effects.retain(|effect| effect.fault != fault);
        if muted && !self.muted() && !self.progress.at_boundary() {
            self.voice = Voice::MutedToBoundary;
        }
        self.delay = None;
        self.push_pending(&mut Context::from_waker(Waker::noop()));
        self.wake();
        let over = self.parted.service && !self.must_hide_end();
        if over {
            self.stream = None;
        }
        over
    }

    pub(super) fn suffers(&self, fault: FaultId) -> bool {
        self.effects.iter().any(|effect| effect.fault == fault)
    }

    pub(super) fn answers_join(&self) -> bool {
        let mut effects = self.effects.iter();
        effects.any(|effect| matches!(effect.kind, Kind::AnswerJoin { .. }))
    }

    pub(super) fn end(&mut self, end: End) {
        if let Some(mut stream) = self.stream.take() {
            match end {
                End::Cut => finish(&mut stream),
                End::Reset => {
                    let _ = stream.set_zero_linger();
                }
            }
            self.end = Some(end);
        }
        self.effects.clear();
        self.pending.clear();
        self.wake();
    }

    pub(super) fn sever(&mut self) {
        self.parted.simulator = true;
        if self.must_hide_end() || self.holds(Direction::ToServer) {
            self.end(End::Cut);
        }
        self.effects.clear();
        self.delay = None;
        self.wake();
    }

    pub(super) fn abandon(&mut self) -> bool {
        self.parted.service = true;
        let noticed = self.parted.client || self.parted.simulator;
        let hidden = self.must_hide_end() && !noticed && self.stream.is_some();
        if !hidden {
            self.stream = None;
            self.effects.clear();
            self.pending.clear();
        }
        !hidden
    }

    /// Nothing gets through to the client, so the end of the stream must not either.
    pub(super) fn must_hide_end(&self) -> bool {
        self.holds(Direction::ToClient) || self.lasts(|kind| matches!(kind, Kind::Silence))
    }

    pub(super) fn holds(&self, way: Direction) -> bool {
        self.lasts(|kind| kind.holds(way))
    }

    pub(super) fn lasts(&self, which: impl Fn(&Kind) -> bool) -> bool {
        let mut effects = self.effects.iter();
        effects.any(|effect| effect.lasts(&which))
    }

    pub(super) fn muted(&self) -> bool {
        let silent = self.lasts(|kind| matches!(kind, Kind::Silence));
        self.voice != Voice::Heard || silent
    }

    fn wake(&mut self) {
        for waker in [self.reader.take(), self.writer.take()]
            .into_iter()
            .flatten()
        {
            waker.wake();
        }
    }

    /// Begins what is due at this point of the stream.
    pub(super) fn apply(&mut self) {
        let (stage, boundary) = (self.stage, self.progress.at_boundary());
        let mut reset = false;
        for effect in &mut self.effects {
            let due = stage >= effect.stage && effect.bytes_left == 0;
            if effect.fired || !due || (effect.kind.needs_boundary() && !boundary) {
                continue;
            }
            effect.fired = true;
            match &effect.kind {
                Kind::Cut => self.cut_after_pending = true,
                Kind::Reset => reset = true,
                Kind::Leave => self.leave.notify_one(),
                Kind::Inject { bytes, farewell } => {
                    if self.pending.len() < MOST_PENDING {
                        self.pending.push_back(bytes.clone());
                    }
                    if *farewell {
                        self.voice = Voice::Farewell;
                    }
                }
                Kind::Hold(_)
                | Kind::Delay(_)
                | Kind::Split(_)
                | Kind::Silence
                | Kind::AnswerJoin { .. } => {}
            }
        }
        self.effects.retain(|effect| !effect.is_done());
        if reset {
            self.end(End::Reset);
        }
    }
}

/// Ends the stream so that the client reads an end, and no reset for what nobody will read.
fn finish(stream: &mut TcpStream) {
    let _ = Pin::new(&mut *stream).poll_shutdown(&mut Context::from_waker(Waker::noop()));
    let mut ignored = [0; 4096];
    for _ in 0..256 {
        if !matches!(stream.try_read(&mut ignored), Ok(1..)) {
            break;
        }
    }
}
