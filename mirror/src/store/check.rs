//! What must hold after each transaction, for the tests.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::node::{NodeId, State};

/// Each folder knows how many items are in it.
pub(super) fn counts(connection: &Connection) {
    type Row = (NodeId, Option<NodeId>, State, i64);
    let mut statement = connection
        .prepare("SELECT node, parent, state, below FROM node")
        .unwrap();
    let rows = statement
        .query_map([], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                State::of(row.get(2)?),
                row.get(3)?,
            ))
        })
        .unwrap();
    let rows: Vec<Row> = rows.collect::<rusqlite::Result<_>>().unwrap();
    let parents: HashMap<NodeId, Option<NodeId>> = rows.iter().map(|row| (row.0, row.1)).collect();
    let mut below: HashMap<NodeId, i64> = HashMap::new();
    for (_, parent, state, _) in &rows {
        assert!(
            parent.is_none() || matches!(state, State::There | State::Waiting),
            "{state:?} in a folder"
        );
        let mut next = *parent;
        let mut steps = 0;
        while let Some(folder) = next {
            *below.entry(folder).or_default() += 1;
            next = parents.get(&folder).copied().flatten();
            steps += 1;
            assert!(steps <= rows.len(), "a circle");
        }
    }
    let wrong: i64 = connection
        .query_row(
            "SELECT count(*) FROM drive WHERE waiting <> (
                 SELECT count(*) FROM node WHERE node.drive = drive.drive AND state = 1
             )",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(wrong, 0, "the number of waiting items");
    for (node, _, state, count) in rows {
        let expected = below.get(&node).copied().unwrap_or_default();
        assert_eq!(count, expected, "below {node}, which is {state:?}");
    }
}
