//! Changes, and whether everybody is told to look after each of them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::ledger::Ledger;
use crate::service::Control;

/// A gap may last as long as the obstacles on the way out of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// One change after the other until it is told to stop; returns how many.
///
/// The next one comes when each subscription was told to look after the last, by a notification or
/// by the resync at the end of a gap: so a hint that is missing is not hidden by another.
pub(crate) async fn change(
    control: Control,
    drive: String,
    ledgers: Vec<Arc<Ledger>>,
    stop: watch::Receiver<bool>,
) -> Result<u64, String> {
    let mut count = 0;
    while !*stop.borrow() {
        change_once(&control, &drive, &ledgers).await?;
        count += 1;
        sleep(Duration::from_millis(fastrand::u64(0..100))).await;
    }
    Ok(count)
}

/// Makes a change, and waits until everybody was told to look.
pub(crate) async fn change_once(
    control: &Control,
    drive: &str,
    ledgers: &[Arc<Ledger>],
) -> Result<(), String> {
    let before: Vec<_> = ledgers.iter().map(|ledger| ledger.hints()).collect();
    control.notify(drive).await?;
    let told = ledgers
        .iter()
        .zip(before)
        .map(|(ledger, before)| ledger.told_since(before, PATIENCE));
    let told = join_all(told).await;
    match told.iter().position(|told| !told) {
        None => Ok(()),
        Some(deaf) => Err(format!(
            "a subscription to {drive} was not told of a change within {PATIENCE:?}; its last \
             events:\n{}",
            ledgers[deaf].history()
        )),
    }
}
