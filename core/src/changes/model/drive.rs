//! A drive with a change feed that follows Graph's documentation, or what live clients found instead:
//! links that skip what is not visible yet, deletions that are never reported, and items that come
//! although nothing changed. It shares no code with the simulator.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::super::checkpoint::Link;
use super::super::page::{ItemKind, Page};
use super::super::source::{Gone, PageError, Received, Source};
use crate::{Error, ErrorKind};

/// An item that takes another's name has its id and this.
const HEIRS: u32 = 100;

/// What a mirror stores of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    pub(super) name: String,
    pub(super) parent: Option<String>,
    pub(super) size: u64,
}

#[derive(Debug, Default)]
pub(super) struct Drive {
    /// By id: the number of the last change, and the state since; `None` for a deleted item.
    items: BTreeMap<u32, (u64, Option<State>)>,
    /// Deleted items whose deletion is never reported.
    lost: BTreeSet<u32>,
    /// An enumeration has begun and not ended.
    enumerates: bool,
    changes: u64,
    /// When each change becomes visible to a delta query.
    visible: Vec<(Instant, u64)>,
    /// Tokens of another generation are gone.
    generation: u32,
    pub(super) failures: u32,
    pub(super) page_size: usize,
    pub(super) unkindness: Unkindness,
}

/// What the documentation does not tell.
#[derive(Debug, Default, Clone)]
pub(super) struct Unkindness {
    /// The link of a query that found nothing skips what is not visible yet.
    pub(super) skips: bool,
    /// How many deletions in a hundred are never reported. During an enumeration, another item takes
    /// the name of each.
    pub(super) loses: u32,
    /// How many pages in a hundred contain an item that has not changed.
    pub(super) repeats: u32,
    pub(super) random: fastrand::Rng,
}

#[derive(Clone, Default)]
pub(super) struct SharedDrive(pub(super) Arc<Mutex<Drive>>);

impl Drive {
    pub(super) fn change(&mut self, id: u32, state: Option<State>, lag: Duration) {
        if state.is_none() && self.state(id).is_none() {
            return;
        }
        self.lost.remove(&id);
        if state.is_none() && self.unkindness.random.u32(0..100) < self.unkindness.loses {
            self.lost.insert(id);
            let heir = self.state(id).cloned().filter(|_| self.enumerates);
            if let Some(heir) = heir {
                self.change(id + HEIRS, Some(heir), lag);
            }
        }
        self.changes += 1;
        self.items.insert(id, (self.changes, state));
        // Changes become visible in their order.
        let earliest = self.visible.last().map(|(at, _)| *at);
        let at = (Instant::now() + lag).max(earliest.unwrap_or_else(Instant::now));
        self.visible.push((at, self.changes));
    }

    pub(super) fn state(&self, id: u32) -> Option<&State> {
        self.items.get(&id)?.1.as_ref()
    }

    /// How many deletions Graph has not reported, and will not.
    pub(super) fn lost(&self) -> usize {
        self.lost.len()
    }

    pub(super) fn live(&self) -> BTreeMap<String, State> {
        let live = self
            .items
            .iter()
            .filter_map(|(id, (_, state))| Some((id.to_string(), state.clone()?)));
        live.collect()
    }

    pub(super) fn forget_tokens(&mut self) {
        self.generation += 1;
    }

    fn visible(&self) -> u64 {
        let now = Instant::now();
        let visible = self.visible.iter().take_while(|(at, _)| *at <= now).last();
        visible.map_or(0, |(_, change)| *change)
    }

    /// `began`: the last change before the enumeration that the link continues; `None` for a link
    /// that continues a later query.
    fn link(&self, from: u64, began: Option<u64>) -> String {
        let began = began.map_or_else(|| "-".to_owned(), |began| began.to_string());
        format!(
            "https://graph/delta?generation={}&from={from}&began={began}",
            self.generation
        )
    }

    fn respond(&mut self, link: &Link) -> Result<String, PageError> {
        if self.failures > 0 {
            self.failures -= 1;
            let error = Error::new(ErrorKind::ConnectionFailed, "the network is down");
            return Err(PageError::Failed(error));
        }
        let (generation, from, began) = match link {
            Link::Start => (self.generation, 0, Some(self.changes)),
            Link::Latest => {
                let link = self.link(self.visible(), None);
                return Ok(json!({"value": [], "@odata.deltaLink": link}).to_string());
            }
            Link::Url(url) => parse(url),
        };
        if generation != self.generation {
            return Err(PageError::Gone(Gone {
                code: Some("resyncChangesApplyDifferences".to_owned()),
                location: self
                    .generation
                    .is_multiple_of(2)
                    .then(|| self.link(0, Some(self.changes))),
            }));
        }
        let visible = self.visible();
        let mut changed: Vec<_> = self
            .items
            .iter()
            .filter(|(_, (change, _))| *change > from && *change <= visible)
            .filter(|(id, _)| !self.lost.contains(id))
            // An enumeration leaves out items that were deleted before it began.
            .filter(|(_, (change, state))| {
                state.is_some() || began.is_none_or(|began| *change > began)
            })
            .collect();
        changed.sort_by_key(|(_, (change, _))| *change);
        let more = changed.len() > self.page_size;
        changed.truncate(self.page_size);
        let last = changed.last().map_or(from, |(_, (change, _))| *change);
        let mut value: Vec<_> = changed
            .iter()
            .map(|(id, (_, state))| item(**id, state.as_ref()))
            .collect();
        let found_nothing = value.is_empty();
        if self.unkindness.random.u32(0..100) < self.unkindness.repeats {
            let unchanged = self
                .items
                .iter()
                .find(|(_, (change, state))| state.is_some() && *change <= from.min(visible));
            value.extend(unchanged.map(|(id, (_, state))| item(*id, state.as_ref())));
        }
        self.enumerates = began.is_some() && more;
        let response = if more {
            json!({"value": value, "@odata.nextLink": self.link(last, began)})
        } else {
            // An enumeration always finds the root.
            let skips = self.unkindness.skips && found_nothing && began.is_none();
            let to = if skips {
                self.changes
            } else {
                visible.max(from)
            };
            json!({"value": value, "@odata.deltaLink": self.link(to, None)})
        };
        Ok(response.to_string())
    }
}

fn item(id: u32, state: Option<&State>) -> serde_json::Value {
    match state {
        Some(state) => json!({
            "id": id.to_string(),
            "name": state.name,
            "size": state.size,
            "parentReference": {"id": state.parent},
        }),
        None => json!({"id": id.to_string(), "deleted": {"state": "deleted"}}),
    }
}

fn parse(url: &str) -> (u32, u64, Option<u64>) {
    let query = url.split_once('?').expect("a link of this model").1;
    let mut values = query
        .split('&')
        .map(|pair| pair.split_once('=').expect("a link of this model").1);
    let mut value = || values.next().expect("a link of this model");
    let (generation, from, began) = (value(), value(), value());
    (
        generation.parse().expect("a number"),
        from.parse().expect("a number"),
        began.parse().ok(),
    )
}

impl Source for SharedDrive {
    async fn page(&self, link: &Link) -> Result<Received, PageError> {
        sleep(Duration::from_millis(50)).await;
        let response = self.0.lock().expect("not poisoned").respond(link)?;
        let page = Page::parse(response.as_bytes(), ItemKind::Drive).map_err(PageError::Failed)?;
        Ok(Received {
            page,
            graph_now: SystemTime::now(),
        })
    }
}
