//! The change feed of a drive: its items, in the order of their last change.
//!
//! A change moves an item to the end. Each item has one position, so that a page costs as much in a
//! large drive as in a small one.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::item::{Item, Tombstone};

#[derive(Debug, Default)]
pub(super) struct Feed {
    /// How long a change takes to become visible.
    lag: Duration,
    /// How much longer a late tombstone takes.
    tombstone_lag: Duration,
    keep_previous: bool,
    /// When the current change was made.
    now: Option<Instant>,
    /// The last position that was assigned.
    last: u64,
    /// The position of the last visible change.
    visible: u64,
    live: BTreeMap<u64, u32>,
    /// Kept apart, so that a full enumeration does not step over them.
    tombstones: BTreeMap<u64, u32>,
    /// Changes that are not visible yet, in order.
    pending: VecDeque<PendingChange>,
    /// Deletions whose tombstones come later, in order.
    late: VecDeque<LateTombstone>,
    /// The items that have pending changes.
    lagging: HashMap<u32, LaggingItem>,
    /// States before the last change.
    previous: HashMap<u32, Item>,
    /// When positions were assigned, for delta queries since a timestamp.
    times: Vec<(Timestamp, u64)>,
}

#[derive(Debug)]
struct PendingChange {
    made: Instant,
    entry: Entry,
}

#[derive(Debug)]
enum Entry {
    Change(Box<Item>),
    /// The late tombstone of an item that is no longer listed, at its own position.
    Tombstone {
        position: u64,
        index: u32,
    },
}

#[derive(Debug)]
struct LateTombstone {
    made: Instant,
    index: u32,
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
    /// `keep_previous` stores the states that [`Self::previous`] returns.
    pub(super) fn keep_previous(&mut self, keep_previous: bool) {
        self.keep_previous = keep_previous;
    }

    /// Applies to the changes that are pending, too.
    pub(super) fn set_lag(&mut self, lag: Duration, tombstone_lag: Duration) {
        self.lag = lag;
        self.tombstone_lag = tombstone_lag;
    }

    /// Whether [`Self::record`] needs the state before the change.
    pub(super) fn needs_previous(&self) -> bool {
        self.keep_previous || !self.lag.is_zero()
    }

    /// Called before a request changes items: all its changes become visible together.
    pub(super) fn begin(&mut self) {
        self.publish_due();
        self.now = Some(Instant::now());
    }

    /// Assigns the position of the next change.
    pub(super) fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Records a changed or new item at its new position.
    pub(super) fn record(&mut self, item: &Item, old_position: u64, previous: Option<Item>) {
        self.times.push((Timestamp::now(), item.position));
        if self.keep_previous
            && let Some(previous) = &previous
        {
            self.previous.insert(item.index, previous.clone());
        }
        let made = self.now.unwrap_or_else(Instant::now);
        if self.lag.is_zero() {
            self.publish(item, old_position, made);
            return;
        }
        let lagging = self.lagging.entry(item.index).or_insert(LaggingItem {
            visible: previous,
            latest: 0,
        });
        lagging.latest = item.position;
        self.pending.push_back(PendingChange {
            made,
            entry: Entry::Change(Box::new(item.clone())),
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

    fn publish(&mut self, item: &Item, old_position: u64, made: Instant) {
        self.live.remove(&old_position);
        self.visible = item.position;
        if !item.deleted {
            self.live.insert(item.position, item.index);
            return;
        }
        match item.tombstone {
            Tombstone::InOrder => {
                self.tombstones.insert(item.position, item.index);
            }
            Tombstone::Late => self.late.push_back(LateTombstone {
                made,
                index: item.index,
            }),
            Tombstone::Never => {}
        }
    }

    /// Makes the pending changes visible that are due.
    pub(super) fn publish_due(&mut self) {
        let now = Instant::now();
        self.publish_until(now);
        // Only now, because a deletion that has just become visible may have a late tombstone.
        let due = |made: Instant, lag| made.checked_add(lag).filter(|due| *due <= now);
        while let Some(late) = self.late.front()
            && let Some(made) = due(late.made, self.tombstone_lag)
            && let Some(LateTombstone { index, .. }) = self.late.pop_front()
        {
            // A change of its own: behind all others so far, and it lags like them.
            let position = self.next();
            self.times.push((Timestamp::now(), position));
            let entry = Entry::Tombstone { position, index };
            self.pending.push_back(PendingChange { made, entry });
        }
        self.publish_until(now);
    }

    fn publish_until(&mut self, now: Instant) {
        let is_due = |made: Instant, lag| made.checked_add(lag).is_some_and(|due| due <= now);
        while let Some(next) = self.pending.front()
            && is_due(next.made, self.lag)
            && let Some(PendingChange { made, entry }) = self.pending.pop_front()
        {
            match entry {
                Entry::Change(state) => self.publish_pending(*state, made),
                Entry::Tombstone { position, index } => {
                    self.tombstones.insert(position, index);
                    self.visible = position;
                }
            }
        }
    }

    fn publish_pending(&mut self, state: Item, made: Instant) {
        let index = state.index;
        let lagging = self.lagging.remove(&index);
        let visible = lagging.as_ref().and_then(|item| item.visible.as_ref());
        self.publish(&state, visible.map_or(0, |item| item.position), made);
        if let Some(LaggingItem { latest, .. }) = lagging
            && latest != state.position
        {
            let visible = Some(state);
            self.lagging.insert(index, LaggingItem { visible, latest });
        }
    }

    /// The position of the last change, visible or not.
    pub(super) fn last_position(&self) -> u64 {
        self.last
    }

    /// Whether an item has changes that are not visible yet.
    pub(super) fn is_lagging(&self, index: u32) -> bool {
        self.lagging.contains_key(&index)
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
