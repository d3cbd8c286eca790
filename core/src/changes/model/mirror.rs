//! A program that keeps a copy of a drive by the rule that the documentation of batches gives.

use std::collections::BTreeMap;

use super::drive::State;
use crate::{ChangeBatch, Item};

#[derive(Debug, Default)]
pub(super) struct Mirror {
    /// By id: the state, and the snapshot it was last seen in.
    rows: BTreeMap<String, (State, Option<String>)>,
    /// What was stored last: not always that of the last batch.
    pub(super) checkpoint: Option<String>,
}

impl Mirror {
    pub(super) fn apply(&mut self, batch: &ChangeBatch) {
        for item in &batch.items {
            if item.is_deleted() {
                self.rows.remove(item.id());
            } else {
                let row = (state(item), batch.snapshot.clone());
                self.rows.insert(item.id().to_owned(), row);
            }
        }
        if batch.caught_up && batch.snapshot.is_some() {
            self.rows.retain(|_, (_, mark)| *mark >= batch.snapshot);
        }
    }

    pub(super) fn content(&self) -> BTreeMap<String, State> {
        let rows = self.rows.iter();
        rows.map(|(id, (state, _))| (id.clone(), state.clone()))
            .collect()
    }
}

fn state(item: &Item) -> State {
    let Item::Drive(item) = item else {
        panic!("a drive holds drive items: {item:?}")
    };
    State {
        name: item.name().expect("it has one").to_owned(),
        parent: item.parent().id.clone(),
        size: item.size().expect("it has one"),
    }
}
