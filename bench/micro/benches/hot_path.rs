//! How long each case takes.

use std::time::Duration;

use criterion::Criterion;
use drivebell_micro::cases;

fn main() {
    let mut criterion = Criterion::default()
        // With the rest of the defaults, a minute in all.
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    for case in cases() {
        criterion.bench_function(case.name, |bencher| bencher.iter_custom(case.run));
    }
    criterion.final_summary();
}
