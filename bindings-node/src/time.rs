use std::time::{Duration, SystemTime};

/// Milliseconds since 1970, like JavaScript's `Date`.
#[expect(
    clippy::cast_precision_loss,
    reason = "exact for the next 285 000 years"
)]
pub(crate) fn unix_milliseconds(instant: SystemTime) -> f64 {
    let since_epoch = instant
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    since_epoch.as_millis() as f64
}

/// The opposite conversion. A time before 1970 becomes 1970, and a very late one the year 5138,
/// which is too late for everything too.
pub(crate) fn instant(unix_milliseconds: f64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs_f64(unix_milliseconds.clamp(0.0, 1e14) / 1e3)
}

/// Whole ones: nobody needs more, and fractions are noise in a log.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e3).round()
}

/// TypeScript has checked that the number is a duration.
pub(crate) fn duration(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1e3).unwrap_or(Duration::MAX)
}
