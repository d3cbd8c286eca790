/// A JavaScript number.
#[expect(clippy::cast_precision_loss, reason = "no count reaches 2^53")]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}
