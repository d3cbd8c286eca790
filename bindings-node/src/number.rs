/// A JavaScript number.
#[expect(clippy::cast_precision_loss, reason = "no count reaches 2^53")]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "TypeScript has checked that it is a safe integer, not negative; and `as` saturates"
)]
pub(crate) fn whole(number: f64) -> usize {
    number as usize
}
