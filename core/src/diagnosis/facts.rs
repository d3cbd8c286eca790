//! What a diagnosis finds out about a token, a response, an event. No fact holds a secret.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::auth::{AccessToken, Claims};
use crate::graph::{Endpoint, GraphResponse};
use crate::socketio::{Argument, NotificationUrl, SocketEvent};
use crate::{redact, timestamp};

/// Names and values, for people.
pub(super) type Facts = Vec<(String, String)>;

/// The header `Date` counts whole seconds, and a response takes time to arrive.
const CLOCKS_AGREE_WITHIN: Duration = Duration::from_secs(5);

pub(super) fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// Reads a token that is a JWT, unverified: its claims may explain the error of a later step.
pub(super) fn of_token(token: &AccessToken) -> Facts {
    let Some(claims) = Claims::of(token.expose()) else {
        return vec![fact("form", "opaque, as for personal accounts")];
    };
    let user = if claims.are_app_only() {
        "an application alone, which this API does not support"
    } else {
        "a user who has signed in"
    };
    let mut facts = vec![fact("form", "JWT"), fact("stands for", user)];
    let claimed = [("scopes", claims.scopes()), ("audience", claims.audience())];
    for (name, value) in claimed {
        facts.extend(value.map(|value| fact(name, value)));
    }
    if let Some(expiry) = claims.expiry() {
        facts.push(fact("expires", relative(expiry, SystemTime::now())));
    }
    facts
}

pub(super) fn of_endpoint(response: &GraphResponse) -> Facts {
    let body = json(response);
    let mut facts = vec![fact("bytes", response.body.len().to_string())];
    if let Some(fields) = body.as_object() {
        let names: Vec<String> = fields.keys().map(|name| redact::name(name)).collect();
        facts.push(fact("fields", names.join(", ")));
        for name in ["id", "clientState"] {
            facts.push(fact(name, redact::json(&body[name])));
        }
    }
    if let Some(url) = body["notificationUrl"].as_str() {
        facts.extend(of_url(url));
    }
    facts
}

/// The host, and the form of the rest. The values in the query are the secret.
fn of_url(text: &str) -> Facts {
    let Ok(url) = NotificationUrl::parse(text) else {
        return vec![fact("notificationUrl", "not usable")];
    };
    let query = text.split_once('?').map_or("", |(_, query)| query);
    vec![
        fact("host", url.host()),
        fact("path", redact::notification_path(url.namespace())),
        fact("query", redact::query(query)),
    ]
}

pub(super) fn of_expiry(endpoint: &Endpoint, response: &GraphResponse) -> Facts {
    let now = response.received_at;
    let given = match &json(response)["expirationDateTime"] {
        Value::String(text) if timestamp::parse(text).is_some() => text.clone(),
        Value::Null => "not given, assumed to be one hour".to_owned(),
        _ => "not readable, assumed to be one hour".to_owned(),
    };
    let mut facts = vec![
        fact("expirationDateTime", given),
        fact("expires", relative(endpoint.expires_at(), now)),
    ];
    if let Some(date) = response.date {
        let (ahead, behind) = (date.duration_since(now), now.duration_since(date));
        let clock = match (ahead, behind) {
            (Ok(ahead), _) if ahead > CLOCKS_AGREE_WITHIN => {
                format!("{} s behind Graph's", ahead.as_secs())
            }
            (_, Ok(behind)) if behind > CLOCKS_AGREE_WITHIN => {
                format!("{} s ahead of Graph's", behind.as_secs())
            }
            _ => "agrees with Graph's".to_owned(),
        };
        facts.push(fact("this machine's clock", clock));
    }
    facts
}

pub(super) fn of_event(event: &SocketEvent) -> Facts {
    match &event.argument {
        None => vec![fact("argument", "none")],
        Some(Argument::Text(argument)) => {
            let mut facts = vec![fact("argument", "a text that holds JSON")];
            facts.extend(of_fields("argument", &argument.text));
            facts
        }
        Some(Argument::Json(json)) => {
            let mut facts = vec![fact("argument", "JSON itself")];
            facts.extend(of_fields("argument", json));
            facts
        }
    }
}

/// A fact for each field of a JSON object, under `prefix` and the field's name.
pub(super) fn of_fields(prefix: &str, json: &str) -> Facts {
    match serde_json::from_str(json) {
        Ok(Value::Object(fields)) if fields.is_empty() => vec![fact(prefix, "{}")],
        Ok(Value::Object(fields)) => fields
            .iter()
            .map(|(name, value)| {
                let name = format!("{prefix} {}", redact::name(name));
                (name, redact::json(value))
            })
            .collect(),
        Ok(value) => vec![fact(prefix, redact::json(&value))],
        Err(_) => vec![fact(prefix, not_json(json))],
    }
}

pub(super) fn not_json(text: &str) -> String {
    match text.len() {
        0 => "nothing".to_owned(),
        length => format!("not JSON, {length} bytes"),
    }
}

fn json(response: &GraphResponse) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

fn relative(expiry: SystemTime, now: SystemTime) -> String {
    match expiry.duration_since(now) {
        Ok(rest) => format!("in {} s", rest.as_secs()),
        Err(late) => format!("{} s ago", late.duration().as_secs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_is_a_fact() {
        assert_eq!(of_fields("open", ""), [fact("open", "nothing")]);
        assert_eq!(of_fields("open", "x"), [fact("open", "not JSON, 1 bytes")]);
        assert_eq!(of_fields("open", "{}"), [fact("open", "{}")]);
        assert_eq!(of_fields("open", r#"{"a":1}"#), [fact("open a", "1")]);
    }
}
