use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::timestamp;

/// The pause that a response requests, cut to `longest`.
pub(crate) fn parse(headers: &HeaderMap, now: SystemTime, longest: Duration) -> Option<Duration> {
    of_text(headers.get(RETRY_AFTER)?.to_str().ok()?, now, longest)
}

/// The pause that a service requests, in a header or in an event, cut to `longest`: seconds, as
/// Graph documents it, or an HTTP date (RFC 9110, section 10.2.3). Nothing that a service says is
/// longer than `longest`, whoever reads it.
pub(crate) fn of_text(text: &str, now: SystemTime, longest: Duration) -> Option<Duration> {
    let text = text.trim();
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(until(text, now)?.min(longest));
    }
    let seconds = text.parse::<f64>().ok()?;
    let pause = Duration::try_from_secs_f64(seconds).unwrap_or(longest);
    Some(pause.min(longest))
}

fn until(date: &str, now: SystemTime) -> Option<Duration> {
    // A date in the past means no pause.
    Some(
        timestamp::parse_http(date)?
            .duration_since(now)
            .unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_secs(60 * 60);

    fn pause(value: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        // Sun, 06 Nov 1994 08:49:37 GMT
        parse(
            &headers,
            SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777),
            LONGEST,
        )
    }

    #[test]
    fn reads_seconds_and_dates() {
        let seconds = Duration::from_secs;
        assert_eq!(pause("15"), Some(seconds(15)));
        assert_eq!(pause(" 0 "), Some(seconds(0)));
        assert_eq!(pause("1.5"), Some(Duration::from_millis(1500)));
        assert_eq!(pause("Sun, 06 Nov 1994 08:49:47 GMT"), Some(seconds(10)));
        assert_eq!(pause("Sun, 06 Nov 1994 08:49:27 GMT"), Some(seconds(0)));
    }

    #[test]
    fn a_pause_is_cut_to_the_longest() {
        assert_eq!(pause("86400"), Some(LONGEST));
        assert_eq!(pause("18446744073709551615"), Some(LONGEST));
        assert_eq!(pause("1e400"), Some(LONGEST));
        assert_eq!(pause("10000000000000000000"), Some(LONGEST));
        assert_eq!(pause("1e19"), Some(LONGEST));
        assert_eq!(pause("Mon, 07 Nov 1994 08:49:37 GMT"), Some(LONGEST));
        assert_eq!(pause("Fri, 31 Dec 9999 23:59:59 GMT"), Some(LONGEST));
    }

    #[test]
    fn an_unreadable_value_is_ignored() {
        for text in ["", "soon", "-1", "NaN", "inf", "12 apples"] {
            assert_eq!(pause(text), None, "{text}");
        }
    }
}
