//! From the configuration to NATS.

use async_nats::jetstream::kv::Store;

use crate::config::Config;
use crate::exit::{ExitCode, Failure};
use crate::nats::{
    Buckets, Connection, Fleet, NatsError, NatsErrorKind, NatsOptions, Settings, StreamOptions,
};

/// Connects as the configuration says.
pub(crate) async fn connect(
    config: &Config,
    name: &str,
    wait_for_server: bool,
) -> Result<Connection, Failure> {
    let nats = &config.nats;
    let options = NatsOptions {
        servers: nats.servers.iter().map(server).collect(),
        name: name.to_owned(),
        login: nats.login.clone(),
        tls: nats.tls.clone(),
        connect_timeout: nats.connect_timeout,
        request_timeout: nats.request_timeout,
        wait_for_server,
    };
    Connection::open(&options).await.map_err(failure)
}

/// Opens what the fleet keeps on NATS, and makes what does not exist.
pub(crate) async fn open(config: &Config, connection: &Connection) -> Result<Buckets, Failure> {
    let fleet = fleet(config)?;
    let settings = Settings::new(config.partitions);
    let opened = Buckets::open(connection, &fleet, &settings, &stream_options(config)).await;
    opened.map_err(failure)
}

/// Opens only the bucket of drives, which may be there before any worker.
pub(crate) async fn open_drives(
    config: &Config,
    connection: &Connection,
) -> Result<Store, Failure> {
    let opened = Buckets::open_drives(connection, &fleet(config)?, &stream_options(config)).await;
    opened.map_err(failure)
}

/// Opens only the bucket of budgets and pauses.
pub(crate) async fn open_control(
    config: &Config,
    connection: &Connection,
) -> Result<Store, Failure> {
    let opened = Buckets::open_control(connection, &fleet(config)?, &stream_options(config)).await;
    opened.map_err(failure)
}

fn fleet(config: &Config) -> Result<Fleet, Failure> {
    Fleet::new(&config.name).map_err(failure)
}

fn stream_options(config: &Config) -> StreamOptions {
    let stream = &config.stream;
    StreamOptions {
        bucket_replicas: config.nats.replicas,
        replicas: stream.replicas.unwrap_or(config.nats.replicas),
        max_bytes: stream.max_bytes,
        max_age: stream.max_age,
        discard: stream.discard,
        duplicate_window: stream.duplicate_window,
        ..StreamOptions::default()
    }
}

fn server(address: &async_nats::ServerAddr) -> String {
    address.clone().into_inner().to_string()
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failure(error: NatsError) -> Failure {
    let code = match error.kind() {
        NatsErrorKind::Mismatch => ExitCode::Settings,
        NatsErrorKind::Options => ExitCode::Config,
        _ => ExitCode::Nats,
    };
    Failure::new(code, error.to_string())
}
