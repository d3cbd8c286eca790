use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::timestamp;

/// What the service sent about one change: a SharePoint webhook's notification.
///
/// Every field may be absent, and a field of an unexpected type counts as absent; all of it is in
/// [`Payload::raw`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    subscription_id: Option<String>,
    client_state: Option<String>,
    subscription_expires_at: Option<SystemTime>,
    list_id: Option<String>,
    tenant_id: Option<String>,
    site_url: Option<String>,
    web_id: Option<String>,
    raw: String,
}

impl Payload {
    /// `subscriptionId`: the [`Endpoint`](crate::Endpoint)'s id.
    pub fn subscription_id(&self) -> Option<&str> {
        self.subscription_id.as_deref()
    }

    /// `clientState`.
    pub fn client_state(&self) -> Option<&str> {
        self.client_state.as_deref()
    }

    /// `expirationDateTime` or `subscriptionExpirationDateTime`: when the subscription ends.
    pub fn subscription_expires_at(&self) -> Option<SystemTime> {
        self.subscription_expires_at
    }

    /// `resource`: the id of the list behind the drive, not of an item.
    pub fn list_id(&self) -> Option<&str> {
        self.list_id.as_deref()
    }

    /// `tenantId`.
    pub fn tenant_id(&self) -> Option<&str> {
        self.tenant_id.as_deref()
    }

    /// `siteUrl`: relative to the server, and may be `/`.
    pub fn site_url(&self) -> Option<&str> {
        self.site_url.as_deref()
    }

    /// `webId`.
    pub fn web_id(&self) -> Option<&str> {
        self.web_id.as_deref()
    }

    /// The JSON object as it was sent.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    fn from_fields(fields: &Fields<'_>, raw: &str) -> Self {
        let text = |field: &Option<Cow<'_, str>>| field.as_deref().map(str::to_owned);
        Self {
            subscription_id: text(&fields.subscription_id),
            client_state: text(&fields.client_state),
            subscription_expires_at: fields.expires_at.as_deref().and_then(timestamp::parse),
            list_id: text(&fields.list_id),
            tenant_id: text(&fields.tenant_id),
            site_url: text(&fields.site_url),
            web_id: text(&fields.web_id),
            raw: raw.to_owned(),
        }
    }
}

/// The notifications of one event, in either of the observed shapes: `{"value": [...]}`, or the
/// notification itself. `None` in the list is an element that is not an object.
pub(crate) fn parse(argument: &str) -> Option<Vec<Option<Payload>>> {
    let argument = argument.trim_start_matches('\u{feff}').trim();
    let fields: Fields<'_> = serde_json::from_str(argument).ok()?;
    let Some(value) = fields.value else {
        return Some(vec![Some(Payload::from_fields(&fields, argument))]);
    };
    let elements: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
    let payload = |element: &RawValue| {
        let fields: Fields<'_> = serde_json::from_str(element.get()).ok()?;
        Some(Payload::from_fields(&fields, element.get()))
    };
    Some(elements.into_iter().map(payload).collect())
}

/// The known fields of an envelope or of a notification. Of a doubled key the last one stands.
#[derive(Default)]
struct Fields<'a> {
    value: Option<&'a RawValue>,
    subscription_id: Option<Cow<'a, str>>,
    client_state: Option<Cow<'a, str>>,
    expires_at: Option<Cow<'a, str>>,
    list_id: Option<Cow<'a, str>>,
    tenant_id: Option<Cow<'a, str>>,
    site_url: Option<Cow<'a, str>>,
    web_id: Option<Cow<'a, str>>,
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
            let slot = match key.as_ref() {
                "value" => {
                    fields.value = Some(map.next_value()?);
                    continue;
                }
                "subscriptionId" => &mut fields.subscription_id,
                "clientState" => &mut fields.client_state,
                "expirationDateTime" | "subscriptionExpirationDateTime" => &mut fields.expires_at,
                "resource" => &mut fields.list_id,
                "tenantId" => &mut fields.tenant_id,
                "siteUrl" => &mut fields.site_url,
                "webId" => &mut fields.web_id,
                _ => {
                    // Not IgnoredAny, which accepts any depth: users parse `raw` again, with
                    // parsers that recurse.
                    map.next_value::<Text<'de>>()?;
                    continue;
                }
            };
            *slot = map.next_value::<Text<'de>>()?.0;
        }
        Ok(fields)
    }
}

/// The text of a JSON string; nothing for a value of any other type, which is read over.
struct Text<'a>(Option<Cow<'a, str>>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Owned(text.to_owned()))))
    }

    fn visit_unit<E>(self) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Text<'de>, S::Error> {
        while seq.next_element::<Text<'de>>()?.is_some() {}
        Ok(Text(None))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Text<'de>, M::Error> {
        while map.next_entry::<IgnoredAny, Text<'de>>()?.is_some() {}
        Ok(Text(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const OBSERVED: &str = r#"{"value":[{"subscriptionId":"5554a2f6-1959-4b95-96f4-369b49212df9",
        "clientState":"system-managed:8082D436-D8DA-458D-96AD-34C902B73F37",
        "expirationDateTime":"2026-05-11T21:52:27.5200000Z",
        "resource":"b8a61df7-e8b3-4e48-9cc2-73425b82160e",
        "tenantId":"9188040d-6c67-4c5b-b112-36a304b66dad",
        "siteUrl":"/personal/5a0b9e159b3310ad","webId":"be8f18aa-284c-4452-8e7d-3db9e0e4babd"}]}"#;

    fn only(argument: &str) -> Payload {
        let mut payloads = parse(argument).expect("readable");
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
    fn is_tolerant_of_what_may_be_sent() {
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
        assert!(parse(&deep).is_none());
        assert_eq!(parse(&format!(r#"{{"value":[{deep}]}}"#)), Some(vec![None]));
    }
}
