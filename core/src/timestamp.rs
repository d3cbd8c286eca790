use std::time::{Duration, SystemTime};

use jiff::fmt::rfc2822;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::Offset;
use jiff::{Timestamp, civil};

/// Parses an instant as Graph and SharePoint write it: ISO 8601 with up to nine fractional digits,
/// and in UTC if it has no offset.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    usual(text).or_else(|| any(text))
}

fn any(text: &str) -> Option<SystemTime> {
    let timestamp = text
        .parse::<Timestamp>()
        .or_else(|_| format!("{text}Z").parse())
        .ok()?;
    system_time(timestamp)
}

/// The form in which Graph writes nearly all instants, in UTC with up to nine fractional digits:
/// `2025-12-24T03:32:50.8792357Z`. Each item of a drive has four of them.
fn usual(text: &str) -> Option<SystemTime> {
    let text = text.as_bytes().strip_suffix(b"Z")?;
    let (whole, fraction) = text.split_first_chunk::<19>()?;
    if [whole[4], whole[7], whole[10], whole[13], whole[16]] != *b"--T::" {
        return None;
    }
    let two = |at: usize| i8::try_from(number(&whole[at..at + 2])?).ok();
    let nanosecond = match fraction {
        [] => 0,
        [b'.', digits @ ..] if (1..=9).contains(&digits.len()) => {
            let missing = 9 - u32::try_from(digits.len()).ok()?;
            number(digits)? * 10_i32.pow(missing)
        }
        _ => return None,
    };
    let year = i16::try_from(number(&whole[..4])?).ok()?;
    let time = civil::Time::new(two(11)?, two(14)?, two(17)?, nanosecond).ok()?;
    let date = civil::Date::new(year, two(5)?, two(8)?).ok()?;
    let timestamp = Offset::UTC.to_timestamp(date.to_datetime(time)).ok()?;
    system_time(timestamp)
}

/// Of at most nine digits.
fn number(digits: &[u8]) -> Option<i32> {
    digits.iter().try_fold(0, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| i32::from(digit - b'0'));
        Some(number * 10 + digit?)
    })
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
    fn the_usual_form_is_read_like_any_other() {
        let is_usual = |text: &str| usual(text).is_some();
        assert!(is_usual("2025-12-24T03:32:50Z") && is_usual("2024-02-29T23:59:59.5Z"));
        for text in [
            "2025-12-24T03:32:50.879235712Z",
            "2025-02-29T00:00:00Z",
            "2025-12-24T24:00:00Z",
            "2025-12-24T03:60:00Z",
            "2025-12-24T03:32:60Z",
            "2025-12-24T03:32:50.Z",
            "2025-12-24T03:32:50.1234567890Z",
            "1969-12-31T23:59:59Z",
            "9999-12-31T23:59:59Z",
            "0000-01-01T00:00:00Z",
            "2025-00-10T00:00:00Z",
            "2025-1a-10T00:00:00Z",
            "+025-12-24T03:32:50Z",
        ] {
            assert_eq!(parse(text), any(text), "{text}");
        }
    }

    #[test]
    fn other_texts_are_not_instants() {
        for text in ["", "soon", "2025-13-01T00:00:00Z", "1766547170"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
