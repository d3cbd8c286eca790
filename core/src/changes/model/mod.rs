//! Random lives of a drive and of a program that mirrors it, on paused time: at the end they agree.

mod drive;
mod mirror;
mod sequence;

use sequence::Life;

/// More of them, from other seeds, with `DRIVEBELL_MODEL_SEQUENCES`.
const SEQUENCES: u64 = 2_000;

#[test]
fn a_mirror_agrees_with_its_drive_whatever_happens() {
    let count = std::env::var("DRIVEBELL_MODEL_SEQUENCES").ok();
    let count = count.and_then(|count| count.parse().ok());
    let mut told = sequence::Told::default();
    for seed in 0..count.unwrap_or(SEQUENCES) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        told += runtime.block_on(Life::run(seed));
    }
    // What is to be shown did happen, and often.
    assert!(told.batches > count.unwrap_or(SEQUENCES), "{told:?}");
    assert!(told.restarts > 100 && told.enumerations > 100, "{told:?}");
}
