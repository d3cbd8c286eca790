use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// How many bytes of a JSON string stand for themselves: as far as the quote that ends it, a
/// backslash, or what has no place in one.
///
/// Of sixteen at a time, because these runs are too short for a search that has to be set up.
#[expect(clippy::cast_possible_truncation, reason = "the lower half")]
pub(crate) fn plain_run(json: &[u8]) -> usize {
    let (sixteens, rest) = json.as_chunks::<16>();
    for (index, sixteen) in sixteens.iter().enumerate() {
        let bytes = u128::from_le_bytes(*sixteen);
        // Two halves, because processors have no wider numbers.
        let (low, high) = (ends(bytes as u64), ends((bytes >> 64) as u64));
        if low | high != 0 {
            let (ends, before) = if low == 0 { (high, 8) } else { (low, 0) };
            return index * 16 + before + ends.trailing_zeros() as usize / 8;
        }
    }
    let (eights, last) = rest.as_chunks::<8>();
    let mut run = json.len() - rest.len();
    for eight in eights {
        let ends = ends(u64::from_le_bytes(*eight));
        if ends != 0 {
            return run + ends.trailing_zeros() as usize / 8;
        }
        run += 8;
    }
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..b' ');
    run + last.iter().position(ends).unwrap_or(last.len())
}

/// The high bit of each byte that ends a run; above the lowest of them some may be wrong, because a
/// borrow goes on.
fn ends(bytes: u64) -> u64 {
    const EACH: u64 = u64::MAX / 0xff;
    const HIGH: u64 = EACH * 0x80;
    let below = |bytes: u64, limit: u64| bytes.wrapping_sub(EACH * limit) & !bytes & HIGH;
    // With this bit flipped, the quote changes places with the space, and is next to the controls.
    let quotes_and_controls = below(bytes ^ (EACH * 0x02), 0x21);
    quotes_and_controls | below(bytes ^ (EACH * u64::from(b'\\')), 1)
}

/// The text of a JSON string; nothing for a value of any other type, which is read over.
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

    #[test]
    fn a_run_ends_where_a_byte_does_not_stand_for_itself() {
        for length in 0..40 {
            for end in 0..=255_u8 {
                let is_end = matches!(end, b'"' | b'\\' | 0..b' ');
                let mut json = vec![b'x'; length];
                json.push(end);
                assert_eq!(plain_run(&json), length + usize::from(!is_end), "{end}");
                // Whatever follows, in the same eight bytes or behind them.
                for next in [b'"', b'\\', 0, b'!', b'#', b'[', b']', 0x7f, 0x80, 0xff] {
                    let json = [json.as_slice(), &[next; 9]].concat();
                    let next_ends = matches!(next, b'"' | b'\\' | 0);
                    let beyond = if next_ends { length + 1 } else { json.len() };
                    let expected = if is_end { length } else { beyond };
                    assert_eq!(plain_run(&json), expected, "{end} {next}");
                }
            }
        }
    }
}
