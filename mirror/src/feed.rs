//! The consumer's side of the outbox.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use drivebell::Error;
use tokio::sync::oneshot;

use crate::change::Change;
use crate::keeper::{Delivery, Done, DriveKey, KeeperHandle, Order};

/// A change that is done is noted at once, unless the last note is younger: then with a later one.
const NOTE_PAUSE: Duration = Duration::from_millis(10);

/// Asks for changes one chunk at a time. Asking for the next says that the one before is done.
#[derive(Debug)]
pub(crate) struct Feed {
    keeper: KeeperHandle,
    asked: Option<oneshot::Receiver<Result<Delivery, Error>>>,
    drive: DriveKey,
    changes: VecDeque<Change>,
    /// An end that was received.
    end: Option<(Option<DriveKey>, Option<Error>)>,
    /// The last change that was handed out.
    handed_out: Option<Done>,
    /// The last change before those that were handed out together with it.
    before: Option<Done>,
    /// The last that was noted as done, and when.
    noted: Option<(Done, Instant)>,
    closed: bool,
}

/// What the feed hands out.
#[derive(Debug)]
pub(crate) enum Fed<T> {
    Changes(DriveKey, T),
    /// A drive has ended.
    Ended(DriveKey, Option<Error>),
    /// The file cannot be used any more.
    Failed(Error),
}

impl Feed {
    pub(crate) fn new(keeper: KeeperHandle) -> Self {
        Self {
            keeper,
            asked: None,
            drive: 0,
            changes: VecDeque::new(),
            end: None,
            handed_out: None,
            before: None,
            noted: None,
            closed: false,
        }
    }

    pub(crate) fn next_change(&mut self) -> Option<Fed<Change>> {
        self.prepare()?;
        match self.changes.pop_front() {
            Some(change) => {
                self.hand_out(change.sequence, change.sequence);
                Some(Fed::Changes(self.drive, change))
            }
            None => self.take_end(),
        }
    }

    pub(crate) fn next_batch(&mut self) -> Option<Fed<Vec<Change>>> {
        self.prepare()?;
        if let (Some(first), Some(last)) = (self.changes.front(), self.changes.back()) {
            self.hand_out(first.sequence, last.sequence);
            let changes = std::mem::take(&mut self.changes);
            return Some(Fed::Changes(self.drive, changes.into()));
        }
        self.take_end()
    }

    /// Ready when [`next_change`](Self::next_change) has something, or never will.
    pub(crate) fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.closed || !self.changes.is_empty() || self.end.is_some() {
            return Poll::Ready(());
        }
        self.ask();
        let Some(asked) = &mut self.asked else {
            return Poll::Ready(());
        };
        let answer = std::task::ready!(Pin::new(asked).poll(cx));
        self.asked = None;
        match answer {
            Ok(Ok(Delivery::Changes { drive, changes })) => {
                self.drive = drive;
                self.changes = changes.into();
            }
            Ok(Ok(Delivery::Ended { drive, error })) => self.end = Some((Some(drive), error)),
            Ok(Err(error)) => self.end = Some((None, Some(error))),
            // The keeper has ended, because the mirror was closed.
            Err(_) => self.closed = true,
        }
        Poll::Ready(())
    }

    /// Notes what is done. What was handed out last is not: nobody has asked for more.
    pub(crate) fn close(&mut self) {
        if let Some(done) = self.before.take() {
            self.keeper.order(Order::Done(done));
        }
        self.closed = true;
        self.changes.clear();
        self.end = None;
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    fn hand_out(&mut self, first: u64, last: u64) {
        let done = |sequence| Done {
            drive: self.drive,
            sequence,
        };
        self.before = Some(done(first - 1));
        self.handed_out = Some(done(last));
    }

    fn prepare(&mut self) -> Option<()> {
        if self.closed {
            return None;
        }
        if self.changes.is_empty() && self.end.is_none() {
            let _ = self.poll_waiting(&mut Context::from_waker(Waker::noop()));
            return (!self.changes.is_empty() || self.end.is_some()).then_some(());
        }
        self.note();
        Some(())
    }

    fn take_end<T>(&mut self) -> Option<Fed<T>> {
        match self.end.take()? {
            (Some(drive), error) => Some(Fed::Ended(drive, error)),
            (None, error) => {
                self.closed = true;
                error.map(Fed::Failed)
            }
        }
    }

    fn note(&mut self) {
        let Some(done) = self.handed_out else {
            return;
        };
        let is_noted = self
            .noted
            .is_some_and(|(noted, at)| noted == done || at.elapsed() < NOTE_PAUSE);
        if !is_noted {
            self.noted = Some((done, Instant::now()));
            self.keeper.order(Order::Done(done));
        }
    }

    /// Asks for what is next, unless it has asked already.
    fn ask(&mut self) {
        if self.asked.is_none() {
            let (reply, asked) = oneshot::channel();
            self.keeper.order(Order::Next {
                done: self.handed_out,
                reply,
            });
            self.asked = Some(asked);
        }
    }
}
