//! The rows of a first enumeration of which nobody is told: many at a time, because a statement costs as
//! much as a row.

use rusqlite::{CachedStatement, Connection};

use super::absorb::Absorb;
use super::new_node::{Common, INSERT_ONE, NewNode, insert_statement};
use super::node_table::place_hash;
use super::nodes::Nodes;
use crate::node::{NodeId, State, facets};
use crate::reading::ReadItem;

/// How many rows a statement inserts.
const ROWS: usize = 16;

/// New rows that are not in the file yet, though all else knows of them.
pub(super) struct FirstFill<'a> {
    connection: &'a Connection,
    statement: CachedStatement<'a>,
    common: Common,
    rows: Vec<NewNode<'a>>,
    /// The number of the next one, if nobody else has inserted one since it was asked for.
    next: Option<NodeId>,
    /// The numbers in the file of the batch's words.
    words: Vec<Option<i64>>,
}

impl<'a> FirstFill<'a> {
    /// None if this is no such enumeration.
    pub(super) fn of(absorb: &Absorb<'a>) -> rusqlite::Result<Option<Self>> {
        let is_told = absorb.drive.ready || absorb.settings.tells(absorb.drive);
        if is_told || absorb.nodes.is_indexed() {
            return Ok(None);
        }
        let common = Common {
            drive: absorb.drive.key,
            state: State::There,
            mark: absorb.mark,
        };
        let mut statement = absorb.connection.prepare_cached(&insert_statement(ROWS))?;
        common.bind(&mut statement)?;
        Ok(Some(Self {
            connection: absorb.connection,
            statement,
            common,
            rows: Vec::with_capacity(ROWS),
            next: None,
            words: Vec::new(),
        }))
    }

    /// Takes an item that has come for the first time, whose folder is there, and whose name there is new.
    /// Of any other it says false, and everything is in the file.
    pub(super) fn take(
        &mut self,
        absorb: &mut Absorb<'_>,
        read: ReadItem<'a>,
    ) -> rusqlite::Result<bool> {
        let Some((parent, node)) = self.note_new(absorb, read)? else {
            self.flush()?;
            self.next = None;
            return Ok(false);
        };
        let id = read.id();
        absorb.nodes.counts.add(Some(parent), 1);
        if read.facets() & facets::FOLDER != 0 {
            absorb.nodes.remember_folder(id.text, (node, State::There));
        }
        absorb.keep_raw(node, read.item)?;
        let words = self.numbers(absorb, read)?;
        self.next = Some(node + 1);
        self.rows.push(NewNode {
            id,
            parent: Some(parent),
            name_key: read.name_key(),
            columns: read.columns(words),
        });
        if self.rows.len() == ROWS {
            for (index, row) in self.rows.iter().enumerate() {
                row.bind(&mut self.statement, index)?;
            }
            self.statement.raw_execute()?;
            self.rows.clear();
        }
        Ok(true)
    }

    /// The numbers of an item's words, each of which is looked up once in a batch.
    fn numbers(
        &mut self,
        absorb: &mut Absorb<'_>,
        read: ReadItem<'_>,
    ) -> rusqlite::Result<[Option<i64>; 3]> {
        read.word_numbers(|place, text| {
            if self.words.len() <= place {
                self.words.resize(place + 1, None);
            }
            if let Some(number) = self.words[place] {
                return Ok(number);
            }
            let number = absorb.nodes.words.number(self.connection, text)?;
            self.words[place] = Some(number);
            Ok(number)
        })
    }

    /// Inserts what was taken.
    pub(super) fn flush(&mut self) -> rusqlite::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut statement = self.connection.prepare_cached(&INSERT_ONE)?;
        self.common.bind(&mut statement)?;
        for row in &self.rows {
            row.bind(&mut statement, 0)?;
            statement.raw_execute()?;
        }
        self.rows.clear();
        Ok(())
    }

    /// Notes an item of which nothing is known, and returns its folder and its own number. None for any
    /// other.
    fn note_new(
        &mut self,
        absorb: &mut Absorb<'_>,
        read: ReadItem<'_>,
    ) -> rusqlite::Result<Option<(NodeId, NodeId)>> {
        let is_usual = !read.is_deleted() && read.facets() & facets::ROOT == 0;
        let (Some(parent), Some(name), true) = (read.parent_id(), read.name_key(), is_usual) else {
            return Ok(None);
        };
        let (parent, state) = self.folder(absorb, parent)?;
        let node = match self.next {
            Some(node) => node,
            None => Nodes::next(self.connection)?,
        };
        let place = place_hash(parent, name);
        let is_noted = state == State::There && absorb.nodes.note_new(read.id().hash, place, node);
        Ok(is_noted.then_some((parent, node)))
    }

    fn folder(&mut self, absorb: &mut Absorb<'_>, id: &str) -> rusqlite::Result<(NodeId, State)> {
        let drive = absorb.drive.key;
        if let Some(known) = absorb.nodes.known_folder(drive, id) {
            return Ok(known);
        }
        // It may be one of the rows, and if it is not there it gets a number.
        self.flush()?;
        let found = absorb.nodes.folder(self.connection, drive, id)?;
        if found.1 == State::Unseen {
            self.next = None;
        }
        Ok(found)
    }
}
