use std::fmt::Write as _;

use drivebell::acts_unseen;
use serde::Serialize;

/// A value as JSON on one line, without characters that act unseen.
pub(crate) fn json_line(value: &impl Serialize) -> String {
    // What is printed are texts, numbers and lists, which serialize.
    let json = serde_json::to_string(value).unwrap_or_default();
    let mut line = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if acts_unseen(c) {
            // Within a string: a terminal must not act on it.
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(line, "\\u{unit:04x}");
            }
        } else {
            line.push(c);
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_act_unseen_are_escaped() {
        let value = "a\u{202e}b\u{9b}\n\u{e0001}Ä";
        let line = json_line(&value);
        assert_eq!(line, "\"a\\u202eb\\u009b\\n\\udb40\\udc01Ä\"\n");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), value);
    }
}
