//! What can be told of a value without telling the value.

use serde_json::{Map, Value};

use super::Seen;

/// Numbers and the like are told; of a text, which may be a secret, its form alone.
pub(super) fn of(value: &Value) -> String {
    match value {
        Value::String(text) => of_text(text),
        Value::Array(elements) => {
            let forms: Vec<String> = elements.iter().map(of).collect();
            format!("[{}]", forms.join(", "))
        }
        Value::Object(fields) => {
            let forms = fields
                .iter()
                .map(|(name, value)| format!("{name}: {}", of(value)));
            format!("{{{}}}", forms.collect::<Vec<_>>().join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// A fact for each field of an object, under `prefix` and its name.
pub(super) fn fields(prefix: &str, json: &str) -> Seen {
    match serde_json::from_str(json) {
        Ok(Value::Object(fields)) => of_fields(prefix, &fields),
        Ok(value) => vec![(prefix.to_owned(), of(&value))],
        Err(_) if json.is_empty() => vec![(prefix.to_owned(), "nothing".to_owned())],
        Err(_) => vec![(prefix.to_owned(), format!("no JSON, {} bytes", json.len()))],
    }
}

pub(super) fn of_fields(prefix: &str, fields: &Map<String, Value>) -> Seen {
    if fields.is_empty() {
        return vec![(prefix.to_owned(), "{}".to_owned())];
    }
    let fact = |(name, value): (&String, &Value)| (format!("{prefix} {name}"), of(value));
    fields.iter().map(fact).collect()
}

/// `20 characters: A-Z a-z 0-9 -`, or that it is a GUID.
pub(super) fn of_text(text: &str) -> String {
    if text.is_empty() {
        return "an empty text".to_owned();
    }
    if is_guid(text) {
        return "a GUID".to_owned();
    }
    let mut classes = Vec::new();
    for (class, belongs) in [
        ("A-Z", char::is_ascii_uppercase as fn(&char) -> bool),
        ("a-z", char::is_ascii_lowercase),
        ("0-9", char::is_ascii_digit),
    ] {
        if text.chars().any(|c| belongs(&c)) {
            classes.push(class.to_owned());
        }
    }
    let mut others: Vec<char> = text
        .chars()
        .filter(|c| !c.is_ascii_alphanumeric())
        .collect();
    others.sort_unstable();
    others.dedup();
    let (shown, hidden): (Vec<char>, Vec<char>) =
        others.into_iter().partition(char::is_ascii_graphic);
    classes.extend(shown.into_iter().map(String::from));
    if !hidden.is_empty() {
        classes.push("and others".to_owned());
    }
    format!("{} characters: {}", text.chars().count(), classes.join(" "))
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_known_by_its_form_alone() {
        for (text, form) in [
            ("", "an empty text"),
            ("f267729a-51a1-4e7b-a65d-fe76017a5b81", "a GUID"),
            ("Xk_4-bz", "7 characters: A-Z a-z 0-9 - _"),
            ("é b", "3 characters: a-z and others"),
        ] {
            assert_eq!(of_text(text), form);
        }
        let value = json!({"sid": "s3cr3t", "pingInterval": 25000, "upgrades": ["websocket"]});
        assert_eq!(
            of(&value),
            "{pingInterval: 25000, sid: 6 characters: a-z 0-9, upgrades: [9 characters: a-z]}"
        );
        assert_eq!(
            fields("open", ""),
            [("open".to_owned(), "nothing".to_owned())]
        );
        assert_eq!(fields("open", "x")[0].1, "no JSON, 1 bytes");
        assert_eq!(fields("open", r#"{"a":1}"#)[0].0, "open a");
    }
}
