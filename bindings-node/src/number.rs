/// As JavaScript counts.
#[expect(clippy::cast_precision_loss, reason = "nobody misses 2^53 events")]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the TypeScript face lets only safe integers from zero pass, and `as` saturates"
)]
pub(crate) fn whole(number: f64) -> usize {
    number as usize
}
