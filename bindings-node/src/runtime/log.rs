//! The core's log, for `node:diagnostics_channel` and for `NODE_DEBUG`.

#![allow(
    dead_code,
    reason = "napi registers it, but not in Rust's own test build"
)]

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Instant;

use drivebell::declarations::camel_case;
use drivebell::{LogRecord, LogValue};
use napi::bindgen_prelude::{FnArgs, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Result, Status};
use napi_derive::napi;
use serde_json::{Map, Value, json};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

use super::lock;
use crate::time;

/// How many records may wait for a thread. Further ones are counted and dropped.
const MAX_RECORDS: usize = 1000;

/// The records that wait, and how many were dropped since the last call.
type Records = FnArgs<(Vec<String>, u32)>;

/// Weak: nothing that is only watched keeps the process alive.
type LogFunction = ThreadsafeFunction<(), (), Records, Status, false, true>;

static TO_STDERR: AtomicBool = AtomicBool::new(false);

/// One for each environment that has made a client.
static SINKS: Mutex<Vec<Weak<Sink>>> = Mutex::new(Vec::new());

/// The subscribers of an environment's channels.
#[napi]
pub struct NativeLog(Arc<Sink>);

struct Sink {
    function: Mutex<LogFunction>,
    /// A bit for each channel that has subscribers.
    wanted: AtomicU32,
    queue: Arc<Mutex<Queue>>,
    /// When JavaScript was last asked for its subscribers, in seconds since the first time.
    asked_at: AtomicU64,
}

#[derive(Default)]
struct Queue {
    records: Vec<String>,
    dropped: u32,
}

#[napi]
impl NativeLog {
    /// `call` gets records, each the JSON of an array: the index of its channel, and its fields. It
    /// gets none when it is to say again which channels have subscribers.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        #[napi(ts_arg_type = "(records: string[], dropped: number) => void")] call: Function<
            '_,
            Records,
            (),
        >,
    ) -> Result<Self> {
        install();
        let queue = Arc::<Mutex<Queue>>::default();
        let taken = Arc::clone(&queue);
        let function = call
            .build_threadsafe_function::<()>()
            .weak::<true>()
            .build_callback(move |_| {
                let Queue { records, dropped } = std::mem::take(&mut *lock(&taken));
                Ok(FnArgs::from((records, dropped)))
            })?;
        let sink = Arc::new(Sink {
            function: Mutex::new(function),
            wanted: AtomicU32::new(0),
            queue,
            asked_at: AtomicU64::new(0),
        });
        let mut sinks = lock(&SINKS);
        sinks.retain(|sink| sink.strong_count() > 0);
        sinks.push(Arc::downgrade(&sink));
        Ok(Self(sink))
    }

    /// From now on, the channels of these bits get records.
    #[napi(catch_unwind)]
    pub fn want(&self, channels: u32) {
        self.0.wanted.store(channels, Relaxed);
    }
}

/// The names of the channels, in the order of their bits.
#[napi(catch_unwind)]
pub fn log_channels() -> Vec<String> {
    let names = LogRecord::CHANNELS.iter();
    names.map(|name| name.replace('.', ":")).collect()
}

/// Makes the core log to stderr from now on.
#[napi(catch_unwind)]
pub fn log_to_stderr() {
    TO_STDERR.store(true, Relaxed);
    install();
}

fn install() {
    let _ = tracing::subscriber::set_global_default(NodeLog);
}

impl Sink {
    fn wants(&self, channel: usize) -> bool {
        let wanted = self.wanted.load(Relaxed) & (1 << channel) != 0;
        if !wanted && self.asked_at.swap(seconds(), Relaxed) != seconds() {
            self.call();
        }
        wanted
    }

    fn push(&self, record: String) {
        let mut queue = lock(&self.queue);
        if queue.records.len() >= MAX_RECORDS {
            queue.dropped = queue.dropped.saturating_add(1);
            return;
        }
        queue.records.push(record);
        let first = queue.records.len() == 1;
        drop(queue);
        if first {
            self.call();
        }
    }

    /// Fails only while the environment shuts down.
    fn call(&self) {
        lock(&self.function).call((), ThreadsafeFunctionCallMode::NonBlocking);
    }
}

/// The sinks of all environments that want a record of this channel.
fn sinks_for(channel: usize) -> Vec<Arc<Sink>> {
    let sinks: Vec<_> = lock(&SINKS).iter().filter_map(Weak::upgrade).collect();
    let wants = |sink: &Arc<Sink>| sink.wants(channel);
    sinks.into_iter().filter(wants).collect()
}

fn seconds() -> u64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    FIRST.get_or_init(Instant::now).elapsed().as_secs()
}

/// Passes the core's log events on.
struct NodeLog;

impl Subscriber for NodeLog {
    /// Asked again for each event, because subscribers come and go.
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if LogRecord::is_ours(metadata) {
            Interest::sometimes()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        LogRecord::is_ours(metadata)
            && (is_for_stderr(metadata)
                || LogRecord::channel_index(metadata)
                    .is_some_and(|channel| !sinks_for(channel).is_empty()))
    }

    fn event(&self, event: &Event<'_>) {
        if is_for_stderr(event.metadata()) {
            drivebell_cli::log_to_stderr(event);
        }
        let Some(channel) = LogRecord::channel_index(event.metadata()) else {
            return;
        };
        let sinks = sinks_for(channel);
        if sinks.is_empty() {
            return;
        }
        let record = json!([channel, fields(LogRecord::of(event))]).to_string();
        for sink in sinks {
            sink.push(record.clone());
        }
    }

    // Spans are not enabled.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn is_for_stderr(metadata: &Metadata<'_>) -> bool {
    TO_STDERR.load(Relaxed) && drivebell_cli::is_logged(metadata)
}

/// The fields as JavaScript spells and counts them.
fn fields(record: LogRecord) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("level".into(), level(&record).into());
    fields.insert("message".into(), record.message.into());
    fields.insert(
        "time".into(),
        time::unix_milliseconds(record.created).into(),
    );
    for (name, value) in record.fields {
        let value = match value {
            LogValue::Text(text) => text.into(),
            LogValue::Integer(number) => number.into(),
            LogValue::Float(number) if LogRecord::DURATIONS.contains(&name) => {
                (number * 1000.0).into()
            }
            LogValue::Float(number) => number.into(),
            LogValue::Flag(flag) => flag.into(),
        };
        fields.insert(camel_case(name), value);
    }
    fields
}

fn level(record: &LogRecord) -> String {
    record.level.as_str().to_ascii_lowercase()
}
