//! A drive whose items have random names and folders, which need not make a tree.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::feed::{Content, Feed};

/// An item that takes another's name has its id and this.
const HEIRS: u32 = 100;

/// What a mirror stores of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    pub(super) name: String,
    pub(super) parent: Option<String>,
    pub(super) size: u64,
}

/// `None` is a deleted item.
pub(super) type Drive = Feed<Option<State>>;

impl Drive {
    /// If the deletion of an item is lost during an enumeration, another one takes its name.
    pub(super) fn change(&mut self, id: u32, state: Option<State>, lag: Duration) {
        if state.is_none() && self.state(id).is_none() {
            return;
        }
        if state.is_none() && self.loses() {
            self.lose(id);
            let heir = self.state(id).cloned().filter(|_| self.enumerates);
            if let Some(heir) = heir {
                self.change(id + HEIRS, heir, lag);
            }
        }
        self.record(id, state, lag);
    }

    pub(super) fn content(&self) -> BTreeMap<String, State> {
        let live = self.live();
        live.filter_map(|(id, state)| Some((id.to_string(), state.clone()?)))
            .collect()
    }
}

impl Content for Option<State> {
    fn is_deleted(&self) -> bool {
        self.is_none()
    }

    fn json(&self, id: u32) -> Value {
        match self {
            Some(state) => json!({
                "id": id.to_string(),
                "name": state.name,
                "size": state.size,
                "parentReference": {"id": state.parent},
            }),
            None => json!({"id": id.to_string(), "deleted": {"state": "deleted"}}),
        }
    }
}
