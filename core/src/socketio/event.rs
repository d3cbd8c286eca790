use std::fmt;

use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::json_text::Unescaped;
use super::packet::PacketError;

/// A Socket.IO event: its name and its first argument. Further arguments are skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SocketEvent {
    pub(crate) name: String,
    pub(crate) argument: Option<Argument>,
}

/// The first argument of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Argument {
    /// A JSON string.
    Text(Unescaped),
    /// Any other JSON value, as it was sent. Also a string that is not valid Unicode.
    Json(String),
}

impl Argument {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(Unescaped { text, .. }) | Self::Json(text) => text,
        }
    }

    pub(crate) fn into_text(self) -> Unescaped {
        match self {
            Self::Text(text) => text,
            Self::Json(text) => text.into(),
        }
    }

    fn new(raw: &str) -> Self {
        let text = raw
            .starts_with('"')
            .then(|| serde_json::from_str::<String>(raw));
        match text {
            Some(Ok(text)) => Self::Text(text.into()),
            // JavaScript can send half of a surrogate pair, which no Rust string can hold. The
            // reader of the argument decides what to do with it.
            Some(Err(_)) | None => Self::Json(raw.to_owned()),
        }
    }
}

impl SocketEvent {
    pub(crate) fn parse(data: &str) -> Result<Self, PacketError> {
        name_and_text(data).map_or_else(|| Self::parse_any(data), Ok)
    }

    pub(crate) fn parse_any(data: &str) -> Result<Self, PacketError> {
        let mut json = serde_json::Deserializer::from_str(data);
        let event = json.deserialize_seq(EventVisitor);
        event
            .and_then(|event| json.end().map(|()| event))
            .map_err(|_| PacketError::BadEvent)
    }
}

/// Visits the list of a name and arguments.
struct EventVisitor;

impl<'de> Visitor<'de> for EventVisitor {
    type Value = SocketEvent;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list that starts with a name")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<SocketEvent, S::Error> {
        let name = list.next_element()?;
        let argument: Option<&RawValue> = list.next_element()?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(SocketEvent {
            name: name.ok_or_else(|| S::Error::invalid_length(0, &self))?,
            argument: argument.map(|raw| Argument::new(raw.get())),
        })
    }
}

/// Parses an event of a name and one text, the usual form, in which the text is JSON again.
fn name_and_text(data: &str) -> Option<SocketEvent> {
    let rest = data.strip_prefix("[\"")?;
    let ends_name = |byte| matches!(byte, b'"' | b'\\' | 0..b' ');
    let name = &rest[..rest.bytes().position(ends_name)?];
    let text = rest[name.len()..].strip_prefix("\",\"")?;
    Some(SocketEvent {
        name: name.to_owned(),
        argument: Some(Argument::Text(Unescaped::of_quotes(
            text.strip_suffix("\"]")?,
        )?)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_keep_their_first_argument_as_text_or_json() {
        let event = |data| SocketEvent::parse(data).map(|event| (event.name, event.argument));
        assert_eq!(
            event(r#"["notification","{\"a\":1}",2]"#),
            Ok((
                "notification".into(),
                Some(Argument::Text("{\"a\":1}".to_owned().into()))
            ))
        );
        assert_eq!(
            event(r#"["notification",{"a":1}]"#),
            Ok((
                "notification".into(),
                Some(Argument::Json("{\"a\":1}".into()))
            ))
        );
        assert_eq!(event(r#"["x"]"#), Ok(("x".into(), None)));
        let half = r#"["x","\ud800"]"#;
        let json = Some(Argument::Json(r#""\ud800""#.into()));
        assert_eq!(event(half), Ok(("x".into(), json)));
        for bad in ["", "[]", "{}", "[1]", "[\"x\"", "nonsense"] {
            assert_eq!(event(bad), Err(PacketError::BadEvent), "{bad}");
        }
    }
}
