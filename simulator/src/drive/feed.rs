//! The change feed of a drive: its items, in the order of their last change.
//!
//! A change moves an item to the end. Each item has one position, so that a page costs as much in a
//! large drive as in a small one.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::item::Item;

#[derive(Debug, Default)]
pub(super) struct Feed {
    /// How long a change takes to become visible.
    lag: Duration,
    keep_previous: bool,
    /// When the current change becomes visible; `None` is at once.
    due: Option<Instant>,
    /// The last position that was assigned.
    last: u64,
    /// The position of the last visible change.
    visible: u64,
    live: BTreeMap<u64, u32>,
    /// Kept apart, so that a full enumeration does not step over them.
    tombstones: BTreeMap<u64, u32>,
    /// Changes that are not visible yet, in order.
    pending: VecDeque<PendingChange>,
    /// The items that have pending changes.
    lagging: HashMap<u32, LaggingItem>,
    /// States before the last change.
    previous: HashMap<u32, Item>,
    /// When positions were assigned, for delta queries since a timestamp.
    times: Vec<(Timestamp, u64)>,
}

#[derive(Debug)]
struct PendingChange {
    due: Instant,
    state: Item,
}

#[derive(Debug)]
struct LaggingItem {
    /// The state before the pending changes; `None` for a new item.
    visible: Option<Item>,
    /// The position after all pending changes.
    latest: u64,
}

/// A range of positions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range {
    /// Exclusive.
    pub(crate) after: u64,
    /// Inclusive.
    pub(crate) until: u64,
    pub(crate) tombstones: bool,
}

impl Feed {
    pub(super) fn configure(&mut self, lag: Duration, keep_previous: bool) {
        self.lag = lag;
        self.keep_previous = keep_previous;
    }

    /// Whether [`Self::record`] needs the state before the change.
    pub(super) fn needs_previous(&self) -> bool {
        self.keep_previous || !self.lag.is_zero()
    }

    /// Called before a request changes items: all its changes become visible together.
    pub(super) fn begin(&mut self) {
        self.due = (!self.lag.is_zero()).then(|| Instant::now() + self.lag);
    }

    /// Assigns the position of the next change.
    pub(super) fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Records a changed or new item at its new position.
    pub(super) fn record(&mut self, item: &Item, old_position: u64, previous: Option<Item>) {
        self.times.push((item.modified, item.position));
        if self.keep_previous
            && let Some(previous) = &previous
        {
            self.previous.insert(item.index, previous.clone());
        }
        let Some(due) = self.due else {
            self.publish(item, old_position);
            return;
        };
        let lagging = self.lagging.entry(item.index).or_insert(LaggingItem {
            visible: previous,
            latest: 0,
        });
        lagging.latest = item.position;
        self.pending.push_back(PendingChange {
            due,
            state: item.clone(),
        });
    }

    /// Starts with items that are visible at once. They must be in the order of their positions.
    pub(super) fn begin_with(&mut self, items: &[Item]) {
        self.live = items
            .iter()
            .map(|item| (item.position, item.index))
            .collect();
        let times = [items.first(), items.last()].into_iter().flatten();
        self.times = times.map(|item| (item.modified, item.position)).collect();
        self.last = items.last().map_or(0, |item| item.position);
        self.visible = self.last;
    }

    fn publish(&mut self, item: &Item, old_position: u64) {
        self.live.remove(&old_position);
        let order = if item.deleted {
            &mut self.tombstones
        } else {
            &mut self.live
        };
        order.insert(item.position, item.index);
        self.visible = item.position;
    }

    /// Makes the pending changes visible that are due.
    pub(super) fn publish_due(&mut self) {
        let now = Instant::now();
        while self.pending.front().is_some_and(|next| next.due <= now) {
            let Some(PendingChange { state, .. }) = self.pending.pop_front() else {
                return;
            };
            let index = state.index;
            let lagging = self.lagging.remove(&index);
            let visible = lagging.as_ref().and_then(|item| item.visible.as_ref());
            self.publish(&state, visible.map_or(0, |item| item.position));
            if let Some(LaggingItem { latest, .. }) = lagging
                && latest != state.position
            {
                let visible = Some(state);
                self.lagging.insert(index, LaggingItem { visible, latest });
            }
        }
    }

    pub(super) fn visible_position(&self) -> u64 {
        self.visible
    }

    /// The last position that was assigned up to an instant.
    pub(super) fn position_at(&self, instant: Timestamp) -> u64 {
        let count = self.times.partition_point(|(at, _)| *at <= instant);
        let before = count.checked_sub(1).and_then(|at| self.times.get(at));
        before.map_or(0, |(_, position)| *position)
    }

    /// Positions and items of a range, in order.
    pub(super) fn read(&self, range: Range) -> impl Iterator<Item = (u64, u32)> {
        let until = range.until.max(range.after);
        let bounds = (Bound::Excluded(range.after), Bound::Included(until));
        let end = if range.tombstones { until } else { range.after };
        let dead_bounds = (Bound::Excluded(range.after), Bound::Included(end));
        let mut live = self.live.range(bounds).peekable();
        let mut dead = self.tombstones.range(dead_bounds).peekable();
        std::iter::from_fn(move || {
            let dead_first = match (live.peek(), dead.peek()) {
                (Some((live, _)), Some((dead, _))) => dead < live,
                (live, _) => live.is_none(),
            };
            let next = if dead_first { dead.next() } else { live.next() };
            next.map(|(position, index)| (*position, *index))
        })
    }

    /// An item without its pending changes.
    pub(super) fn visible_state<'a>(&'a self, item: &'a Item) -> &'a Item {
        let lagging = self.lagging.get(&item.index);
        lagging
            .and_then(|item| item.visible.as_ref())
            .unwrap_or(item)
    }

    /// An item before its last visible change, if that is known.
    pub(super) fn previous<'a>(&'a self, item: &'a Item) -> &'a Item {
        // With pending changes, `previous` is newer than the visible state.
        if self.lagging.contains_key(&item.index) {
            return self.visible_state(item);
        }
        self.previous.get(&item.index).unwrap_or(item)
    }
}
