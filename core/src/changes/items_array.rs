//! The items of a page, unparsed, within limits.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Graph sends at most 1,000 items on a page, whatever is requested.
pub(super) const MAX_ITEMS: usize = 20_000;

/// An item's JSON has some five levels. What is nested deeper is made to exhaust somebody's stack.
pub(super) const MAX_DEPTH: u32 = 64;

/// `value` of a page.
#[derive(Default)]
pub(super) struct ItemsArray<'a>(pub(super) Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for ItemsArray<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Items)
    }
}

struct Items;

impl<'de> Visitor<'de> for Items {
    type Value = ItemsArray<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            if all.len() == MAX_ITEMS {
                return Err(A::Error::custom("too many items"));
            }
            all.push(item);
        }
        Ok(ItemsArray(all))
    }
}

/// Whether JSON is nested deeper than this.
pub(super) fn is_deeper_than(limit: u32, json: &str) -> bool {
    let mut depth = 0_u32;
    let mut in_string = false;
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            // The next byte is escaped.
            b'\\' => drop(bytes.next()),
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_brackets_outside_texts_count() {
        assert!(!is_deeper_than(2, r#"{"a":["[[[","\"[[["],"b":[]}"#));
        assert!(is_deeper_than(2, r#"{"a":[[]]}"#));
        assert!(is_deeper_than(64, &"[".repeat(65)));
        assert!(!is_deeper_than(
            64,
            &format!("{}{}", "[".repeat(64), "]".repeat(64))
        ));
    }
}
