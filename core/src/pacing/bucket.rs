//! A rate limit as a bucket of tokens, whose rate can change while it is used.

use std::time::Duration;

use tokio::time::Instant;

use crate::clock::later;

/// Sums of fractions are a little less than the whole.
const ROUNDING: f64 = 1e-6;

/// A shorter wait would not let time pass.
const SHORTEST_WAIT: Duration = Duration::from_micros(1);

/// How much may be spent, and how much of that at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    per_second: f64,
    burst: f64,
}

impl Rate {
    /// A burst of one second's worth after a quiet second.
    pub(crate) fn per_second(count: f64) -> Self {
        Self {
            per_second: count,
            burst: count,
        }
    }

    /// Never more than `count` in a window of this length, wherever it begins: a twelfth of it may be
    /// spent at once, and the rest comes evenly.
    pub(crate) fn per_window(count: f64, window: Duration) -> Self {
        let burst = count / 12.0;
        Self {
            per_second: (count - burst) / window.as_secs_f64(),
            burst,
        }
    }
}

/// Tokens that flow in at a rate. It may owe some: what costs more than a burst is let through when
/// the bucket is full, and waited for afterwards.
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: Rate,
    level: f64,
    at: Instant,
}

impl Bucket {
    /// A full one.
    pub(crate) fn new(rate: Rate, now: Instant) -> Self {
        Self {
            rate,
            level: rate.burst,
            at: now,
        }
    }

    /// Goes on at another rate. What was spent stays spent.
    pub(crate) fn set_rate(&mut self, rate: Rate, now: Instant) {
        self.refill(now);
        self.rate = rate;
        self.level = self.level.min(rate.burst);
    }

    /// Takes the cost of something, or says when to try again.
    pub(crate) fn take(&mut self, cost: f64, now: Instant) -> Result<(), Instant> {
        self.refill(now);
        let missing = cost.min(self.rate.burst) - self.level;
        if missing <= ROUNDING {
            self.level -= cost;
            return Ok(());
        }
        let wait = Duration::try_from_secs_f64(missing / self.rate.per_second);
        let wait = wait.unwrap_or(Duration::MAX).max(SHORTEST_WAIT);
        Err(later(now, wait))
    }

    /// Takes the cost of what does not wait. The debt has a limit, a burst or this cost, so that those
    /// who do not wait cannot stop those who do.
    pub(crate) fn owe(&mut self, cost: f64, now: Instant) {
        self.refill(now);
        let least = self.level.min(-self.rate.burst.max(cost));
        self.level = (self.level - cost).max(least);
    }

    /// Gives back what was taken and not used.
    pub(crate) fn give_back(&mut self, cost: f64, now: Instant) {
        self.refill(now);
        self.level = (self.level + cost).min(self.rate.burst);
    }

    fn refill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = self.at.max(now);
        self.level = (self.level + passed * self.rate.per_second).min(self.rate.burst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When each of `count` calls goes out, in milliseconds.
    fn times(bucket: &mut Bucket, cost: f64, count: usize, start: Instant) -> Vec<u128> {
        let mut now = start;
        let mut times = Vec::new();
        for _ in 0..count {
            while let Err(at) = bucket.take(cost, now) {
                assert!(at > now);
                now = at;
            }
            times.push((now - start).as_micros().div_ceil(1000));
        }
        times
    }

    #[test]
    fn a_burst_passes_and_further_calls_are_spread_out() {
        let now = Instant::now();
        let mut bucket = Bucket::new(Rate::per_second(10.0), now);
        let first = times(&mut bucket, 1.0, 13, now);
        assert_eq!(first[..10], [0; 10]);
        assert_eq!(first[10..], [100, 200, 300]);
        let later = now + Duration::from_secs(10);
        assert_eq!(times(&mut bucket, 1.0, 1, later), [0]);
    }

    #[test]
    fn a_rate_may_be_below_one() {
        let now = Instant::now();
        let mut bucket = Bucket::new(Rate::per_second(0.2), now);
        assert_eq!(times(&mut bucket, 1.0, 4, now), [0, 5000, 10_000, 15_000]);
        let mut slow = Bucket::new(Rate::per_second(f64::MIN_POSITIVE), now);
        slow.take(1.0, now).unwrap();
        let at = slow.take(1.0, now).unwrap_err();
        assert!(at > now + Duration::from_secs(365 * 24 * 3600));
    }

    #[test]
    fn no_window_has_more_than_its_count() {
        let minute = Duration::from_secs(60);
        for (count, cost) in [(1250.0, 1.0), (1250.0, 2.0), (60.0, 1.0), (7.0, 1.0)] {
            let now = Instant::now();
            let mut bucket = Bucket::new(Rate::per_window(count, minute), now);
            let times = times(&mut bucket, cost, 3000, now);
            for (index, start) in times.iter().enumerate() {
                let end = start + minute.as_millis();
                let within = times[index..].iter().take_while(|time| **time < end);
                let within = u32::try_from(within.count()).unwrap();
                assert!(f64::from(within) * cost <= count, "{within} of {count}");
            }
        }
    }

    #[test]
    fn another_rate_holds_at_once_and_forgives_nothing() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let mut bucket = Bucket::new(Rate::per_second(0.001), now);
        bucket.take(1.0, now).unwrap();
        assert!(bucket.take(1.0, now).unwrap_err() > now + 900 * second);
        bucket.set_rate(Rate::per_second(2.0), now);
        let at = bucket.take(1.0, now).unwrap_err();
        assert!(at > now && at <= now + second, "{:?}", at - now);
        let later = now + 60 * second;
        bucket.set_rate(Rate::per_second(1.0), later);
        bucket.take(1.0, later).unwrap();
        assert_eq!(bucket.take(1.0, later), Err(later + second));
    }

    #[test]
    fn what_is_given_back_can_be_taken_again_and_what_is_owed_is_waited_for() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let mut bucket = Bucket::new(Rate::per_second(2.0), now);
        bucket.take(1.0, now).unwrap();
        bucket.give_back(1.0, now);
        bucket.give_back(1.0, now);
        assert_eq!(times(&mut bucket, 1.0, 3, now), [0, 0, 500]);
        let later = now + 10 * second;
        for _ in 0..100 {
            bucket.owe(1.0, later);
        }
        assert_eq!(bucket.take(1.0, later), Err(later + 3 * second / 2));
    }
}
