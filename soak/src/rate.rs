//! The rate of endpoint calls.

use std::time::Duration;

use crate::report;

/// How late a call may arrive on a busy machine, together with calls that were sent later.
const MAX_DELAY: Duration = Duration::from_secs(1);

/// Checks that no interval has more calls than the limit allows, except for a burst of one second's
/// worth after a quiet time.
#[expect(clippy::cast_precision_loss, reason = "a few thousand, and minutes")]
pub(crate) fn check(arrivals: &[i64], per_second: u32) -> Result<(), String> {
    let rate = f64::from(per_second);
    // How far the calls get ahead of the rate, measured from where they were furthest behind it.
    let (mut behind, mut burst) = (f64::INFINITY, 0.0_f64);
    for (before, arrival) in arrivals.iter().enumerate() {
        let due = (arrival - arrivals[0]) as f64 / 1e6 * rate;
        behind = behind.min(before as f64 - due);
        burst = burst.max(before as f64 + 1.0 - due - behind);
    }
    let allowed = rate * (1.0 + MAX_DELAY.as_secs_f64());
    report(format_args!(
        "{} endpoint calls at {per_second} a second, never more than {burst:.0} above that rate",
        arrivals.len()
    ));
    if burst > allowed {
        return Err(format!(
            "a burst of {burst:.0} calls, where {allowed:.0} are allowed"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_burst_and_the_rate_after_it_are_allowed() {
        let calls = |burst: i64, every_micros: i64| -> Vec<i64> {
            let first = vec![0; usize::try_from(burst).unwrap_or_default()];
            let rest = (1..100).map(|call| call * every_micros);
            first.into_iter().chain(rest).collect()
        };
        assert!(check(&calls(10, 100_000), 10).is_ok());
        assert!(check(&calls(25, 100_000), 10).is_err());
        assert!(check(&calls(1, 50_000), 10).is_err());
        assert!(check(&[], 10).is_ok());
    }
}
