//! The consumer's side of the outbox.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use drivebell::Error;
use tokio::sync::oneshot;

use crate::change::Change;
use crate::keeper::{Delivery, Done, DriveKey, KeeperHandle, NOTE_PAUSE, Order};

/// Asks for changes one chunk at a time. Asking for the next says that the one before is done.
#[derive(Debug)]
pub(crate) struct Feed {
    keeper: KeeperHandle,
    asked: Option<oneshot::Receiver<Result<Delivery, Error>>>,
    drive: DriveKey,
    changes: VecDeque<Change>,
    /// An end that was received.
    end: Option<(Option<DriveKey>, Option<Error>)>,
    /// The last change that was handed out. It is done when the next one is asked for.
    handed_out: Option<Done>,
    /// The last that is done.
    done: Option<Done>,
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
            done: None,
            noted: None,
            closed: false,
        }
    }

    pub(crate) fn next_change(&mut self) -> Option<Fed<Change>> {
        self.prepare()?;
        match self.changes.pop_front() {
            Some(change) => {
                self.handed_out = Some(Done {
                    drive: self.drive,
                    sequence: change.sequence,
                });
                Some(Fed::Changes(self.drive, change))
            }
            None => self.take_end(),
        }
    }

    pub(crate) fn next_batch(&mut self) -> Option<Fed<Vec<Change>>> {
        let batch = self.next_chunk()?;
        if let Fed::Changes(drive, changes) = &batch {
            self.handed_out = changes.last().map(|last| Done {
                drive: *drive,
                sequence: last.sequence,
            });
        }
        Some(batch)
    }

    /// Like [`next_batch`](Self::next_batch), but asking for the next says nothing:
    /// [`set_done`](Self::set_done) does.
    pub(crate) fn next_chunk(&mut self) -> Option<Fed<Vec<Change>>> {
        self.prepare()?;
        if self.changes.is_empty() {
            return self.take_end();
        }
        let changes = std::mem::take(&mut self.changes);
        Some(Fed::Changes(self.drive, changes.into()))
    }

    /// Of the last chunk, the changes up to this sequence are done.
    pub(crate) fn set_done(&mut self, sequence: u64) {
        self.done = Some(Done {
            drive: self.drive,
            sequence,
        });
        self.note_all();
    }

    /// What was handed out last will not reach the consumer.
    pub(crate) fn take_back(&mut self) {
        self.handed_out = None;
    }

    /// Ready when [`next_change`](Self::next_change) has something, or never will.
    pub(crate) fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.closed || !self.changes.is_empty() || self.end.is_some() {
            return Poll::Ready(());
        }
        loop {
            self.ask();
            let Some(asked) = &mut self.asked else {
                break;
            };
            let answer = std::task::ready!(Pin::new(asked).poll(cx));
            self.asked = None;
            match answer {
                Ok(Ok(Delivery::Changes { drive, chunk })) => {
                    let Some(changes) = chunk.into_changes() else {
                        self.keeper.order(Order::Unreadable);
                        // The answer is the error.
                        continue;
                    };
                    self.drive = drive;
                    self.changes = changes.into();
                }
                Ok(Ok(Delivery::Ended { drive, error })) => self.end = Some((Some(drive), error)),
                Ok(Err(error)) => self.end = Some((None, Some(error))),
                // The keeper has ended, because the mirror was closed.
                Err(_) => self.closed = true,
            }
            break;
        }
        Poll::Ready(())
    }

    /// Notes what is done. What was handed out last is not: nobody has asked for more.
    pub(crate) fn close(&mut self) {
        self.note_all();
        self.closed = true;
        self.changes.clear();
        self.end = None;
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    fn prepare(&mut self) -> Option<()> {
        if self.closed {
            return None;
        }
        self.settle();
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

    /// The next change is asked for.
    fn settle(&mut self) {
        if let Some(done) = self.handed_out.take() {
            self.done = Some(done);
            self.keeper.show_done(done);
        }
    }

    /// Soon after the last note, the keeper looks by itself.
    fn note(&mut self) {
        let is_recent = |(_, at): (_, Instant)| at.elapsed() < NOTE_PAUSE;
        if !self.noted.is_some_and(is_recent) {
            self.note_all();
        }
    }

    fn note_all(&mut self) {
        let noted = self.noted.map(|(done, _)| done);
        if let Some(done) = self.done.filter(|done| noted != Some(*done)) {
            self.noted = Some((done, Instant::now()));
            self.keeper.order(Order::Done(done));
        }
    }

    /// Asks for what is next, unless it has asked already.
    fn ask(&mut self) {
        self.settle();
        if self.asked.is_none() {
            let (reply, asked) = oneshot::channel();
            self.keeper.order(Order::Next {
                done: self.done,
                reply,
            });
            self.asked = Some(asked);
        }
    }
}
