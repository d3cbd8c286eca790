//! The order in which items last changed: what a delta query reads.
//!
//! Each change of an item moves it to the end. An item has one place only, so the feed shows its
//! latest state, and a page costs what is on it, however large the drive is.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::item::Item;

#[derive(Debug, Default)]
pub(super) struct Feed {
    /// How long a change takes to be shown.
    lag: Duration,
    keep_former: bool,
    /// When what changes now is to be shown; `None` at once.
    due: Option<Instant>,
    /// The last position that was given.
    last: u64,
    /// The last position that is shown.
    visible: u64,
    live: BTreeMap<u64, u32>,
    /// Apart, so that a full enumeration need not step over them.
    tombstones: BTreeMap<u64, u32>,
    /// Changes that are not shown yet, in their order.
    waiting: VecDeque<Waiting>,
    /// The items with such changes.
    behind: HashMap<u32, Behind>,
    /// The state before the last change.
    former: HashMap<u32, Item>,
    /// When positions were given, for whoever asks for the changes since an instant.
    times: Vec<(Timestamp, u64)>,
}

#[derive(Debug)]
struct Waiting {
    due: Instant,
    state: Item,
}

#[derive(Debug)]
struct Behind {
    /// `None` while it has not been shown at all.
    shown: Option<Item>,
    /// Where it will be once everything is shown.
    latest: u64,
}

/// What a page is read from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range {
    /// Behind this position,
    pub(crate) after: u64,
    /// and up to this one.
    pub(crate) until: u64,
    pub(crate) tombstones: bool,
}

impl Feed {
    pub(super) fn configure(&mut self, lag: Duration, keep_former: bool) {
        self.lag = lag;
        self.keep_former = keep_former;
    }

    /// Whether [`Self::record`] wants to know what was there before.
    pub(super) fn wants_former(&self) -> bool {
        self.keep_former || !self.lag.is_zero()
    }

    /// Before a request changes anything: all that it changes is shown at one moment.
    pub(super) fn begin(&mut self) {
        self.due = (!self.lag.is_zero()).then(|| Instant::now() + self.lag);
    }

    /// The position of the next change.
    pub(super) fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Files an item that changed, or is new, under its new position.
    pub(super) fn record(&mut self, item: &Item, old_position: u64, former: Option<Item>) {
        self.times.push((item.modified, item.position));
        if self.keep_former
            && let Some(former) = &former
        {
            self.former.insert(item.index, former.clone());
        }
        let Some(due) = self.due else {
            self.show(item, old_position);
            return;
        };
        let behind = self.behind.entry(item.index).or_insert(Behind {
            shown: former,
            latest: 0,
        });
        behind.latest = item.position;
        self.waiting.push_back(Waiting {
            due,
            state: item.clone(),
        });
    }

    /// Files items that were there before the simulator was, whatever the lag. They are in the
    /// order of their positions.
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

    fn show(&mut self, item: &Item, old_position: u64) {
        self.live.remove(&old_position);
        let order = if item.deleted {
            &mut self.tombstones
        } else {
            &mut self.live
        };
        order.insert(item.position, item.index);
        self.visible = item.position;
    }

    /// Shows what is due.
    pub(super) fn advance(&mut self) {
        let now = Instant::now();
        while self.waiting.front().is_some_and(|next| next.due <= now) {
            let Some(Waiting { state, .. }) = self.waiting.pop_front() else {
                return;
            };
            let behind = self.behind.remove(&state.index);
            let shown = behind.as_ref().and_then(|behind| behind.shown.as_ref());
            self.show(&state, shown.map_or(0, |item| item.position));
            if let Some(behind) = behind.filter(|behind| behind.latest != state.position) {
                let behind = Behind {
                    shown: Some(state),
                    ..behind
                };
                let index = behind.shown.as_ref().map_or(0, |item| item.index);
                self.behind.insert(index, behind);
            }
        }
    }

    /// The last position that is shown.
    pub(super) fn visible(&self) -> u64 {
        self.visible
    }

    /// The last position that was given up to an instant.
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

    /// The state in which the feed shows an item.
    pub(super) fn shown<'a>(&'a self, item: &'a Item) -> &'a Item {
        let behind = self.behind.get(&item.index);
        behind
            .and_then(|behind| behind.shown.as_ref())
            .unwrap_or(item)
    }

    /// The state that it had before that, if that is known.
    pub(super) fn former<'a>(&'a self, item: &'a Item) -> &'a Item {
        // Newer than what is shown, as long as that is behind.
        if self.behind.contains_key(&item.index) {
            return self.shown(item);
        }
        self.former.get(&item.index).unwrap_or(item)
    }
}
