//! What the kinds of fields mean in Rust: how each is stored, lent and read from JSON.

use std::time::SystemTime;

use serde_json::Value;

use crate::timestamp;

/// `kind!(stored K)` is the type of a field, `kind!(lent K)` what its accessor returns,
/// `kind!(lend K place)` that accessor's body, and `kind!(read K value)` the field in a JSON value.
/// A kind without rules is an object in `parts.rs`.
macro_rules! kind {
    (stored Id) => { String };
    (lent Id) => { &str };
    (lend Id $field:expr) => { &$field };

    (stored Raw) => { Box<str> };
    (lent Raw) => { &str };
    (lend Raw $field:expr) => { &$field };

    (stored Text) => { Option<String> };
    (lent Text) => { Option<&str> };
    (lend Text $field:expr) => { $field.as_deref() };
    (read Text $value:expr) => { super::field_kind::text($value) };

    (stored Object) => { Option<String> };
    (lent Object) => { Option<&str> };
    (lend Object $field:expr) => { $field.as_deref() };
    (read Object $value:expr) => { super::field_kind::object($value) };

    (stored Integer) => { Option<u64> };
    (lent Integer) => { Option<u64> };
    (lend Integer $field:expr) => { $field };
    (read Integer $value:expr) => { $value.as_u64() };

    (stored Facet) => { bool };
    (lent Facet) => { bool };
    (lend Facet $field:expr) => { $field };
    (read Facet $value:expr) => { $value.is_object() };

    (stored Time) => { Option<std::time::SystemTime> };
    (lent Time) => { Option<std::time::SystemTime> };
    (lend Time $field:expr) => { $field };
    (read Time $value:expr) => { super::field_kind::time($value) };

    (stored Hashes) => { Hashes };
    (lent Hashes) => { &Hashes };
    (lend Hashes $field:expr) => { &$field };
    (read Hashes $value:expr) => { Hashes::read($value) };

    (read Identity $value:expr) => { Identity::of_set($value) };
    (stored $part:ident) => { Option<$part> };
    (lent $part:ident) => { Option<&$part> };
    (lend $part:ident $field:expr) => { $field.as_ref() };
    (read $part:ident $value:expr) => { $value.is_object().then(|| $part::read($value)) };
}

pub(super) use kind;

pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

pub(super) fn object(value: &Value) -> Option<String> {
    value.is_object().then(|| value.to_string())
}

pub(super) fn time(value: &Value) -> Option<SystemTime> {
    timestamp::parse(value.as_str()?)
}
