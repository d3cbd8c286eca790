//! A change feed that follows Graph's documentation, or what live clients found instead: links that skip
//! what is not visible yet, deletions that are never reported, and items that come although nothing
//! changed. It shares no code with the simulator.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::super::checkpoint::Link;
use super::super::page::Page;
use super::super::source::{Gone, PageError, Received, Source};
use crate::pacing::Urgency;
use crate::{Error, ErrorKind, ResourceKind};

/// A state of an item.
pub(super) trait Content: Send + 'static {
    fn is_deleted(&self) -> bool;

    fn json(&self, id: u32) -> Value;
}

/// The states of items, in the order of changes.
#[derive(Debug)]
pub(super) struct Feed<S> {
    /// By id: each state, with the number of the change that led to it.
    items: BTreeMap<u32, Vec<(u64, S)>>,
    /// Deleted items whose deletion is never reported.
    lost: BTreeSet<u32>,
    /// Deleted items whose folder is reported instead.
    implied: BTreeSet<u32>,
    /// An enumeration has begun and not ended.
    pub(super) enumerates: bool,
    changes: u64,
    /// When each change becomes visible to a delta query.
    visible: Vec<(Instant, u64)>,
    /// Tokens of another generation are gone.
    generation: u32,
    empty_pages: u32,
    pub(super) failures: u32,
    pub(super) page_size: usize,
    pub(super) unkindness: Unkindness,
}

/// What the documentation does not tell.
#[derive(Debug, Default, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(super) struct Unkindness {
    /// The link of a query that found nothing skips what is not visible yet.
    pub(super) skips: bool,
    /// An item with a change that is not visible yet does not come at all.
    pub(super) hides: bool,
    /// What changes during a query comes in the next one only.
    pub(super) bounds: bool,
    /// Enumerations have an order of their own, and a page has none.
    pub(super) shuffles: bool,
    /// How many deletions in a hundred are never reported.
    pub(super) loses: u32,
    /// How many pages in a hundred contain an item that has not changed.
    pub(super) repeats: u32,
    /// How many pages in a hundred come after an empty one.
    pub(super) empties: u32,
    pub(super) random: fastrand::Rng,
}

/// A link of this feed.
#[derive(Debug, Clone, Copy)]
struct Token {
    generation: u32,
    /// The last change before it; of an enumeration in an order of its own, the last key.
    from: u64,
    /// Where a query ends, if that is known; `None` before its first page.
    until: Option<u64>,
    /// `None` for a link that continues a later query.
    enumeration: Option<Enumeration>,
}

/// What was the last change when an enumeration began.
#[derive(Debug, Clone, Copy)]
struct Enumeration {
    made: u64,
    visible: u64,
}

impl<S> Default for Feed<S> {
    fn default() -> Self {
        Self {
            items: BTreeMap::new(),
            lost: BTreeSet::new(),
            implied: BTreeSet::new(),
            enumerates: false,
            changes: 0,
            visible: Vec::new(),
            generation: 0,
            empty_pages: 0,
            failures: 0,
            page_size: 0,
            unkindness: Unkindness::default(),
        }
    }
}

impl<S: Content> Feed<S> {
    pub(super) fn record(&mut self, id: u32, state: S, lag: Duration) {
        if !state.is_deleted() {
            self.lost.remove(&id);
            self.implied.remove(&id);
        }
        self.changes += 1;
        self.items
            .entry(id)
            .or_default()
            .push((self.changes, state));
        // Changes become visible in their order.
        let earliest = self.visible.last().map(|(at, _)| *at);
        let at = (Instant::now() + lag).max(earliest.unwrap_or_else(Instant::now));
        self.visible.push((at, self.changes));
    }

    /// Whether Graph loses the next deletion.
    pub(super) fn loses(&mut self) -> bool {
        self.unkindness.random.u32(0..100) < self.unkindness.loses
    }

    /// The deletion of this item is never reported.
    pub(super) fn lose(&mut self, id: u32) {
        self.lost.insert(id);
    }

    /// The deletion of this item follows from that of its folder.
    #[cfg(feature = "__internals")]
    pub(super) fn imply(&mut self, id: u32) {
        self.implied.insert(id);
    }

    /// How many deletions Graph has not reported, and will not.
    pub(super) fn lost(&self) -> usize {
        self.lost.len()
    }

    pub(super) fn state(&self, id: u32) -> Option<&S> {
        let (_, state) = self.items.get(&id)?.last()?;
        Some(state).filter(|state| !state.is_deleted())
    }

    pub(super) fn live(&self) -> impl Iterator<Item = (u32, &S)> {
        self.items
            .keys()
            .filter_map(|id| Some((*id, self.state(*id)?)))
    }

    /// The states that an item has had.
    #[cfg(feature = "__internals")]
    pub(super) fn history(&self, id: u32) -> impl Iterator<Item = &S> {
        let states = self.items.get(&id).into_iter().flatten();
        states.map(|(_, state)| state)
    }

    pub(super) fn forget_tokens(&mut self) {
        self.generation += 1;
    }

    fn visible(&self) -> u64 {
        let now = Instant::now();
        let visible = self.visible.iter().take_while(|(at, _)| *at <= now).last();
        visible.map_or(0, |(_, change)| *change)
    }

    /// Whether everything is visible that can ever be.
    #[cfg(feature = "__internals")]
    pub(super) fn is_quiet(&self) -> bool {
        self.visible() == self.changes && self.lost.is_empty()
    }

    /// What a delta query sees of each item, and the number of its change.
    fn shown(&self, visible: u64) -> impl Iterator<Item = (u32, u64, &S)> {
        let hides = self.unkindness.hides;
        self.items.iter().filter_map(move |(id, states)| {
            let (change, state) = if hides {
                states.last().filter(|(change, _)| *change <= visible)
            } else {
                states.iter().rev().find(|(change, _)| *change <= visible)
            }?;
            let is_reported =
                !state.is_deleted() || !(self.lost.contains(id) || self.implied.contains(id));
            is_reported.then_some((*id, *change, state))
        })
    }

    fn begin_enumeration(&self) -> Token {
        Token {
            generation: self.generation,
            from: 0,
            until: None,
            enumeration: Some(Enumeration {
                made: self.changes,
                visible: self.visible(),
            }),
        }
    }

    fn respond(&mut self, link: &Link) -> Result<String, PageError> {
        if self.failures > 0 {
            self.failures -= 1;
            let error = Error::new(ErrorKind::ConnectionFailed, "the network is down");
            return Err(PageError::Failed(error));
        }
        let token = match link {
            Link::Start => self.begin_enumeration(),
            Link::Latest => Token {
                generation: self.generation,
                from: self.visible(),
                until: None,
                enumeration: None,
            },
            Link::Url(url) => Token::parse(url),
        };
        if *link == Link::Latest {
            return Ok(json!({"value": [], "@odata.deltaLink": token.url()}).to_string());
        }
        if token.generation != self.generation {
            let location = self.begin_enumeration().url();
            return Err(PageError::Gone(Gone {
                code: Some("resyncChangesApplyDifferences".to_owned()),
                location: self.generation.is_multiple_of(2).then_some(location),
            }));
        }
        if self.unkindness.random.u32(0..100) < self.unkindness.empties {
            self.empty_pages += 1;
            let next = format!("{}&empty={}", token.url(), self.empty_pages);
            return Ok(json!({"value": [], "@odata.nextLink": next}).to_string());
        }
        let (value, next, more) = match token.enumeration {
            Some(enumeration) if self.unkindness.shuffles => {
                self.page_by_key(token.from, enumeration)
            }
            _ => self.page_by_change(token),
        };
        self.enumerates = token.enumeration.is_some() && more;
        let key = if more {
            "@odata.nextLink"
        } else {
            "@odata.deltaLink"
        };
        Ok(json!({"value": value, key: next.url()}).to_string())
    }

    /// Items, the link to what follows, and whether more of this query does.
    fn page_by_change(&mut self, token: Token) -> (Vec<Value>, Token, bool) {
        let Token {
            from, enumeration, ..
        } = token;
        let visible = self.visible();
        let until = token.until.unwrap_or(visible);
        // An enumeration leaves out items that were deleted before it began.
        let gone_before = enumeration.map(|began| {
            if self.unkindness.hides {
                began.made
            } else {
                began.visible
            }
        });
        let mut changed: Vec<_> = self
            .shown(visible)
            .filter(|(_, change, _)| *change > from && *change <= until)
            .filter(|(_, change, state)| {
                !state.is_deleted() || gone_before.is_none_or(|gone| *change > gone)
            })
            .collect();
        changed.sort_by_key(|(_, change, _)| *change);
        let more = changed.len() > self.page_size;
        changed.truncate(self.page_size);
        let last = changed.last().map_or(from, |(_, change, _)| *change);
        let mut value: Vec<_> = changed
            .iter()
            .map(|(id, _, state)| state.json(*id))
            .collect();
        let found_nothing = value.is_empty();
        let mut random = self.unkindness.random.clone();
        if random.u32(0..100) < self.unkindness.repeats {
            let unchanged = self
                .shown(visible)
                .filter(|(_, change, state)| !state.is_deleted() && *change <= from.min(visible));
            let unchanged = random.choice(unchanged.collect::<Vec<_>>());
            value.extend(unchanged.map(|(id, _, state)| state.json(id)));
        }
        if self.unkindness.shuffles {
            random.shuffle(&mut value);
        }
        self.unkindness.random = random;
        if more {
            return (
                value,
                Token {
                    from: last,
                    until: self.unkindness.bounds.then_some(until),
                    ..token
                },
                true,
            );
        }
        // An enumeration always finds the root.
        let skips = self.unkindness.skips && found_nothing && enumeration.is_none();
        let to = if skips { self.changes } else { until.max(from) };
        (value, token.delta(to), false)
    }

    /// The same of an enumeration in an order of its own. What changes meanwhile comes again afterwards.
    fn page_by_key(&self, from: u64, began: Enumeration) -> (Vec<Value>, Token, bool) {
        let mut items: Vec<_> = self
            .shown(self.visible())
            .filter(|(_, _, state)| !state.is_deleted())
            .map(|(id, _, state)| (key(id), state.json(id)))
            .filter(|(key, _)| *key > from)
            .collect();
        items.sort_by_key(|(key, _)| *key);
        let more = items.len() > self.page_size;
        items.truncate(self.page_size);
        let token = Token {
            generation: self.generation,
            from: items.last().map_or(from, |(key, _)| *key),
            until: None,
            enumeration: Some(began),
        };
        let value = items.into_iter().map(|(_, json)| json).collect();
        if more {
            return (value, token, true);
        }
        (value, token.delta(began.visible), false)
    }
}

/// Places an item in an enumeration: the root first, the others in no order.
fn key(id: u32) -> u64 {
    u64::from(id).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1
}

impl Token {
    fn delta(self, from: u64) -> Self {
        Self {
            from,
            until: None,
            enumeration: None,
            ..self
        }
    }

    fn url(self) -> String {
        let mut url = format!(
            "https://graph/delta?generation={}&from={}",
            self.generation, self.from
        );
        if let Some(until) = self.until {
            let _ = write!(url, "&until={until}");
        }
        if let Some(Enumeration { made, visible }) = self.enumeration {
            let _ = write!(url, "&made={made}&visible={visible}");
        }
        url
    }

    fn parse(url: &str) -> Self {
        let query = url.split_once('?').expect("a link of this model").1;
        let values: BTreeMap<_, _> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .collect();
        let value = |name| values.get(name)?.parse().ok();
        Self {
            generation: values["generation"].parse().expect("a number"),
            from: value("from").expect("a number"),
            until: value("until"),
            enumeration: value("made")
                .zip(value("visible"))
                .map(|(made, visible): (u64, u64)| Enumeration { made, visible }),
        }
    }
}

/// What has a feed.
pub(super) trait HasFeed: Send + 'static {
    type State: Content;

    fn feed(&mut self) -> &mut Feed<Self::State>;
}

impl<S: Content> HasFeed for Feed<S> {
    type State = S;

    fn feed(&mut self) -> &mut Feed<S> {
        self
    }
}

/// A drive, as its stream and its test share it.
#[derive(Debug, Default)]
pub(super) struct Shared<D>(Arc<Mutex<D>>);

impl<D> Shared<D> {
    pub(super) fn lock(&self) -> MutexGuard<'_, D> {
        self.0.lock().expect("not poisoned")
    }
}

impl<D> From<D> for Shared<D> {
    fn from(drive: D) -> Self {
        Self(Arc::new(Mutex::new(drive)))
    }
}

impl<D> Clone for Shared<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D: HasFeed> Source for Shared<D> {
    type Permit = ();

    async fn permit(&self, _: &Link, _: Urgency) {}

    fn try_permit(&self, _: &Link) -> Option<()> {
        Some(())
    }

    async fn page(&self, link: &Link, (): ()) -> Result<Received, PageError> {
        sleep(Duration::from_millis(50)).await;
        let response = self.lock().feed().respond(link)?;
        let page =
            Page::parse(response.as_bytes(), ResourceKind::Drive).map_err(PageError::Failed)?;
        Ok(Received {
            page,
            graph_now: SystemTime::now(),
        })
    }
}
