//! Reads and writes through the state of a connection.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use axum::body::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep_until};

use super::connection::Protocol;
use super::effect::Kind;
use super::state::{End, State, Voice};
use crate::fault::Direction;

/// Time for the client to read a segment before the next one joins it.
const SEGMENT_GAP: Duration = Duration::from_millis(1);

impl State {
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.parted.simulator {
            return Poll::Ready(Ok(()));
        }
        store(&mut self.reader, cx);
        if !self.pending.is_empty() {
            self.push_pending(cx);
            // Only one task is told that the stream takes more, and it is now this one.
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
        self.parted.client |= read.is_err() || at_end;
        Poll::Ready(read)
    }

    fn is_socket(&self) -> bool {
        let exchange = self.exchange.as_ref();
        exchange.is_some_and(|exchange| exchange.protocol == Protocol::Socket)
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

    /// No fault concerns what is written.
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
        self.apply();
        if self.stream.is_some() && self.holds(Direction::ToClient) {
            return Poll::Pending;
        }
        ready!(self.poll_pending(cx))?;
        if let Some(used) = self.swallow(buf) {
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
        self.apply();
        self.push_pending(cx);
        Poll::Ready(Ok(written))
    }

    /// Takes what must not reach the client, up to the next boundary.
    fn swallow(&mut self, buf: &[u8]) -> Option<usize> {
        let used = self.progress.to_boundary(buf);
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
        if self.voice == Voice::MutedToBoundary && self.progress.at_boundary() {
            self.voice = Voice::Heard;
        }
        self.apply();
        Some(used)
    }

    /// What goes out instead of the frame that starts here, if that refuses a join.
    fn join_answer(&self, buf: &[u8]) -> Option<Bytes> {
        if !self.progress.at_boundary() {
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
        let delays = self.effects.iter().filter(|effect| effect.fired);
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

    fn chunk(&self) -> Option<usize> {
        let splits = self.effects.iter().filter(|effect| effect.fired);
        let chunks = splits.filter_map(|effect| match effect.kind {
            Kind::Split(bytes) => Some(bytes),
            _ => None,
        });
        chunks.min()
    }

    /// How many of these bytes may go out before the next effect has its turn.
    fn limit(&self, buf: &[u8]) -> usize {
        let mut limit = self.chunk().unwrap_or(buf.len()).min(buf.len());
        for effect in self.effects.iter().filter(|effect| !effect.fired) {
            if self.stage >= effect.stage && effect.bytes_left > 0 {
                let left = usize::try_from(effect.bytes_left).unwrap_or(usize::MAX);
                limit = limit.min(left);
            } else {
                limit = limit.min(self.progress.to_boundary(buf));
            }
        }
        // A join may be answered otherwise: its refusal must be seen from its first byte.
        if self.answers_join() {
            limit = limit.min(self.progress.to_boundary(buf));
        }
        limit
    }

    /// Counts what has gone out, or would have.
    fn wrote(&mut self, mut bytes: &[u8]) {
        for effect in &mut self.effects {
            if self.stage >= effect.stage {
                effect.bytes_left = effect.bytes_left.saturating_sub(bytes.len() as u64);
            }
        }
        while !bytes.is_empty() {
            let step = self.progress.advance(bytes);
            bytes = &bytes[step.used..];
            if let Some(reached) = step.reached {
                self.stage = self.stage.max(reached);
            }
        }
    }

    /// Writes what faults put in, then ends the stream if one asked for that.
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

    /// The same as far as it goes now.
    pub(super) fn push_pending(&mut self, cx: &mut Context<'_>) {
        if self.holds(Direction::ToClient) {
            return;
        }
        if let Poll::Ready(Err(_)) = self.poll_pending(cx) {
            // The client is gone, which the service finds out by itself.
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
