//! One line of JSON.

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
        // JSON escapes line breaks within strings, so these stand between tokens.
        self.0.extend(
            json.chars()
                .map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }),
        );
        self
    }

    pub(crate) fn end(mut self) -> String {
        self.0.push_str("}\n");
        self.0
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
}
