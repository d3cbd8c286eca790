//! Changes of drives, and the notifications that must follow.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::ledger::Ledger;
use crate::service::Control;

/// Long enough for a gap that several failed attempts prolong.
const NOTIFICATION_TIMEOUT: Duration = Duration::from_secs(60);

/// Makes one change after the other until `stop`, and returns their number.
///
/// Waits after each change until every subscription has got a notification, of kind `changed` or
/// `resync`. So a later notification cannot hide a missing one.
pub(crate) async fn make_changes(
    control: Control,
    drive: String,
    ledgers: Vec<Arc<Ledger>>,
    stop: watch::Receiver<bool>,
) -> Result<u64, String> {
    let mut count = 0;
    while !*stop.borrow() {
        make_change(&control, &drive, &ledgers).await?;
        count += 1;
        sleep(Duration::from_millis(fastrand::u64(0..100))).await;
    }
    Ok(count)
}

/// Makes a change, and waits until every subscription has got a notification.
pub(crate) async fn make_change(
    control: &Control,
    drive: &str,
    ledgers: &[Arc<Ledger>],
) -> Result<(), String> {
    let before: Vec<_> = ledgers
        .iter()
        .map(|ledger| ledger.notifications())
        .collect();
    control.notify(drive).await?;
    let notified = ledgers
        .iter()
        .zip(before)
        .map(|(ledger, before)| ledger.notified_since(before, NOTIFICATION_TIMEOUT));
    let notified = join_all(notified).await;
    match notified.iter().position(|notified| !notified) {
        None => Ok(()),
        Some(missing) => Err(format!(
            "a subscription to {drive} got no notification within {NOTIFICATION_TIMEOUT:?}; its \
             last events:\n{}",
            ledgers[missing].history()
        )),
    }
}
