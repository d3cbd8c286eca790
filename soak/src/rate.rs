//! How fast the service was asked for endpoints.

use std::time::Duration;

use crate::report;

/// How late a call may arrive on a busy machine, and so be counted with those that left after it.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

/// In any time there may be as many as the limit allows in it, and a burst after a second of quiet.
#[expect(clippy::cast_precision_loss, reason = "a few thousand, and minutes")]
pub(crate) fn judge(arrivals: &[i64], per_second: u32) -> Result<(), String> {
    let rate = f64::from(per_second);
    // How far the calls are ahead of the pace, from the time when they were furthest behind it.
    let (mut behind, mut burst) = (f64::INFINITY, 0.0_f64);
    for (before, arrival) in arrivals.iter().enumerate() {
        let due = (arrival - arrivals[0]) as f64 / 1e6 * rate;
        behind = behind.min(before as f64 - due);
        burst = burst.max(before as f64 + 1.0 - due - behind);
    }
    let allowed = rate * (1.0 + ON_ITS_WAY.as_secs_f64());
    report(format_args!(
        "{} endpoint calls at {per_second} a second, and never more than {burst:.0} beyond that pace",
        arrivals.len()
    ));
    if burst > allowed {
        return Err(format!(
            "a burst of {burst:.0}, where {allowed:.0} are allowed"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_the_pace_behind_it_are_allowed_and_no_more() {
        let paced = |burst: i64, every_micros: i64| -> Vec<i64> {
            let first = vec![0; usize::try_from(burst).unwrap_or_default()];
            let rest = (1..100).map(|call| call * every_micros);
            first.into_iter().chain(rest).collect()
        };
        assert!(judge(&paced(10, 100_000), 10).is_ok());
        assert!(judge(&paced(25, 100_000), 10).is_err());
        assert!(judge(&paced(1, 50_000), 10).is_err());
        assert!(judge(&[], 10).is_ok());
    }
}
