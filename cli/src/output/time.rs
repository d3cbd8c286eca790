//! Instants as text, in UTC.

use std::time::SystemTime;

use jiff::{Timestamp, Unit};

/// RFC 3339, with milliseconds.
pub(crate) fn to_milliseconds(time: SystemTime) -> String {
    match Timestamp::try_from(time) {
        Ok(time) => format!("{time:.3}"),
        Err(_) => "-".to_owned(),
    }
}

/// RFC 3339, rounded to the second.
pub(crate) fn to_seconds(time: SystemTime) -> String {
    let time = Timestamp::try_from(time).and_then(|time| time.round(Unit::Second));
    time.map_or_else(|_| "-".to_owned(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn instants_are_shown_in_utc() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_766_547_170_879);
        assert_eq!(to_milliseconds(time), "2025-12-24T03:32:50.879Z");
        assert_eq!(to_seconds(time), "2025-12-24T03:32:51Z");
    }
}
