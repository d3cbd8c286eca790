use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::fmt::strtime::BrokenDownTime;

/// Parses an instant as Graph and SharePoint write it: ISO 8601 with up to nine fractional digits,
/// and in UTC if it has no offset.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    let timestamp = text
        .parse::<Timestamp>()
        .or_else(|_| format!("{text}Z").parse())
        .ok()?;
    system_time(timestamp)
}

/// Parses an HTTP date (RFC 9110, section 5.6.7).
pub(crate) fn parse_http(text: &str) -> Option<SystemTime> {
    match rfc2822::parse(text) {
        Ok(date) => system_time(date.timestamp()),
        Err(_) if is_last_date(text) => system_time(Timestamp::MAX),
        Err(_) => None,
    }
}

/// Whether this is a date in the last hours of the year 9999, which a server may send for "never",
/// and which `jiff` cannot count.
fn is_last_date(text: &str) -> bool {
    let parsed = BrokenDownTime::parse("%a, %d %b %Y %H:%M:%S GMT", text);
    let date = parsed.and_then(|parsed| parsed.to_datetime());
    date.is_ok_and(|date| date.year() == 9999)
}

/// None before 1970, when no subscription existed.
fn system_time(timestamp: Timestamp) -> Option<SystemTime> {
    let since_epoch = Duration::try_from(timestamp.as_duration()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(since_epoch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_number_of_fractional_digits_with_and_without_zone() {
        let whole = Duration::from_secs(1_766_547_170);
        for digits in 0..=9 {
            let fraction = &"879235712"[..digits];
            let dot = if digits == 0 { "" } else { "." };
            let nanos: u32 = format!("{fraction:0<9}").parse().unwrap();
            let expected = SystemTime::UNIX_EPOCH + whole + Duration::from_nanos(nanos.into());
            for zone in ["Z", "", "+00:00"] {
                let text = format!("2025-12-24T03:32:50{dot}{fraction}{zone}");
                assert_eq!(parse(&text), Some(expected), "{text}");
            }
        }
    }

    #[test]
    fn other_texts_are_not_instants() {
        for text in ["", "soon", "2025-13-01T00:00:00Z", "1766547170"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
