use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::sleep;

use super::bucket::{BoxError, Control};
use crate::budget::Budgets;
use crate::pauses::Pauses;

/// How long to wait before the records are watched again.
const WAIT: Duration = Duration::from_secs(2);

/// Follows the bucket for ever: gives its records to the budgets and to the pauses. While NATS cannot
/// be reached, what was read last holds.
pub async fn follow_control(control: Arc<dyn Control>, budgets: Budgets, pauses: Pauses) {
    let mut is_failing = false;
    loop {
        let error = watch(&*control, &budgets, &pauses, &mut is_failing).await;
        if !is_failing {
            tracing::warn!(
                error = &*error,
                "budgets and pauses cannot be watched; what was read last holds until they can"
            );
        }
        is_failing = true;
        sleep(WAIT).await;
    }
}

/// Returns why the watch has ended.
async fn watch(
    control: &dyn Control,
    budgets: &Budgets,
    pauses: &Pauses,
    is_failing: &mut bool,
) -> BoxError {
    let mut records = match control.watch().await {
        Ok(records) => records,
        Err(error) => return error,
    };
    if std::mem::take(is_failing) {
        tracing::info!("budgets and pauses are watched again");
    }
    pauses.watch_begins();
    loop {
        match records.next().await {
            Some(Ok(record)) => {
                if let Some(name) = record.key.strip_prefix("budget/") {
                    budgets.record_changed(name, record.value.as_deref());
                } else if record.key.starts_with("pause/") {
                    pauses.record_changed(record).await;
                }
            }
            Some(Err(error)) => return error,
            None => return "the watch has ended".into(),
        }
    }
}
