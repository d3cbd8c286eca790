//! Texts that many items have, stored once.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use crate::reading::one_line;

/// How many texts are kept in memory.
const MAX_KNOWN: usize = 4_096;

#[derive(Debug, Default)]
pub(super) struct Words {
    numbers: HashMap<Arc<str>, i64>,
    texts: HashMap<i64, Arc<str>>,
}

impl Words {
    /// The number of a text.
    pub(super) fn number(&mut self, connection: &Connection, text: &str) -> rusqlite::Result<i64> {
        let text = &*one_line(text);
        if let Some(number) = self.numbers.get(text) {
            return Ok(*number);
        }
        let known = connection
            .prepare_cached("SELECT word FROM word WHERE text = ?")?
            .query_row([text], |row| row.get(0))
            .optional()?;
        let number = match known {
            Some(number) => number,
            None => connection
                .prepare_cached("INSERT INTO word (text) VALUES (?)")?
                .insert([text])?,
        };
        self.remember(number, text.into());
        Ok(number)
    }

    /// The text with this number.
    pub(super) fn text(
        &mut self,
        connection: &Connection,
        number: i64,
    ) -> rusqlite::Result<Arc<str>> {
        if let Some(text) = self.texts.get(&number) {
            return Ok(Arc::clone(text));
        }
        let text: String = connection
            .prepare_cached("SELECT text FROM word WHERE word = ?")?
            .query_row([number], |row| row.get(0))?;
        Ok(self.remember(number, text.into()))
    }

    fn remember(&mut self, number: i64, text: Arc<str>) -> Arc<str> {
        if self.texts.len() >= MAX_KNOWN {
            *self = Self::default();
        }
        self.numbers.insert(Arc::clone(&text), number);
        self.texts.insert(number, Arc::clone(&text));
        text
    }
}
