//! From the argument of a `notification` event to its payloads.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::payload::{FIELDS, Field, Payload, Places, Span};
use crate::socketio::json_text::{Text, Unescaped};

/// Calls `each` with the payloads of one event, which the service sends in either of two forms:
/// `{"value": [...]}`, or the notification itself. `None` stands for an element that is not an
/// object. False if the argument has no payload, or is not readable.
pub(crate) fn parse(argument: Unescaped, mut each: impl FnMut(Option<Payload>)) -> bool {
    let Unescaped { text, quotes } = argument;
    if u32::try_from(text.len()).is_err() {
        return false;
    }
    let Some(places) = quotes.and_then(|quotes| only_element(text.as_bytes(), &quotes)) else {
        return parse_any(text, each);
    };
    each(Some(places.payload(text)));
    true
}

/// [`parse`] without its fast path.
pub(crate) fn parse_any(argument: String, mut each: impl FnMut(Option<Payload>)) -> bool {
    let json = trimmed(&argument);
    let Ok(fields) = serde_json::from_str::<Fields<'_>>(json) else {
        return false;
    };
    let Some(value) = fields.value else {
        let places = fields.places(&argument, json);
        each(Some(places.payload(argument)));
        return true;
    };
    let mut any = false;
    // The text is valid JSON, as `Fields` has read it: there can be no error after the first call
    // of `each`.
    let elements = serde_json::Deserializer::from_str(value.get()).deserialize_seq(Elements(
        |element: &str| {
            any = true;
            let fields = serde_json::from_str::<Fields<'_>>(element).ok();
            each(fields.map(|fields| {
                // A text for each payload, so that keeping one does not keep all of them.
                fields.places(element, element).payload(element.to_owned())
            }));
        },
    ));
    elements.is_ok() && any
}

fn trimmed(argument: &str) -> &str {
    argument.trim_start_matches('\u{feff}').trim()
}

/// The fast path, for the usual message: an envelope with one notification and nothing else, whose
/// fields are all strings, without white space. It reads the text once, where [`parse_any`] reads
/// it three times. `quotes` are the places of all quotes, each of which begins or ends a string.
fn only_element(json: &[u8], quotes: &[u32]) -> Option<Places> {
    const BEFORE: &[u8] = br#"{"value":[{"#;
    const BEHIND: &[u8] = b"}]}";
    if !json.starts_with(BEFORE) {
        return None;
    }
    let (fields, []) = quotes.get(2..)?.as_chunks() else {
        return None;
    };
    let begin = u32::try_from(BEFORE.len()).expect("it is short");
    let mut places = Places::of(Span {
        start: begin - 1,
        end: begin + 1,
    });
    let (mut at, mut token) = (begin, b'{');
    for [key, key_end, value, value_end] in fields {
        let has_tokens = at == *key
            && json[at as usize - 1] == token
            && key_end + 2 == *value
            && json[*key_end as usize + 1] == b':';
        if !has_tokens {
            return None;
        }
        if let Some(field) = Field::of(&json[*key as usize + 1..*key_end as usize]) {
            places.fields[field as usize] = Span {
                start: value + 1,
                end: *value_end,
            };
        }
        places.raw.end = value_end + 2;
        (at, token) = (value_end + 2, b',');
    }
    (json[places.raw.end as usize - 1..] == *BEHIND).then_some(places)
}

/// Calls a function with the JSON text of each element.
struct Elements<F>(F);

impl<'de, F: FnMut(&'de str)> Visitor<'de> for Elements<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of notifications")
    }

    fn visit_seq<S: SeqAccess<'de>>(mut self, mut seq: S) -> Result<(), S::Error> {
        while let Some(element) = seq.next_element::<&RawValue>()? {
            (self.0)(element.get());
        }
        Ok(())
    }
}

/// The known fields of an envelope or a notification. The last of several equal keys wins.
#[derive(Default)]
struct Fields<'a> {
    value: Option<&'a RawValue>,
    known: [Option<Cow<'a, str>>; FIELDS],
}

impl Fields<'_> {
    /// The places of these fields in `text`, of which they and `notification` must be slices.
    fn places(self, text: &str, notification: &str) -> Places {
        let mut places = Places::of(Span::find(text, notification));
        for (index, field) in self.known.into_iter().enumerate() {
            match field {
                Some(Cow::Borrowed(field)) => places.fields[index] = Span::find(text, field),
                Some(Cow::Owned(field)) => {
                    places.unescaped.get_or_insert_default()[index] = Some(field);
                }
                None => {}
            }
        }
        places
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a notification")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields<'de>, M::Error> {
        let mut fields = Fields::default();
        while let Some(Text(Some(key))) = map.next_key()? {
            if key == "value" {
                fields.value = Some(map.next_value()?);
                continue;
            }
            // Not IgnoredAny, which accepts any depth: users may parse `raw` with a recursive
            // parser.
            let text = map.next_value::<Text<'de>>()?.0;
            if let Some(field) = Field::of(key.as_bytes()) {
                fields.known[field as usize] = text;
            }
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    const OBSERVED: &str = r#"{"value":[{"subscriptionId":"5554a2f6-1959-4b95-96f4-369b49212df9",
        "clientState":"system-managed:8082D436-D8DA-458D-96AD-34C902B73F37",
        "expirationDateTime":"2026-05-11T21:52:27.5200000Z",
        "resource":"b8a61df7-e8b3-4e48-9cc2-73425b82160e",
        "tenantId":"9188040d-6c67-4c5b-b112-36a304b66dad",
        "siteUrl":"/personal/5a0b9e159b3310ad","webId":"be8f18aa-284c-4452-8e7d-3db9e0e4babd"}]}"#;

    fn all(argument: &str) -> Option<Vec<Option<Payload>>> {
        let mut payloads = Vec::new();
        parse(argument.to_owned().into(), |payload| payloads.push(payload)).then_some(payloads)
    }

    fn only(argument: &str) -> Payload {
        let mut payloads = all(argument).expect("readable");
        assert_eq!(payloads.len(), 1);
        payloads.remove(0).expect("an object")
    }

    #[test]
    fn reads_the_observed_notification() {
        let payload = only(OBSERVED);
        assert_eq!(
            payload.subscription_id(),
            Some("5554a2f6-1959-4b95-96f4-369b49212df9")
        );
        assert!(
            payload
                .client_state()
                .unwrap()
                .starts_with("system-managed")
        );
        assert_eq!(
            payload.subscription_expires_at(),
            Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1_778_536_347_520))
        );
        assert_eq!(
            payload.list_id(),
            Some("b8a61df7-e8b3-4e48-9cc2-73425b82160e")
        );
        assert_eq!(
            payload.tenant_id(),
            Some("9188040d-6c67-4c5b-b112-36a304b66dad")
        );
        assert_eq!(payload.site_url(), Some("/personal/5a0b9e159b3310ad"));
        assert_eq!(
            payload.web_id(),
            Some("be8f18aa-284c-4452-8e7d-3db9e0e4babd")
        );
        assert!(payload.raw().starts_with('{') && payload.raw().ends_with('}'));
    }

    #[test]
    fn reads_the_flat_shape() {
        let payload = only(
            r#"{"subscriptionId":"s","clientState":"c","userId":"u","resource":"l",
               "subscriptionExpirationDateTime":"2024-05-11T21:52:27Z"}"#,
        );
        assert_eq!(payload.subscription_id(), Some("s"));
        assert_eq!(payload.list_id(), Some("l"));
        assert!(payload.subscription_expires_at().is_some());
        assert_eq!(payload.tenant_id(), None);
        assert!(payload.raw().contains("userId"));
    }

    #[test]
    fn tolerates_unexpected_fields() {
        let payload = only(
            "\u{feff}{\"value\":[{\"subscriptionId\":7,\"resource\":{\"a\":[1,null]},\
             \"webId\":\"one\",\"webId\":\"t\\u0077o\",\"new\":[true,1.5,-1],\"tenantId\":null}]}",
        );
        assert_eq!(payload.subscription_id(), None);
        assert_eq!(payload.list_id(), None);
        assert_eq!(payload.tenant_id(), None);
        assert_eq!(payload.web_id(), Some("two"));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!(r#"{{"x":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        assert!(all(&deep).is_none());
        assert_eq!(all(&format!(r#"{{"value":[{deep}]}}"#)), Some(vec![None]));
    }
}
