use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::json_block::{Block, Marks};

/// The text of a JSON string, which is usually JSON again.
#[derive(Debug, Clone)]
pub(crate) struct Unescaped {
    pub(crate) text: String,
    /// The places of all quotes in the text, if it has neither backslashes nor control characters.
    pub(crate) quotes: Option<Vec<u32>>,
}

/// Compares the texts alone: `quotes` depends on the reader.
impl PartialEq for Unescaped {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Unescaped {}

impl From<String> for Unescaped {
    fn from(text: String) -> Self {
        Self { text, quotes: None }
    }
}

impl Unescaped {
    /// Reads the inside of a JSON string whose only escapes are `\"`. For any other string it
    /// returns none. It takes a fraction of the time of a general reader.
    pub(crate) fn of_quotes(json: &str) -> Option<Self> {
        let json = json.as_bytes();
        let mut quotes = escaped_quotes(json)?;
        let mut text = json.to_vec();
        let (mut from, mut to) = (json, text.as_mut_slice());
        let (mut begin, mut missing) = (0, 0);
        for quote in &mut quotes {
            let run = (*quote - begin) as usize;
            copy(from, run, to);
            (from, to) = (&from[run + 1..], &mut to[run..]);
            begin = *quote + 1;
            *quote -= missing;
            missing += 1;
        }
        to[..from.len()].copy_from_slice(from);
        text.truncate(json.len() - quotes.len());
        Some(Self {
            text: String::from_utf8(text).ok()?,
            quotes: Some(quotes),
        })
    }
}

/// Copies `count` bytes, and perhaps some that follow them: most runs are short, and copying a
/// whole block is faster than counting.
#[inline]
fn copy(from: &[u8], count: usize, to: &mut [u8]) {
    match (
        from.first_chunk::<{ size_of::<Block>() }>(),
        to.first_chunk_mut(),
    ) {
        (Some(block), Some(room)) if count <= block.len() => *room = *block,
        _ => copy_exactly(&from[..count], &mut to[..count]),
    }
}

// Not inlined, or the compiler would merge both branches into one call of memcpy.
#[inline(never)]
fn copy_exactly(from: &[u8], to: &mut [u8]) {
    to.copy_from_slice(from);
}

/// The places of the backslashes. None if a backslash stands before anything but a quote, if a
/// quote is not escaped, or if there is a control character.
fn escaped_quotes(json: &[u8]) -> Option<Vec<u32>> {
    u32::try_from(json.len()).ok()?;
    let mut backslashes = Vec::with_capacity(32);
    let (blocks, rest) = json.as_chunks();
    let mut last = [b' '; size_of::<Block>()];
    last[..rest.len()].copy_from_slice(rest);
    let mut is_escaped = 0;
    for (index, block) in blocks.iter().chain([&last]).enumerate() {
        let mut marks = Marks::of(block);
        if marks.has_controls || marks.quotes != marks.backslashes << 1 | is_escaped {
            return None;
        }
        is_escaped = marks.backslashes >> 63;
        while marks.backslashes != 0 {
            let at = index * size_of::<Block>() + marks.backslashes.trailing_zeros() as usize;
            #[expect(clippy::cast_possible_truncation, reason = "longer texts were refused")]
            backslashes.push(at as u32);
            marks.backslashes &= marks.backslashes - 1;
        }
    }
    Some(backslashes)
}

/// The text of a JSON string. A value of any other type is skipped and gives none.
pub(crate) struct Text<'a>(pub(crate) Option<Cow<'a, str>>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Owned(text.to_owned()))))
    }

    fn visit_unit<E>(self) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Text<'de>, S::Error> {
        while seq.next_element::<Text<'de>>()?.is_some() {}
        Ok(Text(None))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Text<'de>, M::Error> {
        while map.next_entry::<IgnoredAny, Text<'de>>()?.is_some() {}
        Ok(Text(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_escaped_quotes_are_read() {
        for end in 0..=255_u8 {
            for length in 0..130 {
                let text = "x".repeat(length) + "\\" + &char::from(end).to_string();
                let read = Unescaped::of_quotes(&text).map(|read| read.text);
                let expected = (end == b'"').then(|| "x".repeat(length) + "\"");
                assert_eq!(read, expected, "{end} {length}");
                let bare = "x".repeat(length) + &char::from(end).to_string();
                let read = Unescaped::of_quotes(&bare).map(|read| read.text);
                let is_plain = !matches!(end, b'"' | b'\\' | 0..b' ');
                assert_eq!(read, is_plain.then_some(bare), "{end} {length}");
            }
        }
    }

    proptest! {
        #[test]
        fn strings_with_escaped_quotes_are_read_as_by_serde_json(
            json in prop_oneof![
                ".{0,200}",
                r#"([a-z :,{}]{0,70}(\\"){0,3}){0,9}"#,
                r#"([a-zé]{0,20}[\\"/u\x00-\x20\x7f]?){0,20}"#,
            ],
        ) {
            let text: Option<String> = serde_json::from_str(&format!("\"{json}\"")).ok();
            let others = json.replace("\\\"", "").contains('\\');
            let expected = text.filter(|_| !others);
            let read = Unescaped::of_quotes(&json);
            prop_assert_eq!(read.as_ref().map(|read| &read.text), expected.as_ref());
            if let Some(Unescaped { text, quotes }) = read {
                let places = text.match_indices('"').map(|(at, _)| u32::try_from(at).unwrap());
                prop_assert_eq!(quotes, Some(places.collect()));
            }
        }
    }
}
