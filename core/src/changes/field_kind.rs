//! What the kinds of fields mean in Rust: what the accessor of each returns, and how it reads that
//! from a sheet.

use std::time::SystemTime;

use crate::timestamp;

/// `kind!(lent K)` is what an accessor returns, and `kind!(read K sheet, row, place)` its body.
/// `kind!(head K …)` is the body for a field that every item has. A kind without rules is an object
/// in `parts.rs`.
macro_rules! kind {
    (lent Id) => { &str };
    (lent Raw) => { &str };
    (lent Text) => { Option<&str> };
    (lent Object) => { Option<&str> };
    (lent Integer) => { Option<u64> };
    (lent Facet) => { bool };
    (lent Time) => { Option<std::time::SystemTime> };
    (lent Hashes) => { Hashes };
    (lent $part:ident) => { Option<$part> };

    (head Id $sheet:expr, $row:expr, $place:expr) => {
        $sheet.text($row, $place).unwrap_or_default()
    };
    (head Raw $sheet:expr, $row:expr, $place:expr) => {
        $sheet.json($row, $place).unwrap_or_default()
    };
    // Whatever Graph says of a deletion, the item is deleted.
    (head Facet $sheet:expr, $row:expr, $place:expr) => {
        $sheet.json($row, $place).is_some_and(|json| json != "null")
    };

    (read Text $sheet:expr, $row:expr, $place:expr) => { $sheet.text($row, $place) };
    (read Time $sheet:expr, $row:expr, $place:expr) => {
        $sheet.text($row, $place).and_then(super::field_kind::time)
    };
    (read Object $sheet:expr, $row:expr, $place:expr) => {
        $sheet.json($row, $place).filter(|json| super::field_kind::is_object(json))
    };
    (read Integer $sheet:expr, $row:expr, $place:expr) => {
        $sheet.json($row, $place).and_then(super::field_kind::integer)
    };
    (read Facet $sheet:expr, $row:expr, $place:expr) => {
        $sheet.json($row, $place).is_some_and(super::field_kind::is_object)
    };
    (read Hashes $sheet:expr, $row:expr, $place:expr) => {
        kind!(part Hashes $sheet, $row, $place).unwrap_or_default()
    };
    (read Identity $sheet:expr, $row:expr, $place:expr) => {
        kind!(read Object $sheet, $row, $place).and_then(Identity::of_set)
    };
    (read $part:ident $sheet:expr, $row:expr, $place:expr) => {
        kind!(part $part $sheet, $row, $place)
    };
    (part $part:ident $sheet:expr, $row:expr, $place:expr) => {
        kind!(read Object $sheet, $row, $place).map($part::read)
    };
}

pub(super) use kind;

pub(super) fn is_object(json: &str) -> bool {
    json.starts_with('{')
}

/// None for a negative number, and for one with a fraction or an exponent.
pub(super) fn integer(json: &str) -> Option<u64> {
    json.parse().ok()
}

pub(super) fn time(text: &str) -> Option<SystemTime> {
    timestamp::parse(text)
}
