/// As JavaScript counts.
#[expect(clippy::cast_precision_loss, reason = "nobody misses 2^53 events")]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}
