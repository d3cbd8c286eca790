//! Tries a batch again until it is done: a batch is never skipped.

use std::io::{self, Write};
use std::time::Duration;

use drivebell::visible;
use tokio::time::sleep;

use crate::exit::{End, Stop};

/// The limit of a wait doubles up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Why an attempt did not succeed.
#[derive(Debug)]
pub(super) struct Failed {
    /// For people: what failed, and how.
    pub(super) problem: String,
    /// The pause that a server asks for.
    pub(super) retry_after: Option<Duration>,
}

/// Attempts until one succeeds, and says on stderr what fails. A stop ends it, in the middle of an
/// attempt too.
pub(super) async fn until_done(
    stop: &Stop,
    first_wait: Duration,
    mut attempt: impl AsyncFnMut() -> Result<(), Failed>,
) -> Result<(), End> {
    let mut limit = first_wait;
    loop {
        let done = tokio::select! {
            biased;
            reason = stop.requested() => return Err(End::Stopped(reason)),
            done = attempt() => done,
        };
        let Err(failed) = done else {
            return Ok(());
        };
        let wait = wait(limit, failed.retry_after);
        say(&failed.problem, wait);
        tokio::select! {
            biased;
            reason = stop.requested() => return Err(End::Stopped(reason)),
            () = sleep(wait) => {}
        }
        limit = limit.saturating_mul(2).min(LONGEST_WAIT);
    }
}

/// At least half of the limit: what fails at once must not be repeated at once. The rest is random,
/// so that clients that failed together do not come back together.
fn wait(limit: Duration, retry_after: Option<Duration>) -> Duration {
    let wait = limit.mul_f64(0.5 + fastrand::f64() / 2.0);
    wait.max(retry_after.unwrap_or_default())
}

fn say(problem: &str, wait: Duration) {
    let problem = visible(problem);
    let seconds = wait.as_secs_f64();
    let _ = writeln!(
        io::stderr(),
        "drivebell: {problem}; the same changes again in {seconds:.1} s"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_random_within_its_limit_and_heeds_a_server() {
        let limit = Duration::from_secs(8);
        for _ in 0..100 {
            let wait = wait(limit, None);
            assert!(wait >= limit / 2 && wait <= limit, "{wait:?}");
        }
        let asked = Duration::from_secs(30);
        assert_eq!(wait(limit, Some(asked)), asked);
        assert!(wait(limit, Some(Duration::ZERO)) >= limit / 2);
    }
}
