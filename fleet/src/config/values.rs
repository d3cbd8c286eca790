//! The values of settings, as people write them.

use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use toml::de::DeValue;

/// What was written instead, without its content, which may be a secret.
fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(_) => "a text".to_owned(),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

pub(super) fn text(value: &DeValue<'_>) -> Result<String, String> {
    match value.as_str() {
        Some("") => Err("is empty".to_owned()),
        Some(text) => Ok(text.to_owned()),
        None => Err(format!("must be a text in quotes, and is {}", found(value))),
    }
}

pub(super) fn texts(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let problem = || {
        format!(
            "must be a list of texts, like [\"one\", \"two\"], and is {}",
            found(value)
        )
    };
    let list = value.as_array().ok_or_else(problem)?;
    list.iter().map(|value| text(value.get_ref())).collect()
}

pub(super) fn flag(value: &DeValue<'_>) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| format!("must be true or false, and is {}", found(value)))
}

/// A whole number from 1.
pub(super) fn count(value: &DeValue<'_>) -> Result<u64, String> {
    match whole(value)? {
        0 => Err("must be at least 1".to_owned()),
        number => Ok(number),
    }
}

fn whole(value: &DeValue<'_>) -> Result<u64, String> {
    let number = value.as_integer().and_then(|number| {
        let digits = number.as_str().replace('_', "");
        u64::from_str_radix(&digits, number.radix()).ok()
    });
    number.ok_or_else(|| format!("must be a whole number, and is {}", found(value)))
}

/// A number that need not be whole.
pub(super) fn number(value: &DeValue<'_>) -> Result<f64, String> {
    let number = match value {
        DeValue::Float(number) => number.as_str().replace('_', "").parse().ok(),
        #[expect(clippy::cast_precision_loss, reason = "limits are much smaller")]
        _ => whole(value).ok().map(|number| number as f64),
    };
    number
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| format!("must be a number, and is {}", found(value)))
}

/// A whole number of this range.
pub(super) fn count_to(value: &DeValue<'_>, least: u64, most: u64) -> Result<u64, String> {
    let number = whole(value)?;
    if (least..=most).contains(&number) {
        Ok(number)
    } else {
        Err(format!("must be from {least} to {most}, and is {number}"))
    }
}

pub(super) fn duration(value: &DeValue<'_>) -> Result<Duration, String> {
    let problem = || {
        format!(
            "must be a duration in quotes, like \"500ms\", \"10s\", \"5m\", \"12h\" or \"7d\", and is \
             {}",
            match value.as_str() {
                Some(text) => format!("{text:?}"),
                None => found(value),
            }
        )
    };
    value.as_str().and_then(parse_duration).ok_or_else(problem)
}

pub(super) fn longer_than_zero(value: &DeValue<'_>) -> Result<Duration, String> {
    match duration(value)? {
        Duration::ZERO => Err("must be longer than zero".to_owned()),
        duration => Ok(duration),
    }
}

/// A number of bytes, with a unit or without.
pub(super) fn size(value: &DeValue<'_>) -> Result<u64, String> {
    let parsed = match value.as_str() {
        Some(text) => parse_size(text),
        None => whole(value).ok(),
    };
    match parsed {
        Some(0) => Err("must be at least 1".to_owned()),
        Some(bytes) => Ok(bytes),
        None => Err(format!(
            "must be a number of bytes, like 1048576, \"512MiB\" or \"10GB\", and is {}",
            match value.as_str() {
                Some(text) => format!("{text:?}"),
                None => found(value),
            }
        )),
    }
}

/// A duration like `10s`, `1h 30m` or `7d`.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    // A number alone has no unit, and jiff reads ISO 8601 as well.
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let span: Span = text.parse().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    duration.try_into().ok()
}

/// The same duration, as it can be written.
pub fn show_duration(duration: Duration) -> String {
    let whole_days = duration.as_secs() / 86_400;
    if whole_days > 0 && duration == Duration::from_secs(whole_days * 86_400) {
        return format!("{whole_days}d");
    }
    match SignedDuration::try_from(duration) {
        Ok(duration) => format!("{duration:#}"),
        Err(_) => format!("{}s", duration.as_secs()),
    }
}

fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '_')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: u64 = number.replace('_', "").parse().ok()?;
    let factor: u64 = match unit.trim() {
        "" | "B" => 1,
        "kB" | "KB" => 1000,
        "MB" => 1000_u64.pow(2),
        "GB" => 1000_u64.pow(3),
        "TB" => 1000_u64.pow(4),
        "KiB" => 1024,
        "MiB" => 1024_u64.pow(2),
        "GiB" => 1024_u64.pow(3),
        "TiB" => 1024_u64.pow(4),
        _ => return None,
    };
    number.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, millis) in [
            ("10s", 10_000),
            ("5m", 300_000),
            ("12h", 43_200_000),
            ("7d", 604_800_000),
            ("500ms", 500),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            ("2 minutes", 120_000),
            ("0s", 0),
            ("1.5s", 1500),
        ] {
            assert_eq!(
                parse_duration(text),
                Some(Duration::from_millis(millis)),
                "{text}"
            );
        }
        for text in [
            "", "10", "s", "-5s", "5s ago", "PT5S", "1 month", "1y", "fast",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn a_duration_that_is_shown_can_be_read() {
        for millis in [
            0,
            1,
            500,
            10_000,
            90_000,
            5_400_000,
            86_400_000,
            604_800_000,
            86_400_001,
        ] {
            let duration = Duration::from_millis(millis);
            assert_eq!(
                parse_duration(&show_duration(duration)),
                Some(duration),
                "{millis}"
            );
        }
        assert_eq!(show_duration(Duration::from_secs(8)), "8s");
        assert_eq!(show_duration(Duration::from_secs(7 * 86_400)), "7d");
    }

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [
            ("0", 0),
            ("1_000", 1000),
            ("5B", 5),
            ("2kB", 2000),
            ("10 GiB", 10 << 30),
            ("1TB", 1_000_000_000_000),
        ] {
            assert_eq!(parse_size(text), Some(bytes), "{text}");
        }
        for text in ["", "GiB", "-1", "1.5GB", "1 Gb", "99999999999TB"] {
            assert_eq!(parse_size(text), None, "{text}");
        }
    }
}
