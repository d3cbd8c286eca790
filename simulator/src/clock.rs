//! Timestamps in the formats of Graph.

use jiff::Timestamp;

/// With seven fractional digits, as in `expirationDateTime`.
pub(crate) fn precise(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%7fZ").to_string()
}

pub(crate) fn seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Without a time zone, as in an error body.
pub(crate) fn error_date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

pub(crate) fn unix_microseconds() -> i64 {
    Timestamp::now().as_microsecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_digits_also_when_they_are_zero() {
        let at = Timestamp::new(1_778_536_347, 520_000_000).expect("in range");
        assert_eq!(precise(at), "2026-05-11T21:52:27.5200000Z");
    }
}
