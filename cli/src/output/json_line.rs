//! One line of JSON.

use std::fmt::Write as _;

use drivebell::acts_unseen;
use serde_json::{Value, json};

/// An object on one line, whose fields keep the order in which they are added.
pub(crate) struct JsonLine(String);

impl JsonLine {
    pub(crate) fn new(kind: &str) -> Self {
        Self(format!("{{\"type\":{}", json!(kind)))
    }

    pub(crate) fn field(self, name: &str, value: impl Into<Value>) -> Self {
        self.raw(name, &value.into().to_string())
    }

    /// Adds JSON without parsing it: numbers keep their digits, and duplicate keys both values.
    pub(crate) fn raw(mut self, name: &str, json: &str) -> Self {
        self.0.push_str(",\"");
        self.0.push_str(name);
        self.0.push_str("\":");
        push(&mut self.0, json);
        self
    }

    /// The line of an object that is JSON already.
    pub(crate) fn of(json: &str) -> String {
        let mut line = String::with_capacity(json.len() + 1);
        push(&mut line, json);
        line.push('\n');
        line
    }

    pub(crate) fn end(mut self) -> String {
        self.0.push_str("}\n");
        self.0
    }
}

/// Adds JSON in one line, without characters that act unseen.
fn push(line: &mut String, json: &str) {
    for c in json.chars() {
        match c {
            // JSON escapes these within strings, so they stand between tokens.
            '\n' | '\r' | '\t' => line.push(' '),
            // The others stand within strings. A terminal must not act on them.
            c if acts_unseen(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(line, "\\u{unit:04x}");
                }
            }
            c => line.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_of_several_lines_becomes_one_line() {
        let line = JsonLine::new("x")
            .raw("raw", "{\r\n  \"b\\n\": 1.50\n}")
            .field("a", 1)
            .end();
        assert_eq!(
            line,
            "{\"type\":\"x\",\"raw\":{    \"b\\n\": 1.50 },\"a\":1}\n"
        );
    }

    #[test]
    fn characters_that_act_unseen_are_escaped() {
        let text = "a\u{202e}b\u{9b}\u{7f}\u{e0001} Z\u{fc}rich";
        let raw = format!("\"{text}\"");
        let line = JsonLine::new("x").raw("raw", &raw).field("a", text).end();
        let escaped = r#""a\u202eb\u009b\u007f\udb40\udc01 Zürich""#;
        let expected = format!("{{\"type\":\"x\",\"raw\":{escaped},\"a\":{escaped}}}\n");
        assert_eq!(line, expected);
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&read["raw"], &read["a"]), (&text.into(), &text.into()));
    }
}
