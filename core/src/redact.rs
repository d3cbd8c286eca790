//! Makes texts safe to show that contain secrets: tokens, notification URLs, delta links.

use std::borrow::Cow;

use serde_json::Value;

use crate::foreign_text;

pub(crate) use crate::foreign_text::REDACTED;

/// The longest text of an identity library that is shown. `AADSTS` messages are shorter.
const MAX_LIBRARY_TEXT: usize = 300;

/// Words of this length that mix letters and digits are secrets: keys, codes, parts of a token.
const MIN_SECRET: usize = 20;

/// The line that matters of what a library says, safe to show: without words that look like
/// secrets, and without the queries of URLs.
pub(crate) fn library_text(text: &str) -> String {
    let mut shown = Vec::new();
    let mut follows_scheme = false;
    for word in telling_line(text).split_whitespace() {
        let word = if follows_scheme {
            REDACTED.to_owned()
        } else {
            library_word(word)
        };
        follows_scheme = word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic");
        shown.push(word);
    }
    foreign_text::beginning(&shown.join(" "), MAX_LIBRARY_TEXT)
}

/// Usually the first line. A chain of azure-identity begins with a line that says nothing, and goes
/// on with one for each of its members.
fn telling_line(text: &str) -> Cow<'_, str> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    if let Some(line) = lines.clone().find(|line| line.contains("AADSTS")) {
        return line.into();
    }
    let first = lines.next().unwrap_or_default();
    if !lines.any(|line| line == "Attempted credentials:") {
        return first.into();
    }
    let members: Vec<&str> = text
        .lines()
        .filter_map(|it| it.strip_prefix('\t'))
        .collect();
    members.join("; ").into()
}

/// The longest name of a header, a field or a parameter that is shown.
const MAX_NAME: usize = 40;

fn library_word(word: &str) -> String {
    if word.contains("://") {
        let end = word.find(['?', '#']).unwrap_or(word.len());
        let (address, query) = word.split_at(end);
        // A password may precede the host.
        let address = match (address.split_once("://"), address.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
            _ => address.to_owned(),
        };
        let query = if query.is_empty() { "" } else { "?[redacted]" };
        return hide_secrets(&address) + query;
    }
    if let Some((name, value)) = word.split_once('=') {
        let shown = if value.is_empty() { "" } else { REDACTED };
        return format!("{}={shown}", hide_secrets(name));
    }
    hide_secrets(word)
}

fn hide_secrets(word: &str) -> String {
    let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '~');
    let mut rest = word;
    let mut shown = String::new();
    while let Some(start) = rest.find(belongs) {
        let (before, after) = rest.split_at(start);
        let (part, after) = after.split_at(after.find(|c| !belongs(c)).unwrap_or(after.len()));
        shown += before;
        shown += if is_secret(part) { REDACTED } else { part };
        rest = after;
    }
    shown + rest
}

fn is_secret(part: &str) -> bool {
    let has = |belongs: fn(&u8) -> bool| part.as_bytes().iter().any(belongs);
    part.starts_with("eyJ")
        || (part.len() >= MIN_SECRET
            && has(u8::is_ascii_digit)
            && has(u8::is_ascii_alphabetic)
            && !is_guid(part))
}

/// A URL whose path and query are secret.
pub(crate) fn url(host: &str) -> String {
    format!("{host}/{REDACTED}")
}

/// The path of a Graph URL, without the tokens that delta links carry: in the query, or in
/// parentheses after the name of the function. Nor is there a sharing link, which anyone may open.
pub(crate) fn path(url: &str) -> &str {
    const SHARES: &str = "/shares";
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = path.find('/').map_or("", |slash| &path[slash..]);
    let path = path.split(['?', '(']).next().unwrap_or_default();
    let shares = path.find("/shares/");
    shares.map_or(path, |shares| &path[..shares + SHARES.len()])
}

/// The names of a query's parameters, each with a description of its value.
pub(crate) fn query(query: &str) -> String {
    let parameters: Vec<String> = query.split('&').map(named_value).collect();
    parameters.join(", ")
}

/// The name in `name=value`, with a description of the value. A text without a name is opaque, also
/// one that ends in the padding of Base64: a description of all of it.
pub(crate) fn named_value(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, value)) if !name.is_empty() && !is_padding(value) => {
            format!("{}={}", self::name(name), description(value))
        }
        _ => description(pair),
    }
}

fn is_padding(value: &str) -> bool {
    value.bytes().all(|byte| byte == b'=')
}

/// A name that a server chose, if it is like one. Anything else may hold a secret.
pub(crate) fn name(text: &str) -> String {
    let belongs = |c: char| c.is_ascii_alphanumeric() || "-_.@$".contains(c);
    if (1..=MAX_NAME).contains(&text.len()) && text.chars().all(belongs) && !is_secret(text) {
        text.to_owned()
    } else {
        description(text)
    }
}

/// The path of a notification URL. What is not one of the known names may be an id.
pub(crate) fn notification_path(path: &str) -> String {
    let segment = |segment: &str| match segment {
        "" | "notifications" | "callback" => segment.to_owned(),
        other => format!("({})", description(other)),
    };
    let segments: Vec<String> = path.split('/').map(segment).collect();
    segments.join("/")
}

/// A JSON value in which a description replaces each string. Other values stay as they are.
pub(crate) fn json(value: &Value) -> String {
    match value {
        Value::String(text) => description(text),
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(json).collect();
            format!("[{}]", elements.join(", "))
        }
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, value)| format!("{}: {}", name(key), json(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// The length and the kinds of characters of a text that may be a secret, such as
/// `20 characters: A-Z a-z 0-9 -`; or that it is a GUID.
pub(crate) fn description(text: &str) -> String {
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
    let (visible, invisible): (Vec<char>, Vec<char>) =
        others.into_iter().partition(char::is_ascii_graphic);
    classes.extend(visible.into_iter().map(String::from));
    if !invisible.is_empty() {
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
    fn a_library_text_is_its_telling_line_without_secrets() {
        let chain = "ChainedTokenCredential failed.\nAttempted credentials:\n\tA: not configured\n\
            Visit https://aka.ms/a\n\tB: no answer\nTo mitigate this issue, read.";
        for (text, expected) in [
            ("", ""),
            ("\n  first\nsecond", "first"),
            ("Attempted credentials:", "Attempted credentials:"),
            (chain, "A: not configured; B: no answer"),
            (&chain.replace("no answer", "AADSTS1: no"), "B: AADSTS1: no"),
            (
                "AADSTS50076: x. Trace ID: f267729a-51a1-4e7b-a65d-fe76017a5b81",
                "AADSTS50076: x. Trace ID: f267729a-51a1-4e7b-a65d-fe76017a5b81",
            ),
            (
                "token eyJ0eXAi.eyJhdWQi.c2ln!",
                "token [redacted].[redacted].c2ln!",
            ),
            ("got 'EwB4A8l6BAAU5cIsb6Y7Kq7h'.", "got '[redacted]'."),
            (
                "Authorization: Bearer abc def",
                "Authorization: Bearer [redacted] def",
            ),
            (
                "GET https://u:p@host/a?code=1 failed",
                "GET https://host/a?[redacted] failed",
            ),
            ("client_secret=abc, x", "client_secret=[redacted] x"),
            (
                "login.microsoftonline.com:443 refused",
                "login.microsoftonline.com:443 refused",
            ),
        ] {
            assert_eq!(library_text(text), expected);
        }
        assert_eq!(library_text(&"é ".repeat(1000)).chars().count(), 301);
    }

    #[test]
    fn a_path_is_shown_without_the_tokens_of_a_delta_link() {
        for (url, expected) in [
            (
                "https://host/v1.0/me/drive/root/delta?token=s",
                "/v1.0/me/drive/root/delta",
            ),
            (
                "https://host/v1.0/me/drive/root/delta(token='s')",
                "/v1.0/me/drive/root/delta",
            ),
            ("https://host", ""),
            ("/path?s", "/path"),
        ] {
            assert_eq!(path(url), expected);
        }
    }

    #[test]
    fn a_query_shows_the_names_of_its_parameters() {
        for (text, expected) in [
            (
                "token=s3cr3t&applicationId=1&bare",
                "token=6 characters: a-z 0-9, applicationId=1 characters: 0-9, 4 characters: a-z",
            ),
            // Opaque, with the padding of Base64.
            ("czNjcjN0==", "10 characters: A-Z a-z 0-9 ="),
            ("czNjcjN0=", "9 characters: A-Z a-z 0-9 ="),
            ("=s3cr3t", "7 characters: a-z 0-9 ="),
            (
                "s3cr3ts3cr3ts3cr3ts3cr3t=1",
                "24 characters: a-z 0-9=1 characters: 0-9",
            ),
            ("", "an empty text"),
        ] {
            assert_eq!(query(text), expected);
        }
    }

    #[test]
    fn a_path_of_a_notification_url_shows_known_names_only() {
        for (path, expected) in [
            ("/", "/"),
            ("/notifications", "/notifications"),
            ("/zbaehwg/callback", "/(7 characters: a-z)/callback"),
            ("/a\u{1b}b", "/(3 characters: a-z and others)"),
        ] {
            assert_eq!(notification_path(path), expected);
        }
    }

    #[test]
    fn a_name_of_a_server_is_shown_if_it_is_like_one() {
        for name in ["@odata.context", "clientState", "x-ms-served-by"] {
            assert_eq!(super::name(name), name);
        }
        for name in [
            "",
            "a b",
            "a\u{1b}",
            "eyJ0eXAi",
            "s3cr3ts3cr3ts3cr3ts3cr3t",
            "x/y",
        ] {
            assert_ne!(super::name(name), name);
        }
        assert_eq!(
            super::json(&json!({"eyJ0eXAi": 1})),
            "{8 characters: A-Z a-z 0-9: 1}"
        );
    }

    #[test]
    fn a_text_is_described_and_not_shown() {
        for (text, expected) in [
            ("", "an empty text"),
            ("f267729a-51a1-4e7b-a65d-fe76017a5b81", "a GUID"),
            ("Xk_4-bz", "7 characters: A-Z a-z 0-9 - _"),
            ("é b", "3 characters: a-z and others"),
        ] {
            assert_eq!(description(text), expected);
        }
        let value = json!({"sid": "s3cr3t", "pingInterval": 25000, "upgrades": ["websocket"]});
        assert_eq!(
            super::json(&value),
            "{pingInterval: 25000, sid: 6 characters: a-z 0-9, upgrades: [9 characters: a-z]}"
        );
    }
}
