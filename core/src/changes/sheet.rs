//! The text that the items of a page share, and where each of them has its fields in it.

use std::ops::Range;
use std::sync::OnceLock;

use super::json_scanner::{MAX_DEPTH, Refusal, Scanner, Span};
use super::layout::Layout;
use crate::Error;

/// A table: a row for each item, and in each row a place for each field.
pub(super) struct Sheet {
    text: String,
    layout: &'static Layout,
    spans: Vec<Span>,
    unescaped: OnceLock<Unescaped>,
}

/// The texts of the strings with escapes. Each is made when it is first asked for, and is none if
/// the escapes make no text.
struct Unescaped {
    /// Where the strings begin, in ascending order.
    starts: Vec<usize>,
    texts: Vec<OnceLock<Option<Box<str>>>>,
}

/// Why there is no sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    Refused(Refusal),
    /// An element is not an item.
    NoId,
    TooMany,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The rows of a sheet whose text is being read.
pub(super) struct Rows {
    layout: &'static Layout,
    /// The places of the item itself, and of its id.
    whole: usize,
    id: usize,
    spans: Vec<Span>,
}

impl Rows {
    pub(super) fn new(layout: &'static Layout) -> Self {
        Self {
            layout,
            whole: layout.whole.expect("an item has its JSON"),
            id: layout.id.expect("an item has an id"),
            spans: Vec::new(),
        }
    }

    /// Reads an array of items, instead of what was read before.
    pub(super) fn read_all(
        &mut self,
        scanner: &mut Scanner<'_>,
        limit: usize,
    ) -> Result<(), Problem> {
        let mut count = 0;
        self.spans.clear();
        scanner.array(|scanner| {
            if count == limit {
                return Err(Problem::TooMany);
            }
            self.read(scanner)?;
            if count == 0 {
                // The others are probably like the first.
                let first = self.spans[self.whole];
                let rows = scanner.length() / (first.end() - first.start());
                self.spans.reserve(rows.min(limit) * self.layout.places);
            }
            count += 1;
            Ok(())
        })?;
        Ok(())
    }

    /// Reads an item.
    #[inline]
    pub(super) fn read(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Problem> {
        let start = self.spans.len();
        self.spans.resize(start + self.layout.places, Span::NONE);
        let row = &mut self.spans[start..];
        if scanner.peek() != b'{' {
            scanner.value()?;
            return Err(Problem::NoId);
        }
        row[self.whole] = self.layout.read(scanner, row)?;
        let id = row[self.id];
        let json = scanner.bytes(id);
        let is_text = json.first() == Some(&b'"');
        if is_text && (!id.has_escapes() || unescaped(json).is_some()) {
            Ok(())
        } else {
            Err(Problem::NoId)
        }
    }

    pub(super) fn into_sheet(self, text: String) -> Sheet {
        Sheet {
            text,
            layout: self.layout,
            spans: self.spans,
            unescaped: OnceLock::new(),
        }
    }
}

impl Sheet {
    /// Of one item.
    ///
    /// # Errors
    /// `InvalidArgument` for a text that is not an item.
    pub(super) fn of_item(layout: &'static Layout, raw: &str) -> Result<Self, Error> {
        let mut rows = Rows::new(layout);
        let read = Scanner::new(raw)
            .map_err(Problem::from)
            .and_then(|mut scanner| {
                rows.read(&mut scanner)?;
                Ok(scanner.end()?)
            });
        match read {
            Ok(()) => Ok(rows.into_sheet(raw.to_owned())),
            Err(Problem::Refused(Refusal::TooDeep)) => Err(Error::invalid_argument(
                "raw",
                format!("must be nested at most {MAX_DEPTH} levels deep"),
            )),
            Err(_) => Err(Error::invalid_argument(
                "raw",
                "must be a JSON object with an id",
            )),
        }
    }

    pub(super) fn rows(&self) -> Range<u32> {
        let rows = self.spans.len() / self.layout.places;
        0..u32::try_from(rows).expect("there are fewer items than bytes")
    }

    /// The JSON of a field.
    #[inline]
    pub(super) fn json(&self, row: u32, place: usize) -> Option<&str> {
        let span = self.span(row, place);
        (!span.is_none()).then(|| span.of(&self.text))
    }

    /// The text of a field that is a string.
    #[inline]
    pub(super) fn text(&self, row: u32, place: usize) -> Option<&str> {
        let span = self.span(row, place);
        if span.has_escapes() {
            return self.unescaped(span);
        }
        let is_string = self.text.as_bytes()[span.start()] == b'"';
        is_string.then(|| &self.text[span.start() + 1..span.end() - 1])
    }

    /// Appends the text of a field that is a string, without making one that is kept. False if it is none.
    pub(super) fn append(&self, row: u32, place: usize, to: &mut String) -> bool {
        let span = self.span(row, place);
        if span.has_escapes() && append_simply_unescaped(span.of(&self.text), to) {
            return true;
        }
        let text = self.text(row, place);
        to.push_str(text.unwrap_or_default());
        text.is_some()
    }

    fn unescaped(&self, span: Span) -> Option<&str> {
        let all = self.unescaped.get_or_init(|| {
            let spans = self.spans.iter().filter(|span| span.has_escapes());
            let mut starts: Vec<_> = spans.map(|span| span.start()).collect();
            starts.sort_unstable();
            let texts = starts.iter().map(|_| OnceLock::new()).collect();
            Unescaped { starts, texts }
        });
        let index = all.starts.binary_search(&span.start()).ok()?;
        let text = all.texts[index].get_or_init(|| unescaped(span.of(&self.text).as_bytes()));
        text.as_deref()
    }

    #[inline]
    fn span(&self, row: u32, place: usize) -> Span {
        self.spans[row as usize * self.layout.places + place]
    }
}

/// The text of a JSON string. Escapes make none if they are one half of a surrogate pair.
pub(super) fn unescaped(json: &[u8]) -> Option<Box<str>> {
    simply_unescaped(json).or_else(|| serde_json::from_slice(json).ok())
}

/// The text, if its only escapes are quotes, backslashes and slashes: tags have quotes.
fn simply_unescaped(json: &[u8]) -> Option<Box<str>> {
    let mut text = String::with_capacity(json.len());
    let json = std::str::from_utf8(json).ok()?;
    append_simply_unescaped(json, &mut text).then(|| text.into())
}

/// False if there are other escapes, and then nothing is appended.
fn append_simply_unescaped(json: &str, to: &mut String) -> bool {
    let start = to.len();
    let inner = json
        .strip_prefix('"')
        .and_then(|json| json.strip_suffix('"'));
    let Some(mut rest) = inner else {
        return false;
    };
    // A quote or a control character is not allowed unescaped. The other reader refuses it.
    while let Some(at) = rest
        .bytes()
        .position(|byte| matches!(byte, b'\\' | b'"' | 0..0x20))
    {
        let [b'\\', b'"' | b'\\' | b'/', ..] = rest.as_bytes()[at..] else {
            to.truncate(start);
            return false;
        };
        to.push_str(&rest[..at]);
        to.push_str(&rest[at + 1..at + 2]);
        rest = &rest[at + 2..];
    }
    to.push_str(rest);
    true
}
