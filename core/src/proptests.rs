//! No input makes a parser panic, and everything that it accepts keeps its meaning.

use std::time::SystemTime;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::event::payload_parser;
use crate::socketio::SocketEvent;
use crate::strategies::{damaged, notification_url};
use crate::{Endpoint, Notification, Payload, timestamp};

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        Just(json!("2026-05-11T21:52:27.5200000Z")),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((field_name(), inner), 0..6).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

fn field_name() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "value",
        "subscriptionId",
        "clientState",
        "expirationDateTime",
        "subscriptionExpirationDateTime",
        "resource",
        "tenantId",
        "siteUrl",
        "webId",
        "id",
        "notificationUrl",
    ];
    prop_oneof![prop::sample::select(KNOWN).prop_map(str::to_owned), ".*"]
}

/// The payloads of an event with this argument.
fn payloads(text: &str) -> Option<Vec<Option<Payload>>> {
    let event = SocketEvent::parse(&json!(["notification", text]).to_string()).expect("an event");
    let argument = event.argument.expect("an argument").into_text();
    assert_eq!(argument.text, text);
    let mut payloads = Vec::new();
    payload_parser::parse(argument, |payload| payloads.push(payload)).then_some(payloads)
}

fn fields(payload: &Payload) -> [Option<&str>; 6] {
    [
        payload.subscription_id(),
        payload.client_state(),
        payload.list_id(),
        payload.tenant_id(),
        payload.site_url(),
        payload.web_id(),
    ]
}

/// An envelope of one notification, sometimes with white space or more fields.
fn envelope() -> impl Strategy<Value = String> {
    let text = "[a-z :,{}\\[\\]]{0,9}".prop_map(Value::from);
    let fields = prop_oneof![
        vec((field_name(), json_value()), 0..6),
        vec((field_name(), text), 0..6),
    ];
    let element = fields.prop_map(|fields| Value::Object(fields.into_iter().collect()).to_string());
    let space = prop_oneof!["", "[ \t\n\r\x0c]?"].boxed();
    let more = prop_oneof!["", "", ",7", ",\\{\\}"];
    let after = prop_oneof!["", "", ",\"value\":7", ",\"x\":\\{\\}"];
    (element, space, more, after).prop_map(|(element, space, more, after)| {
        format!("{{{space}\"value\"{space}:{space}[{space}{element}{space}{more}]{space}{after}}}")
    })
}

fn endpoint_body() -> impl Strategy<Value = String> {
    (json_value(), json_value(), notification_url()).prop_map(|(id, expiry, url)| {
        json!({"id": id, "expirationDateTime": expiry, "notificationUrl": url}).to_string()
    })
}

proptest! {
    #[test]
    fn any_text_is_a_payload_or_none(text in prop_oneof![".*", damaged(json_value().prop_map(|it| it.to_string()))]) {
        let notes = Notification::all_from_event(Some(&text));
        prop_assert!(!notes.is_empty(), "an event without a notification");
        for payload in notes.iter().filter_map(Notification::payload) {
            let again = payloads(payload.raw()).expect("a payload is readable");
            // Without its envelope, an element with a `value` counts as an envelope itself.
            let envelope: Value = serde_json::from_str(payload.raw()).expect("JSON");
            if envelope.get("value").is_none() {
                prop_assert_eq!(again, vec![Some(payload.clone())]);
            }
        }
    }

    #[test]
    fn every_element_of_an_event_becomes_a_payload(elements in vec(json_value(), 1..20)) {
        let text = json!({ "value": elements }).to_string();
        let payloads = payloads(&text).expect("an envelope");
        prop_assert_eq!(payloads.len(), elements.len());
        for (payload, element) in payloads.iter().zip(&elements) {
            prop_assert_eq!(payload.is_some(), element.is_object());
            if let Some(payload) = payload {
                let raw: Value = serde_json::from_str(payload.raw()).expect("JSON");
                prop_assert_eq!(&raw, element);
                prop_assert_eq!(payload.subscription_id(), element["subscriptionId"].as_str());
                prop_assert_eq!(payload.list_id(), element["resource"].as_str());
                prop_assert_eq!(payload.site_url(), element["siteUrl"].as_str());
            }
        }
    }

    #[test]
    fn the_fast_path_reads_the_same_as_the_other(
        text in prop_oneof![envelope(), damaged(envelope())],
    ) {
        let mut all = Vec::new();
        let readable = payload_parser::parse_any(text.clone(), |payload| all.push(payload));
        let all = readable.then_some(all);
        let read = payloads(&text);
        prop_assert_eq!(&read, &all);
        for (read, expected) in read.iter().flatten().zip(all.iter().flatten()) {
            prop_assert_eq!(read.as_ref().map(fields), expected.as_ref().map(fields));
        }
    }

    #[test]
    fn any_bytes_are_an_endpoint_or_an_error(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Endpoint::parse(&bytes, SystemTime::UNIX_EPOCH);
    }

    #[test]
    fn a_parsed_endpoint_has_the_fields_of_its_json(body in prop_oneof![endpoint_body(), damaged(endpoint_body())]) {
        let Ok(endpoint) = Endpoint::parse(body.as_bytes(), SystemTime::UNIX_EPOCH) else {
            return Ok(());
        };
        let given: Value = serde_json::from_str(&body).expect("JSON");
        prop_assert_eq!(Some(endpoint.notification_url()), given["notificationUrl"].as_str());
        prop_assert_eq!(endpoint.id(), given["id"].as_str());
    }

    #[test]
    fn any_text_is_an_instant_or_none(text in prop_oneof![".*", damaged(Just("2026-05-11T21:52:27.5200000Z".to_owned()))]) {
        let _ = timestamp::parse(&text);
    }
}
