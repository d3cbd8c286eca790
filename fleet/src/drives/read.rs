use async_nats::jetstream::kv::{Operation, Store};
use futures_util::StreamExt;

use std::time::Duration;

use tokio::time::timeout;

use super::list::WatchError;

/// The longest wait for the next entry.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Passes every entry of the bucket to a function, with its key.
///
/// # Errors
/// A bucket that cannot be read to its end.
pub(crate) async fn read_all(
    store: &Store,
    mut each: impl FnMut(&str, &[u8]),
) -> Result<(), WatchError> {
    let info = store.stream.get_info().await;
    let info = info.map_err(|error| WatchError::new(&error))?;
    if info.state.messages == 0 {
        return Ok(());
    }
    let watch = store.watch_with_history(">").await;
    let mut watch = watch.map_err(|error| WatchError::new(&error))?;
    loop {
        // A bucket that was emptied meanwhile tells nothing.
        let entry = timeout(TIMEOUT, watch.next()).await;
        let Some(entry) = entry.map_err(|_| WatchError::new(&"it does not answer any more"))?
        else {
            return Err(WatchError::new(&"it ended in the middle"));
        };
        let entry = entry.map_err(|error| WatchError::new(&error))?;
        if entry.operation == Operation::Put {
            each(&entry.key, &entry.value);
        }
        if entry.seen_current {
            return Ok(());
        }
    }
}
