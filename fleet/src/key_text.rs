//! Any text as one token of a subject of NATS, or as one part of a key of its buckets.

use std::fmt::Write as _;

/// Writes each byte other than `A-Za-z0-9_-` as `=` and two hexadecimal digits: `contoso=2Ecom`.
pub fn encode(text: &str) -> String {
    encode_but(text, |_, _| false)
}

/// Like [`encode`], but leaves as they are what `stays` says of bytes and their places.
pub(crate) fn encode_but(text: &str, stays: impl Fn(usize, u8) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for (at, byte) in text.bytes().enumerate() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || stays(at, byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "={byte:02X}");
        }
    }
    encoded
}

/// The text that [`encode`] was given. What need not have been left as it is may be, as people write
/// keys by hand: `contoso.com`.
///
/// `None` for a text with an `=` that no two hexadecimal digits follow, or with bytes that are not
/// UTF-8.
pub fn decode(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'=' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let byte = digit()? * 16 + digit()?;
            bytes.push(u8::try_from(byte).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_comes_back_from_a_token() {
        for (text, encoded) in [
            ("", ""),
            ("kim", "kim"),
            ("contoso.com", "contoso=2Ecom"),
            ("kim_l-7@contoso.com", "kim_l-7=40contoso=2Ecom"),
            ("a=b c*>", "a=3Db=20c=2A=3E"),
            ("Ärger/🙂", "=C3=84rger=2F=F0=9F=99=82"),
        ] {
            assert_eq!(encode(text), encoded);
            assert_eq!(decode(encoded).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_key_written_by_hand_is_read_and_a_broken_one_is_not() {
        assert_eq!(decode("contoso.com").as_deref(), Some("contoso.com"));
        assert_eq!(decode("contoso=2ecom").as_deref(), Some("contoso.com"));
        for broken in ["=", "a=2", "a=xy", "=2 E", "=C3", "=+1"] {
            assert_eq!(decode(broken), None, "{broken}");
        }
    }
}
