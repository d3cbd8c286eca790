//! How fast the service was asked for endpoints.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::report;
use crate::service::Control;

/// How often it is looked at.
const PERIOD: Duration = Duration::from_millis(100);

/// How long a call may have been on its way, so that it is counted with later ones.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

/// What is shown of it: the most in so long a time.
const SHOWN: Duration = Duration::from_secs(10);

/// How many calls had arrived at some time between the two.
#[derive(Debug, Clone, Copy)]
struct Sample {
    asked: Instant,
    answered: Instant,
    calls: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Pace(Vec<Sample>);

impl Pace {
    /// Counts until it is told to stop.
    pub(crate) async fn watch(
        control: Control,
        stop: watch::Receiver<bool>,
    ) -> Result<Self, String> {
        let mut samples = Vec::new();
        while !*stop.borrow() {
            let asked = Instant::now();
            let calls = control.totals().await?.endpoint_calls;
            samples.push(Sample {
                asked,
                answered: Instant::now(),
                calls,
            });
            sleep(PERIOD).await;
        }
        Ok(Self(samples))
    }

    /// Between any two looks there may be as many as the limit allows in that time, a burst after a
    /// second of quiet, and what was on its way at the first.
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    pub(crate) fn judge(&self, per_second: u32) -> Result<(), String> {
        let rate = f64::from(per_second);
        let burst = rate * (1.0 + ON_ITS_WAY.as_secs_f64());
        let mut most: f64 = 0.0;
        for (index, first) in self.0.iter().enumerate() {
            for second in &self.0[index + 1..] {
                let calls = (second.calls - first.calls) as f64;
                let passed = second.answered.duration_since(first.asked);
                let allowed = rate * passed.as_secs_f64() + burst;
                if calls > allowed {
                    return Err(format!(
                        "{calls} endpoint calls in {passed:?}, where {allowed:.0} are allowed"
                    ));
                }
                if second.asked.duration_since(first.answered) <= SHOWN {
                    most = most.max(calls);
                }
            }
        }
        let total = self.0.last().map_or(0, |sample| sample.calls);
        report(format_args!(
            "{total} endpoint calls, at most {most} in {SHOWN:?}: the limit is {per_second} a second"
        ));
        Ok(())
    }
}
