//! What the property tests of several rooms generate.

use proptest::collection::vec;
use proptest::prelude::*;

/// Valid texts in which some characters are replaced.
pub(crate) fn damaged(valid: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let damage = vec((any::<prop::sample::Index>(), any::<char>()), 0..4);
    (valid, damage).prop_map(|(text, damage)| {
        let mut characters: Vec<char> = text.chars().collect();
        for (place, character) in damage {
            if !characters.is_empty() {
                *place.get_mut(&mut characters) = character;
            }
        }
        characters.into_iter().collect()
    })
}

/// Names of namespaces.
pub(crate) fn namespace() -> impl Strategy<Value = String> {
    "/[a-z0-9/._-]{0,12}"
}

/// Notification URLs, most of them acceptable.
pub(crate) fn notification_url() -> impl Strategy<Value = String> {
    let scheme = prop_oneof!["https", "wss", "http", "HTTPS", ".{0,5}"];
    let authority = prop_oneof![
        "[a-z]{1,8}\\.svc\\.ms",
        "127\\.0\\.0\\.1:[0-9]{1,4}",
        ".{0,8}"
    ];
    let query = prop_oneof!["\\?[!-~]{0,20}", "", ".{0,8}"];
    (scheme, authority, namespace(), query)
        .prop_map(|(scheme, authority, path, query)| format!("{scheme}://{authority}{path}{query}"))
}
