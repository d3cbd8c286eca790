//! From a change to its events, after the latency that was asked for.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::behaviour::Latency;
use crate::service::Shared;

/// Announces a change of `drive` `count` times.
pub(crate) fn announce(shared: &Arc<Shared>, drive: &str, count: u32) {
    match shared.config.latency {
        Latency::None => deliver(shared, drive, count),
        Latency::Fixed(latency) => deliver_after(shared, drive, count, latency),
        Latency::Real => {
            for _ in 0..count {
                deliver_after(shared, drive, 1, observed_latency(random_fraction()));
            }
        }
    }
}

fn deliver(shared: &Shared, drive: &str, count: u32) {
    let copies = if shared.config.duplicate { 2 } else { 1 };
    shared.sockets.queue(drive, count.saturating_mul(copies));
}

fn deliver_after(shared: &Arc<Shared>, drive: &str, count: u32, latency: Duration) {
    let (shared, drive) = (Arc::clone(shared), drive.to_owned());
    tokio::spawn(async move {
        tokio::select! {
            () = shared.stop.cancelled() => {}
            () = tokio::time::sleep(latency) => deliver(&shared, &drive, count),
        }
    });
}

/// Between 5 and 36 s, most often near 25 s: the triangular distribution of the three live
/// clients' reports.
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
