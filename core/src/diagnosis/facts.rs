use serde_json::Value;

use super::procedure::Seen;
use crate::redact;

/// A fact for each field of an object, under `prefix` and its name.
pub(super) fn fields(prefix: &str, json: &str) -> Seen {
    match serde_json::from_str(json) {
        Ok(Value::Object(fields)) if fields.is_empty() => {
            vec![(prefix.to_owned(), "{}".to_owned())]
        }
        Ok(Value::Object(fields)) => fields
            .iter()
            .map(|(name, value)| (format!("{prefix} {name}"), redact::json(value)))
            .collect(),
        Ok(value) => vec![(prefix.to_owned(), redact::json(&value))],
        Err(_) if json.is_empty() => vec![(prefix.to_owned(), "nothing".to_owned())],
        Err(_) => vec![(prefix.to_owned(), format!("no JSON, {} bytes", json.len()))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_is_a_fact() {
        assert_eq!(
            fields("open", ""),
            [("open".to_owned(), "nothing".to_owned())]
        );
        assert_eq!(fields("open", "x")[0].1, "no JSON, 1 bytes");
        assert_eq!(fields("open", r#"{"a":1}"#)[0].0, "open a");
    }
}
