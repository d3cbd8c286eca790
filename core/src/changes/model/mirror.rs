//! A program that keeps a copy of a drive by the rules of `ChangeBatch`: mark and sweep.

use std::collections::BTreeMap;

use super::super::batch::ChangeBatch;
use super::super::item::Item;
use super::drive::State;

#[derive(Debug, Default)]
pub(super) struct Mirror {
    /// By id: the state, and the snapshot that last contained it.
    rows: BTreeMap<String, (State, Option<String>)>,
    /// The last one stored, which need not be that of the last batch.
    pub(super) checkpoint: Option<String>,
    /// Rows that a sweep has removed.
    pub(super) swept: u64,
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
            let before = self.rows.len();
            self.rows.retain(|_, (_, mark)| *mark >= batch.snapshot);
            self.swept += u64::try_from(before - self.rows.len()).expect("few rows");
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
        panic!("not an item of a drive: {item:?}")
    };
    State {
        name: item.name().expect("the model sends it").to_owned(),
        parent: item.parent().id.clone(),
        size: item.size().expect("the model sends it"),
    }
}
