//! Any text as a key of a bucket, or as one token of a subject. Plain names stay as they are; each byte
//! that NATS does not take becomes `=` and two hex digits.

use crate::key_text::{self, encode_but};

/// Stands for the empty text, which no token may be.
const EMPTY: &str = "=";

/// A text as one token of a subject.
pub(crate) fn token(text: &str) -> String {
    encode(text, |_| false)
}

/// A text as one or several tokens: dots stay, where NATS takes them.
pub(super) fn tokens(text: &str) -> String {
    let bytes = text.as_bytes();
    encode(text, |at| {
        let around = |at: Option<usize>| {
            at.and_then(|at| bytes.get(at))
                .is_some_and(|it| *it != b'.')
        };
        around(at.checked_sub(1)) && around(at.checked_add(1))
    })
}

fn encode(text: &str, keeps_dot: impl Fn(usize) -> bool) -> String {
    if text.is_empty() {
        return EMPTY.to_owned();
    }
    encode_but(text, |at, byte| match byte {
        b'/' => true,
        b'.' => keeps_dot(at),
        _ => false,
    })
}

/// The text of [`token`] or [`tokens`]. `None` if it is not one.
pub(super) fn decode(encoded: &str) -> Option<String> {
    if encoded == EMPTY {
        return Some(String::new());
    }
    key_text::decode(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 12] = [
        "p0001",
        "",
        "=",
        "==41",
        ".",
        "..",
        ".a..b.",
        "a.b",
        "kim@contoso.com",
        "groß / ünicode \n*>",
        "b!x-1_2/y",
        "\u{0}",
    ];

    #[test]
    fn every_text_comes_back() {
        for text in TEXTS {
            for encoded in [token(text), tokens(text)] {
                assert_eq!(decode(&encoded).as_deref(), Some(text), "{encoded}");
                let is_key = |c: char| c.is_ascii_alphanumeric() || "-/_=.".contains(c);
                assert!(encoded.chars().all(is_key), "{encoded}");
                assert!(
                    encoded.split('.').all(|token| !token.is_empty()),
                    "{encoded}"
                );
            }
            assert!(!token(text).contains('.'));
        }
    }

    #[test]
    fn plain_names_stay_readable() {
        assert_eq!(token("p0001"), "p0001");
        assert_eq!(tokens("sites/eu.contoso"), "sites/eu.contoso");
        assert_eq!(tokens("kim@contoso.com"), "kim=40contoso.com");
        assert_eq!(token("a.b"), "a=2Eb");
    }

    #[test]
    fn other_keys_are_no_text() {
        for key in ["=4", "=zz", "=FF"] {
            assert_eq!(decode(key), None, "{key}");
        }
    }
}
