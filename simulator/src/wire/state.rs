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

use super::effect::{Effect, Kind};
use super::exchange::{Exchange, Protocol};
use super::output_parser::OutputParser;
use crate::fault::{Direction, FaultId, Stage};

/// Injections queued on one connection. Their bytes are shared with the fault.
const MAX_PENDING: usize = 1024;

/// How a fault, or the simulator, ended a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// FIN.
    Cut,
    /// RST.
    Reset,
}

/// How far the HTTP request under way has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HttpPhase {
    /// The service has yet to respond.
    Request,
    /// The service has made its response and not yet written it.
    Response,
    /// No request is under way.
    Idle,
}

/// What happens to the bytes that the service writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    Open,
    /// The rest of a frame is dropped because a silence has dropped its beginning.
    MutedToBoundary,
    /// Everything is dropped: a fault has sent the last bytes.
    Ended,
}

/// Who has closed the connection.
#[derive(Debug, Default)]
pub(super) struct ClosedBy {
    pub(super) client: bool,
    pub(super) service: bool,
    /// The simulator stops: the service reads the end of the stream.
    pub(super) simulator: bool,
}

pub(super) struct State {
    /// `None` once it has ended.
    pub(super) stream: Option<TcpStream>,
    pub(super) end: Option<End>,
    pub(super) closed_by: ClosedBy,
    /// `None` before the first request and on the control routes.
    pub(super) exchange: Option<Exchange>,
    pub(super) output_parser: OutputParser,
    pub(super) stage: Stage,
    pub(super) http: HttpPhase,
    pub(super) effects: Vec<Effect>,
    /// Injected bytes that are not written yet.
    pub(super) pending: VecDeque<Bytes>,
    pub(super) cut_after_pending: bool,
    pub(super) output: Output,
    pub(super) delay: Option<Pin<Box<Sleep>>>,
    /// The first segment of a split needs no pause before it.
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
            closed_by: ClosedBy::default(),
            exchange: None,
            output_parser: OutputParser::Free,
            stage: Stage::Request,
            http: HttpPhase::Idle,
            effects: Vec::new(),
            pending: VecDeque::new(),
            cut_after_pending: false,
            output: Output::Open,
            delay: None,
            segment_written: false,
            leave,
            reader: None,
            writer: None,
        }
    }

    pub(super) fn begin(&mut self, exchange: Option<Exchange>) {
        self.output_parser = match &exchange {
            Some(exchange) if exchange.protocol() == Protocol::Socket => OutputParser::of_upgrade(),
            _ => OutputParser::Free,
        };
        self.exchange = exchange;
        self.stage = Stage::Request;
        self.http = HttpPhase::Request;
        self.effects.clear();
        if self.output == Output::MutedToBoundary {
            self.output = Output::Open;
        }
        self.delay = None;
    }

    pub(super) fn responded(&mut self) {
        self.http = HttpPhase::Response;
    }

    pub(super) fn flushed(&mut self) {
        let is_http = matches!(
            self.output_parser,
            OutputParser::Free | OutputParser::Refused
        );
        if is_http && self.http == HttpPhase::Response {
            self.http = HttpPhase::Idle;
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.http == HttpPhase::Idle
    }

    pub(super) fn exchange(&self) -> Option<&Exchange> {
        self.exchange.as_ref()
    }

    pub(super) fn attach(&mut self, effect: Effect) -> bool {
        if self.stream.is_none() || self.closed_by.simulator {
            return false;
        }
        self.effects.push(effect);
        self.start_due_effects();
        // The service may neither read nor write for a long time.
        self.push_pending(&mut Context::from_waker(Waker::noop()));
        self.wake();
        true
    }

    pub(super) fn release(&mut self, fault: FaultId) -> bool {
        let muted = self.muted();
        self.effects.retain(|effect| effect.fault != fault);
        if muted && !self.muted() && !self.output_parser.at_boundary() {
            self.output = Output::MutedToBoundary;
        }
        self.delay = None;
        self.push_pending(&mut Context::from_waker(Waker::noop()));
        self.wake();
        let ended = self.closed_by.service && !self.must_hide_end();
        if ended {
            self.stream = None;
        }
        ended
    }

    pub(super) fn is_affected_by(&self, fault: FaultId) -> bool {
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

    pub(super) fn stop(&mut self) {
        self.closed_by.simulator = true;
        if self.must_hide_end() || self.holds(Direction::ToServer) {
            self.end(End::Cut);
        }
        self.effects.clear();
        self.delay = None;
        self.wake();
    }

    pub(super) fn abandon(&mut self) -> bool {
        self.closed_by.service = true;
        let noticed = self.closed_by.client || self.closed_by.simulator;
        let hidden = self.must_hide_end() && !noticed && self.stream.is_some();
        if !hidden {
            self.stream = None;
            self.effects.clear();
            self.pending.clear();
        }
        !hidden
    }

    /// Whether the end of the stream must not reach the client, because no byte does.
    pub(super) fn must_hide_end(&self) -> bool {
        self.holds(Direction::ToClient) || self.lasts(|kind| matches!(kind, Kind::Silence))
    }

    pub(super) fn holds(&self, direction: Direction) -> bool {
        self.lasts(|kind| kind.holds(direction))
    }

    pub(super) fn lasts(&self, is_kind: impl Fn(&Kind) -> bool) -> bool {
        let mut effects = self.effects.iter();
        effects.any(|effect| effect.lasts(&is_kind))
    }

    pub(super) fn muted(&self) -> bool {
        let silent = self.lasts(|kind| matches!(kind, Kind::Silence));
        self.output != Output::Open || silent
    }

    fn wake(&mut self) {
        for waker in [self.reader.take(), self.writer.take()]
            .into_iter()
            .flatten()
        {
            waker.wake();
        }
    }

    /// Starts the effects that are due at this point of the stream.
    pub(super) fn start_due_effects(&mut self) {
        let (stage, boundary) = (self.stage, self.output_parser.at_boundary());
        let mut reset = false;
        for effect in &mut self.effects {
            let due = stage >= effect.stage && effect.bytes_left == 0;
            if effect.started || !due || (effect.kind.needs_boundary() && !boundary) {
                continue;
            }
            effect.started = true;
            match &effect.kind {
                Kind::Cut => self.cut_after_pending = true,
                Kind::Reset => reset = true,
                Kind::Leave => self.leave.notify_one(),
                Kind::Inject { bytes, last } => {
                    if self.pending.len() < MAX_PENDING {
                        self.pending.push_back(bytes.clone());
                    }
                    if *last {
                        self.output = Output::Ended;
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

/// Ends the stream with a FIN. Unread bytes are read first, because they would cause a RST.
fn finish(stream: &mut TcpStream) {
    let _ = Pin::new(&mut *stream).poll_shutdown(&mut Context::from_waker(Waker::noop()));
    let mut ignored = [0; 4096];
    for _ in 0..256 {
        if !matches!(stream.try_read(&mut ignored), Ok(1..)) {
            break;
        }
    }
}
