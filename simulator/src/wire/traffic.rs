//! Reading and writing a connection, subject to the effects of faults.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use axum::body::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep_until};

use super::effect::Kind;
use super::exchange::Protocol;
use super::state::{End, Output, State};
use crate::fault::Direction;

/// Lets the client read a segment before the next one arrives.
const SEGMENT_GAP: Duration = Duration::from_millis(1);

impl State {
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.closed_by.simulator {
            return Poll::Ready(Ok(()));
        }
        store(&mut self.reader, cx);
        if !self.pending.is_empty() {
            self.push_pending(cx);
            // Tokio wakes only one task when the stream can be written again: now it is this one.
            self.writer.take().into_iter().for_each(Waker::wake);
        }
        let held = self.holds(Direction::ToServer) && self.is_socket();
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(self.read_after_end());
        };
        if held {
            return Poll::Pending;
        }
        let before = buf.filled().len();
        let read = ready!(Pin::new(stream).poll_read(cx, buf));
        let at_end = buf.filled().len() == before && buf.remaining() > 0;
        self.closed_by.client |= read.is_err() || at_end;
        Poll::Ready(read)
    }

    fn is_socket(&self) -> bool {
        let exchange = self.exchange.as_ref();
        exchange.is_some_and(|exchange| exchange.protocol() == Protocol::Socket)
    }

    fn read_after_end(&self) -> io::Result<()> {
        match self.end {
            Some(End::Reset) => Err(io::ErrorKind::ConnectionReset.into()),
            Some(End::Cut) | None => Ok(()),
        }
    }

    pub(super) fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if !self.undisturbed() {
            let first = bufs.iter().find(|buf| !buf.is_empty());
            return self.poll_write(cx, first.map_or(&[], |buf| buf));
        }
        store(&mut self.writer, cx);
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        };
        let written = ready!(Pin::new(stream).poll_write_vectored(cx, bufs))?;
        let mut left = written;
        for buf in bufs {
            let part = buf.len().min(left);
            self.wrote(&buf[..part]);
            left -= part;
        }
        Poll::Ready(Ok(written))
    }

    /// Whether no fault affects what is written.
    fn undisturbed(&self) -> bool {
        self.effects.is_empty() && self.pending.is_empty() && !self.muted()
    }

    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        store(&mut self.writer, cx);
        self.start_due_effects();
        if self.stream.is_some() && self.holds(Direction::ToClient) {
            return Poll::Pending;
        }
        ready!(self.poll_pending(cx))?;
        if let Some(used) = self.drop_muted(buf) {
            self.push_pending(cx);
            return Poll::Ready(Ok(used));
        }
        ready!(self.poll_delay(cx));
        let limit = self.limit(buf);
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        };
        let written = ready!(Pin::new(stream).poll_write(cx, &buf[..limit]))?;
        self.delay = None;
        self.segment_written = true;
        self.wrote(&buf[..written]);
        self.start_due_effects();
        self.push_pending(cx);
        Poll::Ready(Ok(written))
    }

    /// Drops bytes that must not reach the client, up to the next boundary. `None` if there are
    /// none.
    fn drop_muted(&mut self, buf: &[u8]) -> Option<usize> {
        let used = self.output_parser.to_boundary(buf);
        if let Some(instead) = self.join_answer(buf) {
            self.wrote(&buf[..used]);
            if !instead.is_empty() && !self.muted() {
                self.pending.push_back(instead);
            }
            return Some(used);
        }
        if !self.muted() {
            return None;
        }
        self.wrote(&buf[..used]);
        if self.output == Output::MutedToBoundary && self.output_parser.at_boundary() {
            self.output = Output::Open;
        }
        self.start_due_effects();
        Some(used)
    }

    /// The replacement for the frame that starts here, if that frame refuses a join.
    fn join_answer(&self, buf: &[u8]) -> Option<Bytes> {
        if !self.output_parser.at_boundary() {
            return None;
        }
        let payload = match buf.get(1)? {
            126 => 4,
            127 => 10,
            _ => 2,
        };
        let text = buf.get(payload..)?;
        self.effects.iter().find_map(|effect| match &effect.kind {
            Kind::AnswerJoin { refusal, instead } if text.starts_with(refusal) => {
                Some(instead.clone())
            }
            _ => None,
        })
    }

    fn poll_delay(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let delays = self.effects.iter().filter(|effect| effect.started);
        let delays = delays.filter_map(|effect| match effect.kind {
            Kind::Delay(delay) => Some(delay),
            Kind::Split(_) if self.segment_written => Some(SEGMENT_GAP),
            _ => None,
        });
        let Some(longest) = delays.max() else {
            return Poll::Ready(());
        };
        let sleep = self
            .delay
            .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + longest)));
        sleep.as_mut().poll(cx)
    }

    fn segment_size(&self) -> Option<usize> {
        let splits = self.effects.iter().filter(|effect| effect.started);
        let chunks = splits.filter_map(|effect| match effect.kind {
            Kind::Split(bytes) => Some(bytes),
            _ => None,
        });
        chunks.min()
    }

    /// How many of these bytes may be written before the next effect starts.
    fn limit(&self, buf: &[u8]) -> usize {
        let mut limit = self.segment_size().unwrap_or(buf.len()).min(buf.len());
        for effect in self.effects.iter().filter(|effect| !effect.started) {
            if self.stage >= effect.stage && effect.bytes_left > 0 {
                let left = usize::try_from(effect.bytes_left).unwrap_or(usize::MAX);
                limit = limit.min(left);
            } else {
                limit = limit.min(self.output_parser.to_boundary(buf));
            }
        }
        // A refusal to replace must be seen from its first byte.
        if self.answers_join() {
            limit = limit.min(self.output_parser.to_boundary(buf));
        }
        limit
    }

    /// Counts bytes that were written or dropped.
    fn wrote(&mut self, mut bytes: &[u8]) {
        for effect in &mut self.effects {
            if self.stage >= effect.stage {
                effect.bytes_left = effect.bytes_left.saturating_sub(bytes.len() as u64);
            }
        }
        while !bytes.is_empty() {
            let step = self.output_parser.advance(bytes);
            bytes = &bytes[step.used..];
            if let Some(reached) = step.reached {
                self.stage = self.stage.max(reached);
            }
        }
    }

    /// Writes the injected bytes, then cuts the stream if a fault asks for that.
    fn poll_pending(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(bytes) = self.pending.front_mut() {
            let Some(stream) = &mut self.stream else {
                break;
            };
            let written = ready!(Pin::new(stream).poll_write(cx, bytes))?;
            let _ = bytes.split_to(written);
            if bytes.is_empty() {
                self.pending.pop_front();
            }
        }
        if std::mem::take(&mut self.cut_after_pending) {
            self.end(End::Cut);
        }
        Poll::Ready(Ok(()))
    }

    /// Does the same without waiting.
    pub(super) fn push_pending(&mut self, cx: &mut Context<'_>) {
        if self.holds(Direction::ToClient) {
            return;
        }
        if let Poll::Ready(Err(_)) = self.poll_pending(cx) {
            // The client is gone. The service notices that when it reads or writes.
            self.pending.clear();
        }
    }

    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.must_hide_end() {
            return Poll::Ready(Ok(()));
        }
        store(&mut self.writer, cx);
        ready!(self.poll_pending(cx))?;
        match &mut self.stream {
            Some(stream) => Pin::new(stream).poll_shutdown(cx),
            None => Poll::Ready(Ok(())),
        }
    }
}

fn store(place: &mut Option<Waker>, cx: &Context<'_>) {
    if !place
        .as_ref()
        .is_some_and(|waker| waker.will_wake(cx.waker()))
    {
        *place = Some(cx.waker().clone());
    }
}
