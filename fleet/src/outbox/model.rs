//! Lives of a drive: its items change, are listed again, come again; workers die at every point, and
//! others go on from the last checkpoint. A consumer that drops what has the id of an earlier event must
//! end with the right table, and see no state twice that was there only once.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use drivebell::{ChangeBatch, DriveItem, Item};
use fastrand::Rng;
use serde_json::Value;

use super::event::Envelope;
use super::memo::{MOST_ITEMS, Memo};
use super::plan::{Limits, Plan};
use super::publisher::Drive;
use super::replay::merge;

const DRIVE: Drive<'_> = Drive {
    key: "d",
    resource: "/me/drive/root",
    label: None,
};

/// How unkind a life is.
#[derive(Clone, Copy)]
struct Conditions {
    most_items: usize,
    /// The stream forgets.
    drops: bool,
    /// Memos cannot be read.
    loses_memos: bool,
}

/// Few states, so that each comes back. `None`: deleted.
type State = Option<u8>;

struct Life {
    rng: Rng,
    conditions: Conditions,
    items: BTreeMap<u8, State>,
    /// Which item has changed, in their order.
    log: Vec<u8>,
    clock: u64,
    stream: Stream,
    /// What is in the store: nothing before the first checkpoint.
    stored: Option<(Position, String)>,
}

/// Of a stream of changes.
#[derive(Debug, Clone)]
struct Position {
    /// What of the log was delivered.
    next: usize,
    /// From where changes are looked for once more.
    trusted: usize,
    snapshot: String,
    is_initial: bool,
    /// The items that an enumeration has left, and the log when it began.
    pages: Option<(Vec<u8>, usize)>,
}

#[derive(Default)]
struct Stream {
    messages: Vec<(u64, String)>,
    last: u64,
    ids: HashSet<String>,
    consumer: Consumer,
}

#[derive(Default)]
struct Consumer {
    rows: BTreeMap<String, (String, String)>,
    /// The last event of each item.
    seen: HashMap<String, (String, String)>,
    doubled: usize,
}

impl Stream {
    /// As the server does: what has the id of a message is not stored again.
    fn publish(&mut self, id: String, body: &[u8]) -> u64 {
        let event: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(event["id"], id.as_str());
        if !self.ids.insert(id.clone()) {
            return self.last;
        }
        self.last += 1;
        self.messages.push((self.last, id));
        self.consumer.take(&event);
        self.last
    }

    fn forget(&mut self, count: usize) {
        self.messages.drain(..count.min(self.messages.len()));
    }

    fn adopt(&mut self, text: &str) -> Memo {
        // The fence.
        self.last += 1;
        let known = Memo::of_text(text);
        let start = known.as_ref().map_or(0, |memo| memo.sequence);
        if let Some(memo) = &known
            && memo.sequence == self.messages.last().map_or(0, |(last, _)| *last)
        {
            return memo.clone();
        }
        let since = self
            .messages
            .iter()
            .filter(|(sequence, _)| *sequence >= start);
        let since: Vec<_> = since.cloned().collect();
        merge(known, text.is_empty(), &since, self.last)
    }
}

impl Consumer {
    fn take(&mut self, event: &Value) {
        let mark = event["data"]["snapshot"].as_str().unwrap().to_owned();
        let kind = event["type"].as_str().unwrap().rsplit_once('.').unwrap().1;
        if kind == "completed" {
            self.rows.retain(|_, (row, _)| *row >= mark);
            self.seen.retain(|_, (seen, _)| *seen >= mark);
        }
        let Some(id) = event["subject"].as_str().map(str::to_owned) else {
            return;
        };
        let raw = event["data"]["item"].to_string();
        let state = (mark, raw);
        if kind == "deleted" {
            self.rows.remove(&id);
        } else {
            self.rows.insert(id.clone(), state.clone());
        }
        if self.seen.insert(id, state.clone()) == Some(state) {
            self.doubled += 1;
        }
    }
}

fn item(id: u8, state: State) -> Item {
    let rest = match state {
        Some(state) => format!(r#""size":{state}"#),
        None => r#""deleted":{}"#.to_owned(),
    };
    Item::Drive(DriveItem::from_raw(&format!(r#"{{"id":"{id}",{rest}}}"#)).unwrap())
}

impl Life {
    fn new(seed: u64, conditions: Conditions) -> Self {
        let mut life = Self {
            rng: Rng::with_seed(seed),
            conditions,
            items: BTreeMap::new(),
            log: Vec::new(),
            clock: 1 << 20,
            stream: Stream::default(),
            stored: None,
        };
        for _ in 0..life.rng.usize(0..8) {
            life.change();
        }
        life
    }

    fn change(&mut self) {
        let id = self.rng.u8(0..8);
        let state = self.rng.bool().then(|| self.rng.u8(0..2));
        let before = self.items.get(&id).copied().flatten();
        // What never was there is not deleted.
        if before != state {
            self.items.insert(id, state);
            self.log.push(id);
        }
    }

    /// By the clock of a worker, which may be ahead or behind.
    fn new_snapshot(&mut self, before: Option<&str>) -> String {
        self.clock += 1;
        let name = self.clock + self.rng.u64(0..2000);
        let before = before.map_or(0, |before| u64::from_str_radix(before, 16).unwrap());
        format!("{:016x}", name.max(before + 1))
    }

    fn enumerate(&self) -> (Vec<u8>, usize) {
        let live = self.items.iter().filter(|(_, state)| state.is_some());
        (live.map(|(id, _)| *id).collect(), self.log.len())
    }

    fn beginning(&mut self) -> Position {
        Position {
            next: self.log.len(),
            trusted: self.log.len(),
            snapshot: self.new_snapshot(None),
            is_initial: true,
            pages: Some(self.enumerate()),
        }
    }

    /// Runs a worker until it dies; to the end if it may not.
    fn work(&mut self, may_die: bool) {
        let (mut position, text) = self
            .stored
            .clone()
            .unwrap_or_else(|| (self.beginning(), String::new()));
        position.next = position.trusted;
        let is_unreadable =
            self.conditions.loses_memos && !text.is_empty() && self.rng.u8(0..3) == 0;
        let text = if is_unreadable { "?".to_owned() } else { text };
        let mut memo = self.stream.adopt(&text);
        let rounds = if may_die {
            self.rng.usize(1..8)
        } else {
            usize::MAX
        };
        for _ in 0..rounds {
            if may_die {
                for _ in 0..self.rng.usize(0..5) {
                    self.change();
                }
                if position.pages.is_none() && self.rng.u8(0..6) == 0 {
                    // Lists everything again.
                    position.snapshot = self.new_snapshot(Some(&position.snapshot));
                    position.pages = Some(self.enumerate());
                    // What was deleted before shows only by not being listed.
                    position.next = self.log.len();
                    position.trusted = self.log.len();
                }
            }
            let batch = self.next_batch(&mut position);
            let is_done = batch.caught_up;
            let Some(after) = self.publish(&memo, &batch, may_die) else {
                return;
            };
            // Through its text, as from one batch to the next.
            memo = Memo::of_text(&after.to_text()).unwrap();
            if may_die && self.rng.u8(0..8) == 0 {
                return;
            }
            position.is_initial &= !batch.caught_up;
            self.stored = Some((position.clone(), memo.to_text()));
            if self.conditions.drops && self.rng.u8(0..4) == 0 {
                let count = self.rng.usize(0..6);
                self.stream.forget(count);
            }
            if !may_die && is_done {
                return;
            }
        }
    }

    fn next_batch(&mut self, position: &mut Position) -> ChangeBatch {
        let mut ids = Vec::new();
        if let Some((pages, began)) = &mut position.pages {
            // Now and then what was on a page is on a later one, too.
            let again: Vec<u8> = self
                .items
                .keys()
                .copied()
                .filter(|_| self.rng.u8(0..8) == 0)
                .collect();
            ids.extend(pages.drain(..pages.len().min(3)));
            ids.extend(again);
            if pages.is_empty() {
                position.next = position.next.min(*began);
                position.trusted = position.trusted.min(*began);
                position.pages = None;
            }
        }
        let mut caught_up = position.pages.is_none();
        if caught_up || self.rng.bool() {
            let from = if self.rng.u8(0..4) == 0 {
                position.trusted
            } else {
                position.next
            };
            let to = if self.rng.u8(0..4) == 0 {
                self.rng.usize(from..=self.log.len())
            } else {
                self.log.len()
            };
            caught_up &= to == self.log.len();
            ids.extend(&self.log[from..to]);
            position.next = to.max(position.next);
            if self.rng.bool() {
                position.trusted = self.rng.usize(position.trusted..=position.next);
            }
        }
        // Each item once, the last one counts.
        let mut known = BTreeSet::new();
        ids.reverse();
        ids.retain(|id| known.insert(*id));
        ids.reverse();
        let items = ids.iter().map(|id| item(*id, self.items[id])).collect();
        let mut batch = ChangeBatch::new(items, "checkpoint");
        batch.snapshot = Some(position.snapshot.clone());
        batch.caught_up = caught_up;
        batch.initial = position.is_initial;
        batch
    }

    /// `None` if the worker dies meanwhile.
    fn publish(&mut self, memo: &Memo, batch: &ChangeBatch, may_die: bool) -> Option<Memo> {
        let plan = Plan::of(memo, DRIVE.key, batch);
        let messages = messages(&plan, batch);
        let mut last = 0;
        if self.rng.u8(0..4) == 0 {
            // An acknowledgement is lost: everything is repeated.
            let count = self.rng.usize(0..=messages.len());
            for (id, body) in &messages[..count] {
                self.stream.publish(id.clone(), body);
            }
            if self.rng.bool() {
                // Late, so that the stream is asked what it has.
                let known = self.stream.adopt(&memo.to_text());
                let again = plan.again(known, DRIVE.key, batch);
                return self.publish_once(again, batch, may_die);
            }
        }
        let dies_at = self.dies_at(messages.len(), may_die);
        for (at, (id, body)) in messages.into_iter().enumerate() {
            if dies_at == Some(at) {
                return None;
            }
            last = self.stream.publish(id, &body);
        }
        Some(plan.done_with(last, self.conditions.most_items))
    }

    fn publish_once(&mut self, plan: Plan, batch: &ChangeBatch, may_die: bool) -> Option<Memo> {
        let messages = messages(&plan, batch);
        let dies_at = self.dies_at(messages.len(), may_die);
        let mut last = 0;
        for (at, (id, body)) in messages.into_iter().enumerate() {
            if dies_at == Some(at) {
                return None;
            }
            last = self.stream.publish(id, &body);
        }
        Some(plan.done_with(last, self.conditions.most_items))
    }

    fn dies_at(&mut self, messages: usize, may_die: bool) -> Option<usize> {
        (may_die && messages > 0 && self.rng.u8(0..4) == 0).then(|| self.rng.usize(0..messages))
    }
}

fn messages(plan: &Plan, batch: &ChangeBatch) -> Vec<(String, Vec<u8>)> {
    let envelope = Envelope {
        source: "/drivebell/f/d",
        drive: &DRIVE,
        batch,
        mark: plan.mark.as_deref(),
    };
    let limits = Limits {
        bytes: usize::MAX,
        ..Limits::default()
    };
    let started = plan
        .started
        .iter()
        .map(|id| (id.clone(), envelope.started(id)));
    let items = plan.items.iter().map(|planned| {
        let message = planned.message(&envelope, &limits);
        (message.id, message.body)
    });
    let completed = plan
        .completed
        .iter()
        .map(|id| (id.clone(), envelope.completed(id)));
    started.chain(items).chain(completed).collect()
}

fn live(seed: u64, conditions: Conditions) {
    let mut life = Life::new(seed, conditions);
    for _ in 0..life.rng.usize(1..12) {
        life.work(true);
    }
    life.work(false);
    let items = life.items.iter().filter(|(_, state)| state.is_some());
    let expected: BTreeMap<String, String> = items
        .map(|(id, state)| {
            let raw: Value = serde_json::from_str(item(*id, *state).raw()).unwrap();
            (id.to_string(), raw.to_string())
        })
        .collect();
    let consumer = &life.stream.consumer;
    let rows = consumer
        .rows
        .iter()
        .map(|(id, (_, raw))| (id.clone(), raw.clone()));
    let mut rows: BTreeMap<_, _> = rows.collect();
    if conditions.loses_memos {
        // Until the next enumeration there may be rows too many.
        rows.retain(|id, _| expected.contains_key(id));
    }
    assert_eq!(rows, expected, "seed {seed}");
    let Conditions {
        most_items,
        drops,
        loses_memos,
    } = conditions;
    if most_items == MOST_ITEMS && !drops && !loses_memos {
        assert_eq!(consumer.doubled, 0, "seed {seed}");
    }
}

fn lives(conditions: Conditions) {
    let count = std::env::var("DRIVEBELL_MODEL_SEQUENCES");
    let count = count.map_or(500, |count| count.parse().unwrap());
    for seed in 0..count {
        live(seed, conditions);
    }
}

const KIND: Conditions = Conditions {
    most_items: MOST_ITEMS,
    drops: false,
    loses_memos: false,
};

#[test]
fn nothing_is_lost_and_nothing_comes_twice() {
    lives(KIND);
}

#[test]
fn nothing_is_lost_if_items_are_forgotten() {
    for most_items in [0, 1, 3] {
        lives(Conditions { most_items, ..KIND });
    }
}

#[test]
fn nothing_is_lost_if_the_stream_forgets() {
    lives(Conditions {
        drops: true,
        ..KIND
    });
}

#[test]
fn nothing_is_lost_if_memos_cannot_be_read() {
    lives(Conditions {
        loses_memos: true,
        ..KIND
    });
}
