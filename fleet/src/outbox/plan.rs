//! What a batch adds to the stream, and under which ids.

use std::collections::HashSet;

use drivebell::ChangeBatch;

use super::event::Envelope;
use super::identity::{self, ItemState};
use super::memo::{Enumeration, MOST_ITEMS, Memo};

/// Is published in the order started, items, completed, each only when what is before is stored.
pub(super) struct Plan {
    /// How the stream calls the snapshot.
    pub(super) mark: Option<String>,
    pub(super) started: Option<String>,
    pub(super) items: Vec<PlannedItem>,
    pub(super) completed: Option<String>,
    /// When all is stored.
    after: Memo,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct PlannedItem {
    /// In the batch.
    pub(super) index: usize,
    state: ItemState,
    turn: u64,
}

/// A message to be published.
pub(super) struct Message {
    pub(super) id: String,
    pub(super) body: Vec<u8>,
    /// In the batch, if it is about an item.
    pub(super) item: Option<usize>,
    pub(super) is_truncated: bool,
}

/// Which events are published without their items, because they are too large.
#[derive(Debug, Default)]
pub(super) struct Limits {
    /// The most bytes of an event.
    pub(super) bytes: usize,
    /// Items of the batch that the server has refused.
    pub(super) refused: HashSet<usize>,
}

impl Plan {
    pub(super) fn of(memo: &Memo, drive: &str, batch: &ChangeBatch) -> Self {
        let mut after = memo.clone();
        let (mut started, mut completed, mut name) = (None, None, None);
        if let Some(snapshot) = &batch.snapshot {
            let mark = memo.mark(snapshot, enumeration(batch));
            after.note_mark(snapshot, &mark.name);
            if mark.is_new {
                started = Some(identity::started(drive, &mark.name));
            }
            if mark.is_complete {
                after.note_completed(&mark.name);
            } else if batch.caught_up {
                after.note_completed(&mark.name);
                completed = Some(identity::completed(drive, &mark.name));
            }
            name = Some(mark.name);
        }
        let mut items = Vec::new();
        for (index, item) in batch.items.iter().enumerate() {
            let state = ItemState::of(
                drive,
                name.as_deref().unwrap_or_default(),
                item.id(),
                item.raw(),
            );
            match after.turn(&state) {
                Some(turn) => {
                    after.note(&state, turn);
                    items.push(PlannedItem { index, state, turn });
                }
                None => after.touch(&state),
            }
        }
        Self {
            mark: name,
            started,
            items,
            completed,
            after,
        }
    }

    /// The same batch once more, when a part of it may be stored. The memo has what is stored.
    pub(super) fn again(&self, mut memo: Memo, drive: &str, batch: &ChangeBatch) -> Self {
        let mut started = self.started.clone();
        if let (Some(snapshot), Some(mark)) = (&batch.snapshot, &self.mark) {
            if memo.has_announced(mark) {
                started = None;
            }
            memo.note_mark(snapshot, mark);
            if self.completed.is_none() && self.after.has_completed(mark) {
                memo.note_completed(mark);
            }
        }
        Self {
            started,
            ..Self::of(&memo, drive, batch)
        }
    }

    /// The memo when everything is stored; the last message of the drive has this sequence.
    pub(super) fn done(self, sequence: u64) -> Memo {
        self.done_with(sequence, MOST_ITEMS)
    }

    pub(super) fn done_with(mut self, sequence: u64, most_items: usize) -> Memo {
        self.after.sequence = self.after.sequence.max(sequence);
        self.after.trim(most_items);
        self.after
    }
}

fn enumeration(batch: &ChangeBatch) -> Enumeration {
    if batch.resync_code.is_some() {
        Enumeration::Begins
    } else if batch.initial {
        Enumeration::First
    } else {
        Enumeration::Unknown
    }
}

impl PlannedItem {
    pub(super) fn message(&self, envelope: &Envelope<'_>, limits: &Limits) -> Message {
        let item = &envelope.batch.items[self.index];
        let message = |is_truncated| {
            let id = self.state.id(self.turn, is_truncated);
            Message {
                body: envelope.item(&id, item, is_truncated),
                id,
                item: Some(self.index),
                is_truncated,
            }
        };
        if limits.refused.contains(&self.index) {
            return message(true);
        }
        let whole = message(false);
        if whole.body.len() > limits.bytes {
            return message(true);
        }
        whole
    }
}
