//! A drive with a change feed, by the rules of Graph's documentation. It shares no code with the
//! simulator's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::super::checkpoint::Link;
use super::super::page::{Holds, Page};
use super::super::source::{Failure, Source};
use crate::{Error, ErrorKind};

/// What a mirror has to know of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    pub(super) name: String,
    pub(super) parent: Option<String>,
    pub(super) size: u64,
}

#[derive(Debug, Default)]
pub(super) struct Drive {
    /// By id: the last change, and the state since; none of a deleted item.
    items: BTreeMap<u32, (u64, Option<State>)>,
    changes: u64,
    /// From when on which change is seen by a delta query.
    visible: Vec<(Instant, u64)>,
    /// Tokens of another age are gone.
    age: u32,
    pub(super) failures: u32,
    pub(super) page_size: usize,
}

#[derive(Clone, Default)]
pub(super) struct Shared(pub(super) Arc<Mutex<Drive>>);

impl Drive {
    pub(super) fn change(&mut self, id: u32, state: Option<State>, lag: Duration) {
        if state.is_none() && self.state(id).is_none() {
            return;
        }
        self.changes += 1;
        self.items.insert(id, (self.changes, state));
        // Changes are seen in the order in which they were made.
        let earliest = self.visible.last().map(|(at, _)| *at);
        let at = (Instant::now() + lag).max(earliest.unwrap_or_else(Instant::now));
        self.visible.push((at, self.changes));
    }

    pub(super) fn state(&self, id: u32) -> Option<&State> {
        self.items.get(&id)?.1.as_ref()
    }

    pub(super) fn live(&self) -> BTreeMap<String, State> {
        let live = self
            .items
            .iter()
            .filter_map(|(id, (_, state))| Some((id.to_string(), state.clone()?)));
        live.collect()
    }

    pub(super) fn forget_tokens(&mut self) {
        self.age += 1;
    }

    fn seen(&self) -> u64 {
        let now = Instant::now();
        let seen = self.visible.iter().take_while(|(at, _)| *at <= now).last();
        seen.map_or(0, |(_, change)| *change)
    }

    fn link(&self, from: u64, everything: bool) -> String {
        format!(
            "https://graph/delta?age={}&from={from}&all={everything}",
            self.age
        )
    }

    fn answer(&mut self, link: &Link) -> Result<String, Failure> {
        if self.failures > 0 {
            self.failures -= 1;
            let error = Error::new(ErrorKind::ConnectionFailed, "the network is away");
            return Err(Failure::Other(error));
        }
        let (age, from, everything) = match link {
            Link::Start => (self.age, 0, true),
            Link::Latest => {
                let link = self.link(self.seen(), false);
                return Ok(json!({"value": [], "@odata.deltaLink": link}).to_string());
            }
            Link::Url(url) => parse(url),
        };
        if age != self.age {
            return Err(Failure::Gone {
                code: Some("resyncChangesApplyDifferences".to_owned()),
                location: self.age.is_multiple_of(2).then(|| self.link(0, true)),
            });
        }
        let seen = self.seen();
        let mut news: Vec<_> = self
            .items
            .iter()
            .filter(|(_, (change, _))| *change > from && *change <= seen)
            // What was deleted before an enumeration began is not part of it.
            .filter(|(_, (_, state))| state.is_some() || !everything)
            .collect();
        news.sort_by_key(|(_, (change, _))| *change);
        let more = news.len() > self.page_size;
        news.truncate(self.page_size);
        let last = news.last().map_or(from, |(_, (change, _))| *change);
        let value: Vec<_> = news
            .iter()
            .map(|(id, (_, state))| item(**id, state))
            .collect();
        let answer = if more {
            json!({"value": value, "@odata.nextLink": self.link(last, everything)})
        } else {
            json!({"value": value, "@odata.deltaLink": self.link(seen.max(from), false)})
        };
        Ok(answer.to_string())
    }
}

fn item(id: u32, state: &Option<State>) -> serde_json::Value {
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

fn parse(url: &str) -> (u32, u64, bool) {
    let query = url.split_once('?').expect("one of ours").1;
    let mut values = query
        .split('&')
        .map(|pair| pair.split_once('=').expect("one of ours").1);
    let mut value = || values.next().expect("one of ours");
    let (age, from, all) = (value(), value(), value());
    (
        age.parse().expect("a number"),
        from.parse().expect("a number"),
        all == "true",
    )
}

impl Source for Shared {
    async fn page(&self, link: &Link) -> Result<Page, Failure> {
        sleep(Duration::from_millis(50)).await;
        let answer = self.0.lock().expect("whole").answer(link)?;
        Page::parse(answer.as_bytes(), Holds::DriveItems).map_err(Failure::Other)
    }
}
