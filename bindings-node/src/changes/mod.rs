pub(crate) mod item;
pub(crate) mod options;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use drivebell::{ChangeBatch, Changes, Item};
use futures_core::Stream;
use napi::Result;
use napi::bindgen_prelude::Function;
use napi_derive::napi;
use tokio::sync::Mutex;

use crate::error::NativeError;
use crate::runtime::operation::{self, NativeOperation};

/// A stream of changes, without a queue of its own: what JavaScript has not asked for waits in the
/// core, which then asks for no further page.
#[napi]
pub struct NativeChanges(Arc<Mutex<Option<Changes>>>);

#[napi(object, object_from_js = false)]
pub struct ChangesOutcome {
    pub value: Option<NativeChanges>,
    pub error: Option<NativeError>,
}

/// Neither value nor error: nothing follows.
#[napi(object, object_from_js = false)]
pub struct BatchOutcome {
    pub value: Option<NativeBatch>,
    pub error: Option<NativeError>,
}

#[napi(object, object_from_js = false)]
pub struct CloseOutcome {
    pub error: Option<NativeError>,
}

#[napi(object, object_from_js = false)]
pub struct NativeBatch {
    pub items: Vec<NativeItem>,
    pub checkpoint: String,
    #[napi(ts_type = "'start' | 'hint' | 'resync' | 'poll' | 'safety' | 'lag'")]
    pub trigger: &'static str,
    pub caught_up: bool,
    pub snapshot: Option<String>,
    pub resync_code: Option<String>,
}

/// What is known of an item without reading it. The text is JavaScript's, whose collector could not
/// see how much an object of ours holds.
#[napi(object, object_from_js = false)]
pub struct NativeItem {
    pub id: String,
    pub deleted: bool,
    pub of_list: bool,
    pub raw: String,
}

impl From<std::result::Result<Changes, drivebell::Error>> for ChangesOutcome {
    fn from(result: std::result::Result<Changes, drivebell::Error>) -> Self {
        let (value, error) = match result {
            Ok(changes) => (
                Some(NativeChanges(Arc::new(Mutex::new(Some(changes))))),
                None,
            ),
            Err(error) => (None, Some(error.into())),
        };
        Self { value, error }
    }
}

impl From<std::result::Result<Option<ChangeBatch>, NativeError>> for BatchOutcome {
    fn from(result: std::result::Result<Option<ChangeBatch>, NativeError>) -> Self {
        let (value, error) = match result {
            Ok(batch) => (batch.map(Into::into), None),
            Err(error) => (None, Some(error)),
        };
        Self { value, error }
    }
}

impl From<std::result::Result<(), NativeError>> for CloseOutcome {
    fn from(result: std::result::Result<(), NativeError>) -> Self {
        Self {
            error: result.err(),
        }
    }
}

impl From<ChangeBatch> for NativeBatch {
    fn from(batch: ChangeBatch) -> Self {
        Self {
            items: batch.items.iter().map(Into::into).collect(),
            checkpoint: batch.checkpoint,
            trigger: batch.trigger.as_str(),
            caught_up: batch.caught_up,
            snapshot: batch.snapshot,
            resync_code: batch.resync_code,
        }
    }
}

impl From<&Item> for NativeItem {
    fn from(item: &Item) -> Self {
        Self {
            id: item.id().to_owned(),
            deleted: item.is_deleted(),
            of_list: matches!(item, Item::List(_)),
            raw: item.raw().to_owned(),
        }
    }
}

#[napi]
impl NativeChanges {
    #[napi(catch_unwind)]
    pub fn next(&self, settle: Function<'_, BatchOutcome, ()>) -> Result<NativeOperation> {
        let stream = Arc::clone(&self.0);
        operation::start(&settle, async move {
            let mut stream = stream.lock().await;
            let Some(changes) = stream.as_mut() else {
                return Ok(None);
            };
            poll_fn(|cx| Pin::new(&mut *changes).poll_next(cx))
                .await
                .transpose()
        })
    }

    /// After a `next` that has settled or was cancelled. Settles when nothing is under way any more.
    #[napi(catch_unwind)]
    pub fn close(&self, settle: Function<'_, CloseOutcome, ()>) -> Result<NativeOperation> {
        let stream = Arc::clone(&self.0);
        operation::start(&settle, async move {
            let changes = stream.lock().await.take();
            if let Some(changes) = changes {
                changes.close().await;
            }
            Ok(())
        })
    }
}
