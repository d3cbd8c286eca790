//! Any text as a key of a bucket, or as one token of a subject. Plain names stay as they are; each byte
//! that NATS does not take becomes `=` and two hex digits.

use std::fmt::Write as _;

/// Stands for the empty text, which no token may be.
const EMPTY: &str = "=";

/// A text as one token of a subject.
pub(crate) fn token(text: &str) -> String {
    encode(text, |_, _| false)
}

/// A text as one or several tokens: dots stay, where NATS takes them.
pub(super) fn tokens(text: &str) -> String {
    encode(text, |text, at| {
        let around =
            |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|it| *it != b'.');
        around(at.checked_sub(1)) && around(at.checked_add(1))
    })
}

fn encode(text: &str, keeps_dot: impl Fn(&[u8], usize) -> bool) -> String {
    if text.is_empty() {
        return EMPTY.to_owned();
    }
    let bytes = text.as_bytes();
    let mut encoded = String::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        let stays = match byte {
            b'-' | b'/' | b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => true,
            b'.' => keeps_dot(bytes, at),
            _ => false,
        };
        if stays {
            encoded.push(char::from(*byte));
        } else {
            write!(encoded, "={byte:02X}").expect("a string takes everything");
        }
    }
    encoded
}

/// The text of [`token`] or [`tokens`]. `None` if it is not one.
pub(super) fn decode(encoded: &str) -> Option<String> {
    if encoded == EMPTY {
        return Some(String::new());
    }
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'=' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
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
