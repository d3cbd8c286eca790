pub(crate) mod chunk;
pub(crate) mod stats;
pub(crate) mod tree;

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use drivebell::declarations::{CHANGES_OPTIONS, MIRROR_OPTIONS};
use drivebell::{ChangesOptions, MirrorOptions};
use drivebell_mirror::{Mirror, MirrorClient as _, MirrorHandle};
use napi::Result;
use napi::bindgen_prelude::{Function, Object};
use napi_derive::napi;

use self::chunk::{NativeParts, Rest};
use self::stats::NativeMirrorStats;
use self::tree::NativeTree;
use crate::changes::events::NativeChangesEvents;
use crate::client::NativeClient;
use crate::error::NativeError;
use crate::options;
use crate::outcome::outcome;
use crate::resource::NativeResource;
use crate::runtime;
use crate::runtime::operation::{self, DoneOutcome, NativeOperation};

/// A drive in a file, and the changes in it.
#[napi]
pub struct NativeMirror {
    /// Remains when the mirror has closed.
    handle: MirrorHandle,
    stream: Arc<Mutex<Option<Open>>>,
}

struct Open {
    mirror: Mirror,
    rest: Rest,
}

outcome!(MirrorOutcome(NativeMirror));
// Neither at the end of the mirror.
outcome!(PartsOutcome(Option<NativeParts>));
outcome!(MirrorStatsOutcome(NativeMirrorStats));

impl From<Mirror> for NativeMirror {
    fn from(mirror: Mirror) -> Self {
        Self {
            handle: mirror.handle(),
            stream: Arc::new(Mutex::new(Some(Open {
                mirror,
                rest: Rest::default(),
            }))),
        }
    }
}

/// The tables of the options that a mirror takes.
pub(crate) const TABLES: [&[drivebell::declarations::OptionSpec]; 2] =
    [MIRROR_OPTIONS, CHANGES_OPTIONS];

#[expect(clippy::result_large_err, reason = "once for each call that fails")]
pub(crate) fn read_options(
    given: options::Given,
) -> std::result::Result<(MirrorOptions, ChangesOptions), NativeError> {
    let mut mirror = MirrorOptions::default();
    let mut changes = ChangesOptions::default();
    for (spec, value) in given? {
        if MIRROR_OPTIONS.iter().any(|each| each.name == spec.name) {
            mirror.set(spec, value)?;
        } else {
            changes.set(spec, value)?;
        }
    }
    Ok((mirror, changes))
}

#[expect(clippy::result_large_err, reason = "once for each call that fails")]
fn start(
    client: &NativeClient,
    resource: &NativeResource,
    file: &str,
    given: options::Given,
) -> std::result::Result<Mirror, NativeError> {
    let (options, changes) = read_options(given)?;
    let runtime = runtime::handle().ok_or_else(NativeError::no_runtime)?;
    let _guard = runtime.enter();
    let mirror = client
        .core()
        .mirror_with(&resource.0, file, &options, &changes);
    Ok(mirror?)
}

#[napi]
impl NativeMirror {
    /// Opens the file, and starts to subscribe and to query at once.
    #[napi(catch_unwind)]
    pub fn create(
        client: &NativeClient,
        resource: &NativeResource,
        file: String,
        options: Object<'_>,
    ) -> Result<MirrorOutcome> {
        let given = options::read_all(&TABLES, &options)?;
        Ok(start(client, resource, &file, given).into())
    }

    /// Settles with changes: the next part of a batch, or the whole one. Call `done` for a batch before
    /// you ask for another.
    #[napi(catch_unwind)]
    pub fn next(
        &self,
        whole: bool,
        settle: Function<'_, PartsOutcome, ()>,
    ) -> Result<NativeOperation> {
        let stream = Arc::clone(&self.stream);
        operation::start(&settle, async move {
            poll_fn(|cx| match runtime::lock(&stream).as_mut() {
                Some(open) if open.rest.is_empty() => open.mirror.poll_waiting(cx),
                _ => Poll::Ready(()),
            })
            .await;
            let mut stream = runtime::lock(&stream);
            let Some(open) = stream.as_mut() else {
                return Ok(None);
            };
            if open.rest.is_empty() {
                let Some(changes) = open.mirror.try_next_chunk() else {
                    return Ok(None);
                };
                open.rest = Rest::of(changes?);
            }
            Ok(Some(open.rest.take(whole)))
        })
    }

    /// The changes of the present batch are done up to this sequence.
    #[napi(catch_unwind)]
    pub fn done(&self, sequence: f64) {
        if let Some(open) = runtime::lock(&self.stream).as_mut() {
            open.mirror.set_done(sequence_of(sequence));
        }
    }

    /// Settles when the first enumeration is complete.
    #[napi(catch_unwind)]
    pub fn ready(&self, settle: Function<'_, DoneOutcome, ()>) -> Result<NativeOperation> {
        let handle = self.handle.clone();
        operation::start(&settle, async move { handle.ready().await })
    }

    #[napi(getter, catch_unwind)]
    pub fn tree(&self) -> NativeTree {
        self.handle.tree().clone().into()
    }

    #[napi(getter, catch_unwind)]
    pub fn state(&self) -> &'static str {
        self.handle.state().as_str()
    }

    #[napi(catch_unwind)]
    pub fn stats(&self) -> MirrorStatsOutcome {
        self.handle.stats().into()
    }

    /// Returns an error if the mirror has ended.
    #[napi(catch_unwind)]
    pub fn hint(&self) -> Option<NativeError> {
        self.handle.hint().err().map(Into::into)
    }

    /// All of them share one queue: each event is in one of them.
    #[napi(catch_unwind)]
    pub fn events(&self) -> NativeChangesEvents {
        NativeChangesEvents::of_stream(self.handle.events())
    }

    /// Starts to close at once. Settles when the file is closed.
    #[napi(catch_unwind)]
    pub fn close(&self, settle: Function<'_, DoneOutcome, ()>) -> Result<NativeOperation> {
        if let Some(open) = runtime::lock(&self.stream).as_mut() {
            open.mirror.start_close();
        }
        let stream = Arc::clone(&self.stream);
        operation::start(&settle, async move {
            let open = runtime::lock(&stream).take();
            if let Some(open) = open {
                open.mirror.close().await;
            }
            Ok(())
        })
    }
}

impl Drop for NativeMirror {
    /// An operation may share the mirror, which would otherwise outlive its environment.
    fn drop(&mut self) {
        self.handle.start_close();
    }
}

/// A sequence that came from the core.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it was a whole number"
)]
pub(crate) fn sequence_of(sequence: f64) -> u64 {
    sequence as u64
}
