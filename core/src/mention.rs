//! How a message names the option that helps, so that another language can respell the name.

pub(crate) const OPENING: &str = "(option ";

/// `(option request_timeout)`.
pub(crate) fn mention(option: &'static str) -> String {
    format!("{OPENING}{option})")
}
