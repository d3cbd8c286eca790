use std::time::Duration;

use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::kv::Store;
use async_nats::jetstream::stream::{
    Config, DiscardPolicy, RawMessageErrorKind, StorageType, Stream,
};
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{HeaderMap, header};

use super::error::chain;
use super::{Connection, Fleet, NatsError, NatsErrorKind, Settings, check};

/// How the buckets and the stream are made, where they do not exist yet. What exists stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamOptions {
    /// How many servers keep each bucket.
    pub bucket_replicas: u8,
    /// How many servers keep the stream of changes.
    pub replicas: u8,
    /// Where they are kept.
    pub storage: Storage,
    /// The most bytes of the stream of changes. `None`: no limit.
    pub max_bytes: Option<u64>,
    /// How long the stream keeps a change. `None`: for ever.
    pub max_age: Option<Duration>,
    /// What happens when the stream is full.
    pub discard: Discard,
    /// For how long the server drops a change that is published again.
    pub duplicate_window: Duration,
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self {
            bucket_replicas: 1,
            replicas: 1,
            storage: Storage::File,
            max_bytes: None,
            max_age: None,
            discard: Discard::New,
            duplicate_window: Duration::from_secs(10 * 60),
        }
    }
}

/// Where a server keeps a bucket or a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// In files.
    File,
    /// In memory: lost when all servers of it have ended.
    Memory,
}

/// What a full stream of changes does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discard {
    /// It refuses changes, and the workers wait: nothing is lost.
    New,
    /// It drops the oldest changes.
    Old,
}

impl Discard {
    /// As the configuration writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Old => "old",
        }
    }
}

/// What a fleet keeps on NATS.
#[derive(Debug, Clone)]
pub struct Buckets {
    /// Its names.
    pub fleet: Fleet,
    /// What its workers agree on.
    pub settings: Settings,
    /// The drives to follow. The users' to write.
    pub drives: Store,
    /// Budgets and pauses.
    pub control: Store,
    pub(crate) leases: Store,
    pub(crate) checkpoints: Store,
    /// The changes, and the fences.
    pub changes: Stream,
}

impl Buckets {
    /// Opens the buckets and the stream of a fleet, and makes those that do not exist.
    pub async fn open(
        connection: &Connection,
        fleet: &Fleet,
        settings: &Settings,
        options: &StreamOptions,
    ) -> Result<Self, NatsError> {
        let jetstream = connection.jetstream();
        let bucket =
            async |name: String, keeps| open_bucket(jetstream, &name, keeps, options).await;
        let leases = bucket(fleet.leases_bucket(), true).await?;
        // Before anything else is made for a fleet of other settings.
        agree(jetstream, &leases, settings).await?;
        let checkpoints = bucket(fleet.checkpoints_bucket(), true).await?;
        agree(jetstream, &checkpoints, settings).await?;
        let drives = Self::open_drives(connection, fleet, options).await?;
        let control = Self::open_control(connection, fleet, options).await?;
        let changes = open_stream(jetstream, changes_config(fleet, options)).await?;
        check::changes(&changes.cached_info().config, &fleet.subjects())?;
        Ok(Self {
            fleet: fleet.clone(),
            settings: settings.clone(),
            drives,
            control,
            leases,
            checkpoints,
            changes,
        })
    }

    /// Opens only the bucket of drives, and makes it if it does not exist. It has no settings that
    /// workers agree on, so a command cannot decide about them.
    pub async fn open_drives(
        connection: &Connection,
        fleet: &Fleet,
        options: &StreamOptions,
    ) -> Result<Store, NatsError> {
        open_bucket(
            connection.jetstream(),
            &fleet.drives_bucket(),
            true,
            options,
        )
        .await
    }

    /// Opens only the bucket of budgets and pauses, and makes it if it does not exist.
    pub async fn open_control(
        connection: &Connection,
        fleet: &Fleet,
        options: &StreamOptions,
    ) -> Result<Store, NatsError> {
        open_bucket(
            connection.jetstream(),
            &fleet.control_bucket(),
            false,
            options,
        )
        .await
    }
}

async fn open_bucket(
    jetstream: &jetstream::Context,
    name: &str,
    keeps: bool,
    options: &StreamOptions,
) -> Result<Store, NatsError> {
    let stream = open_stream(jetstream, bucket_config(name, options)).await?;
    check::bucket(&stream.cached_info().config, name, keeps)?;
    jetstream.get_key_value(name).await.map_err(|error| {
        let text = chain(&error);
        request(format!("the bucket {name} cannot be opened: {text}")).with_source(error)
    })
}

fn bucket_config(name: &str, options: &StreamOptions) -> Config {
    Config {
        name: format!("KV_{name}"),
        subjects: vec![format!("$KV.{name}.>")],
        max_messages_per_subject: 1,
        max_bytes: -1,
        max_messages: -1,
        discard: DiscardPolicy::New,
        allow_rollup: true,
        deny_delete: true,
        allow_direct: true,
        // Marks of what was deleted go away by themselves.
        allow_message_ttl: true,
        storage: options.storage.into(),
        num_replicas: usize::from(options.bucket_replicas),
        ..Config::default()
    }
}

fn changes_config(fleet: &Fleet, options: &StreamOptions) -> Config {
    let limit = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    let max_age = options.max_age.unwrap_or_default();
    let window = options.duplicate_window;
    Config {
        name: fleet.changes_stream(),
        subjects: fleet.subjects().to_vec(),
        max_bytes: options.max_bytes.map_or(-1, limit),
        max_messages: -1,
        max_messages_per_subject: -1,
        max_age,
        discard: match options.discard {
            Discard::New => DiscardPolicy::New,
            Discard::Old => DiscardPolicy::Old,
        },
        duplicate_window: if max_age.is_zero() {
            window
        } else {
            window.min(max_age)
        },
        allow_direct: true,
        storage: options.storage.into(),
        num_replicas: usize::from(options.replicas),
        ..Config::default()
    }
}

impl From<Storage> for StorageType {
    fn from(storage: Storage) -> Self {
        match storage {
            Storage::File => Self::File,
            Storage::Memory => Self::Memory,
        }
    }
}

/// The stream as it is, or a new one.
async fn open_stream(jetstream: &jetstream::Context, config: Config) -> Result<Stream, NatsError> {
    let name = config.name.clone();
    for _ in 0..2 {
        match jetstream.get_stream(&name).await {
            Ok(stream) => return Ok(stream),
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(error)
                    if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {}
                _ => {
                    let text = chain(&error);
                    return Err(request(format!("the stream {name} cannot be read: {text}"))
                        .with_source(error));
                }
            },
        }
        match jetstream.create_stream(config.clone()).await {
            Ok(stream) => return Ok(stream),
            Err(error) => match error.kind() {
                // Another worker was faster.
                CreateStreamErrorKind::JetStream(error)
                    if error.error_code() == ErrorCode::STREAM_NAME_EXIST => {}
                CreateStreamErrorKind::JetStream(_) => {
                    let text = chain(&error);
                    return Err(NatsError::new(
                        NatsErrorKind::Mismatch,
                        format!(
                            "the server does not make the stream {name}: {text}; change the options of \
                             the stream, or the limits of the account"
                        ),
                    )
                    .with_source(error));
                }
                _ => {
                    let text = chain(&error);
                    return Err(request(format!("the stream {name} cannot be made: {text}"))
                        .with_source(error));
                }
            },
        }
    }
    Err(request(format!(
        "the stream {name} is made and deleted by others at the same time: try again"
    )))
}

/// Reads the settings of a bucket, or writes them if there are none.
async fn agree(
    jetstream: &jetstream::Context,
    bucket: &Store,
    settings: &Settings,
) -> Result<(), NatsError> {
    let name = &bucket.name;
    let subject = format!("{}{}", bucket.prefix, Settings::KEY);
    let cannot = |what: &str, error: &(dyn std::error::Error + 'static)| {
        request(format!(
            "the settings of the bucket {name} cannot be {what}: {}",
            chain(error)
        ))
    };
    loop {
        // Asks the leader: a replica might not have them yet.
        let stored = bucket
            .stream
            .raw_message_builder()
            .last_by_subject(&subject);
        match stored.send().await {
            Ok(message) if !message.payload.is_empty() => {
                return settings.check(name, &message.payload);
            }
            Ok(_) => {
                return Err(NatsError::new(
                    NatsErrorKind::Mismatch,
                    format!(
                        "the settings of the bucket {name} were deleted: delete the bucket too, or \
                         choose another name for the fleet"
                    ),
                ));
            }
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => {}
            Err(error) => return Err(cannot("read", &error).with_source(error)),
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, "0");
        let record = settings.to_json().into();
        let sent = jetstream.publish_with_headers(subject.clone(), headers, record);
        let written = match sent.await {
            Ok(ack) => ack.await.map(drop),
            Err(error) => Err(error),
        };
        match written {
            Ok(()) => return Ok(()),
            Err(error) if super::records::is_wrong_sequence(&error) => {}
            Err(error) => return Err(cannot("written", &error).with_source(error)),
        }
    }
}

fn request(message: String) -> NatsError {
    NatsError::new(NatsErrorKind::Request, message)
}
