//! The one gate for texts of others that people get to see: in messages, logs and reports.
//!
//! A server can put anything into a text: what it knows of our secrets, in any spelling; commands
//! to a terminal; characters that make a line of a log look like another one.

use std::borrow::Cow;
use std::collections::HashSet;

use percent_encoding::percent_decode_str;

/// Replaces a text that would reveal a secret.
pub(crate) const REDACTED: &str = "[redacted]";

/// A text is not shown if it shares this many characters in a row with a secret. Fewer reveal
/// nothing, and occur in ordinary words.
const REVEALING: usize = 8;

/// Encodings inside encodings that are undone.
const MAX_ENCODINGS: usize = 3;

/// The beginning of a foreign text, safe to show: without characters that act on a terminal or a
/// log, and only if no part of it reveals one of `secrets`.
pub(crate) fn shown(
    text: &str,
    secrets: impl IntoIterator<Item = impl AsRef<str>>,
    max_chars: usize,
) -> String {
    let (shown, is_cut) = match text.char_indices().nth(max_chars) {
        Some((end, _)) => (&text[..end], true),
        None => (text, false),
    };
    if secrets
        .into_iter()
        .any(|secret| reveals(shown, secret.as_ref()))
    {
        return REDACTED.to_owned();
    }
    let mut shown = visible(shown).into_owned();
    if is_cut {
        shown.push('…');
    }
    shown
}

/// The same, where no secret can be in it.
pub(crate) fn beginning(text: &str, max_chars: usize) -> String {
    shown(text, [""; 0], max_chars)
}

/// The text in one line, without characters that are not seen but act: control and format
/// characters, and those that change the direction of writing. For the command line too.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(acts_unseen) {
        return Cow::Borrowed(text);
    }
    let replace = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        c if acts_unseen(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    Cow::Owned(text.chars().map(replace).collect())
}

/// Whether a character is not seen but acts: the general categories Cc, Cf, Zl and Zp of Unicode 16.
pub fn acts_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{890}'..='\u{891}'
            | '\u{8e2}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{110bd}'
            | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0001}'
            | '\u{e0020}'..='\u{e007f}')
}

fn reveals(text: &str, secret: &str) -> bool {
    if secret.is_empty() {
        return false;
    }
    if text.contains(secret) {
        return true;
    }
    let secret = folded(secret);
    if secret.len() < REVEALING {
        return false;
    }
    let parts: HashSet<&[char]> = secret.windows(REVEALING).collect();
    folded(text)
        .windows(REVEALING)
        .any(|part| parts.contains(part))
}

/// The letters and digits of a text, decoded and in lower case: equal for all spellings of a secret.
fn folded(text: &str) -> Vec<char> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..MAX_ENCODINGS {
        let decoded = decoded(&text);
        if decoded == text {
            break;
        }
        text = Cow::Owned(decoded);
    }
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Undoes percent-encoding, and the references of HTML and JSON to characters.
fn decoded(text: &str) -> String {
    let text = percent_decode_str(text).decode_utf8_lossy();
    let mut decoded = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(start) = rest.find(['&', '\\']) {
        decoded.push_str(&rest[..start]);
        let after = &rest[start + 1..];
        if let Some((c, length)) = html_reference(after).filter(|_| rest[start..].starts_with('&'))
        {
            decoded.push(c);
            rest = &after[length..];
        } else if let Some((c, length)) =
            json_escape(after).filter(|_| rest[start..].starts_with('\\'))
        {
            decoded.push(c);
            rest = &after[length..];
        } else {
            decoded.push_str(&rest[start..=start]);
            rest = after;
        }
    }
    decoded + rest
}

/// The character of `#65;`, `#x41;` or `amp;`, and the length of that.
fn html_reference(text: &str) -> Option<(char, usize)> {
    let end = text.find(';').filter(|end| *end <= 8)?;
    let name = &text[..end];
    let c = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
        None => match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => return None,
        },
    };
    Some((c, end + 1))
}

/// The character of `u0041`, and its length.
fn json_escape(text: &str) -> Option<(char, usize)> {
    let hex = text.strip_prefix('u')?.get(..4)?;
    Some((char::from_u32(u32::from_str_radix(hex, 16).ok()?)?, 5))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "w1-5f2c/9aBc+d7E==";

    fn text(text: &str) -> String {
        shown(text, [SECRET], 60)
    }

    #[test]
    fn no_spelling_of_a_secret_is_shown() {
        for spelling in [
            SECRET,
            "W1-5F2C/9ABC+D7E",
            "w1-5f2c%2F9aBc%2Bd7E%3D%3D",
            "w1-5f2c%2f9abc%2bd7e%3d%3d",
            "w1-5f2c%252F9aBc%252Bd7E",
            "w1-5f2c&#x2F;9aBc&#43;d7E",
            "w1-5f2c&#47;9aBc",
            "\\u0077\\u0031-5f2c9a",
            "w1 5f2c 9a",
            "5f2c9abc",
        ] {
            assert_eq!(text(&format!("bad: {spelling}.")), REDACTED, "{spelling}");
        }
        for harmless in [
            "",
            "w1-5f2c",
            "9abc: no",
            "no such namespace & no &such; \\u004",
        ] {
            assert_eq!(text(harmless), harmless);
        }
    }

    #[test]
    fn a_secret_behind_the_cut_does_not_hide_what_is_shown() {
        let long = format!("{}{SECRET}", "é".repeat(60));
        assert_eq!(text(&long), format!("{}…", "é".repeat(60)));
        let cut = format!("{}{SECRET}", "é".repeat(54));
        assert_eq!(text(&cut), format!("{}w1-5f2…", "é".repeat(54)));
        let revealing = format!("{}{SECRET}", "é".repeat(48));
        assert_eq!(text(&revealing), REDACTED);
    }

    #[test]
    fn short_secrets_are_found_as_they_are() {
        assert_eq!(shown("the s3cr3t", ["s3cr3t"], 60), REDACTED);
        assert_eq!(shown("anything", [""], 60), "anything");
    }

    #[test]
    fn nothing_acts_on_a_terminal_or_forges_a_line() {
        assert_eq!(
            visible("a\u{1b}]0;title\u{7}b"),
            "a\u{fffd}]0;title\u{fffd}b"
        );
        assert_eq!(visible("a\r\nWARN forged\tb"), "a  WARN forged b");
        assert_eq!(
            visible("a\u{202e}b\u{2066}c\u{200b}"),
            "a\u{fffd}b\u{fffd}c\u{fffd}"
        );
        assert_eq!(visible("\u{9b}31m\u{2028}"), "\u{fffd}31m\u{fffd}");
        assert!(matches!(visible("Zürich, 東京 👍"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_huge_text_costs_only_what_is_shown() {
        let huge = "%25".repeat(1_000_000);
        assert!(text(&huge).len() < 100);
    }
}
