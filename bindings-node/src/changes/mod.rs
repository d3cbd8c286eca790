pub(crate) mod events;
pub(crate) mod item;
pub(crate) mod page;
pub(crate) mod stats;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use drivebell::declarations::CHANGES_OPTIONS;
use drivebell::{ChangeBatch, Changes, ChangesHandle, ChangesOptions};
use futures_core::Stream;
use napi::Result;
use napi::bindgen_prelude::{Function, Object};
use napi_derive::napi;
use tokio::sync::Mutex;

use self::events::NativeChangesEvents;
use self::page::NativePage;
use self::stats::NativeChangesStats;
use crate::client::NativeClient;
use crate::error::NativeError;
use crate::options;
use crate::outcome::outcome;
use crate::resource::NativeResource;
use crate::runtime;
use crate::runtime::operation::{self, DoneOutcome, NativeOperation};

/// A stream of changes. It has no queue: the core requests no further page until
/// JavaScript has taken the batch before.
#[napi]
pub struct NativeChanges {
    /// Remains when the stream has closed.
    handle: ChangesHandle,
    stream: Arc<Mutex<Option<Changes>>>,
}

outcome!(ChangesOutcome(NativeChanges));

impl From<Changes> for NativeChanges {
    fn from(changes: Changes) -> Self {
        Self {
            handle: changes.handle(),
            stream: Arc::new(Mutex::new(Some(changes))),
        }
    }
}

// Neither at the end of the stream.
outcome!(BatchOutcome(Option<NativeBatch>));

#[napi(object, object_from_js = false)]
pub struct NativeBatch {
    pub page: NativePage,
    pub checkpoint: String,
    pub trigger: &'static str,
    pub initial: bool,
    pub caught_up: bool,
    pub snapshot: Option<String>,
    pub resync_code: Option<String>,
}

impl From<ChangeBatch> for NativeBatch {
    fn from(batch: ChangeBatch) -> Self {
        Self {
            page: NativePage::of(&batch.items),
            checkpoint: batch.checkpoint,
            trigger: batch.trigger.as_str(),
            initial: batch.initial,
            caught_up: batch.caught_up,
            snapshot: batch.snapshot,
            resync_code: batch.resync_code,
        }
    }
}

#[expect(clippy::result_large_err, reason = "once for each call that fails")]
pub(crate) fn read_options(
    given: options::Given,
) -> std::result::Result<ChangesOptions, NativeError> {
    let mut options = ChangesOptions::default();
    for (spec, value) in given? {
        options.set(spec, value)?;
    }
    Ok(options)
}

#[expect(clippy::result_large_err, reason = "once for each call that fails")]
fn start(
    client: &NativeClient,
    resource: &NativeResource,
    since: &str,
    given: options::Given,
) -> std::result::Result<Changes, NativeError> {
    let options = read_options(given)?;
    let runtime = runtime::handle().ok_or_else(NativeError::no_runtime)?;
    let _guard = runtime.enter();
    let changes = client
        .core()
        .changes_with(&resource.0, &since.parse()?, &options);
    Ok(changes?)
}

#[napi]
impl NativeChanges {
    /// Starts to subscribe and to query at once.
    #[napi(catch_unwind)]
    pub fn create(
        client: &NativeClient,
        resource: &NativeResource,
        since: String,
        options: Object<'_>,
    ) -> Result<ChangesOutcome> {
        let given = options::read(CHANGES_OPTIONS, &options)?;
        Ok(start(client, resource, &since, given).into())
    }

    #[napi(catch_unwind)]
    pub fn next(&self, settle: Function<'_, BatchOutcome, ()>) -> Result<NativeOperation> {
        let stream = Arc::clone(&self.stream);
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

    #[napi(getter, catch_unwind)]
    pub fn state(&self) -> &'static str {
        self.handle.state().as_str()
    }

    #[napi(catch_unwind)]
    pub fn stats(&self) -> NativeChangesStats {
        self.handle.stats().into()
    }

    /// Returns an error if the stream has ended.
    #[napi(catch_unwind)]
    pub fn hint(&self) -> Option<NativeError> {
        self.handle.hint().err().map(Into::into)
    }

    /// Settles when JavaScript has taken the end of the first enumeration.
    #[napi(catch_unwind)]
    pub fn ready(&self, settle: Function<'_, DoneOutcome, ()>) -> Result<NativeOperation> {
        let handle = self.handle.clone();
        operation::start(&settle, async move { handle.ready().await })
    }

    /// All of them share one queue: each event is in one of them.
    #[napi(catch_unwind)]
    pub fn events(&self) -> NativeChangesEvents {
        NativeChangesEvents::of_stream(self.handle.events())
    }

    /// Starts to close at once. Call it when the last `next` has settled or was cancelled. Settles when
    /// no request is under way any more.
    #[napi(catch_unwind)]
    pub fn close(&self, settle: Function<'_, DoneOutcome, ()>) -> Result<NativeOperation> {
        self.handle.start_close();
        let stream = Arc::clone(&self.stream);
        operation::start(&settle, async move {
            let changes = stream.lock().await.take();
            if let Some(changes) = changes {
                changes.close().await;
            }
            Ok(())
        })
    }
}
