//! From a change of a drive to the events on its sockets, after the latency of the service.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::sockets::Sockets;
use crate::behaviour::Latency;

pub(crate) struct Announcer {
    pub(crate) sockets: Arc<Sockets>,
    pub(crate) latency: Latency,
    /// Whether each event is sent twice.
    pub(crate) duplicate: bool,
    /// Drops the events that are still delayed.
    pub(crate) stop: CancellationToken,
}

impl Announcer {
    /// Announces a change of a drive `count` times.
    pub(crate) fn announce(&self, drive: &str, count: u32) {
        match self.latency {
            Latency::None => self.sockets.queue(drive, self.copies(count)),
            Latency::Fixed(latency) => self.queue_after(latency, drive, count),
            Latency::Real => {
                for _ in 0..count {
                    self.queue_after(observed_latency(random_fraction()), drive, 1);
                }
            }
        }
    }

    fn copies(&self, count: u32) -> u32 {
        count.saturating_mul(if self.duplicate { 2 } else { 1 })
    }

    fn queue_after(&self, latency: Duration, drive: &str, count: u32) {
        let (sockets, stop) = (Arc::clone(&self.sockets), self.stop.clone());
        let (drive, count) = (drive.to_owned(), self.copies(count));
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(latency) => sockets.queue(&drive, count),
            }
        });
    }
}

/// Between 5 and 36 s, most often near 25 s: a triangular distribution that fits what three
/// clients reported of production.
fn observed_latency(fraction: f64) -> Duration {
    const LOW: f64 = 5.0;
    const USUAL: f64 = 25.0;
    const HIGH: f64 = 36.0;
    let seconds = if fraction < (USUAL - LOW) / (HIGH - LOW) {
        LOW + (fraction * (HIGH - LOW) * (USUAL - LOW)).sqrt()
    } else {
        HIGH - ((1.0 - fraction) * (HIGH - LOW) * (HIGH - USUAL)).sqrt()
    };
    Duration::from_secs_f64(seconds)
}

/// In [0, 1). The bits of a random UUID save a dependency.
fn random_fraction() -> f64 {
    let bytes = *Uuid::new_v4().as_bytes();
    let bits = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_observed_range() {
        assert_eq!(observed_latency(0.0), Duration::from_secs(5));
        assert_eq!(observed_latency(1.0), Duration::from_secs(36));
        let usual = observed_latency(20.0 / 31.0).as_secs_f64();
        assert!((usual - 25.0).abs() < 0.001);
        for _ in 0..1000 {
            assert!((0.0..1.0).contains(&random_fraction()));
        }
    }
}
