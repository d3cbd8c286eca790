//! Names an option in a message, so that other languages can respell the name.

pub(crate) const OPENING: &str = "(option ";

/// `(option request_timeout)`.
pub(crate) fn mention(option: &'static str) -> String {
    format!("{OPENING}{option})")
}
