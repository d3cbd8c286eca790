//! Random changes, faults and restarts on an unkind Graph, in paused time: at the end, a mirror equals
//! its drive.

mod bell;
mod drive;
mod mirror;
mod sequence;

use sequence::{Counts, Sequence};

/// `DRIVEBELL_MODEL_SEQUENCES` runs another number of them.
const SEQUENCES: u64 = 2_000;

#[test]
fn a_mirror_equals_its_drive_after_any_sequence() {
    let sequences = std::env::var("DRIVEBELL_MODEL_SEQUENCES").ok();
    let sequences = sequences.and_then(|count| count.parse().ok());
    let sequences = sequences.unwrap_or(SEQUENCES);
    let mut counts = Counts::default();
    for seed in 0..sequences {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        counts += runtime.block_on(Sequence::run(seed));
    }
    // A sequence in which nothing happens proves nothing.
    assert!(counts.batches > sequences, "{counts:?}");
    assert!(
        counts.restarts > 100 && counts.enumerations > 100 && counts.audits > 100,
        "{counts:?}"
    );
    assert!(
        counts.found_late > 100 && counts.swept > 100 && counts.lost > 100,
        "{counts:?}"
    );
}
