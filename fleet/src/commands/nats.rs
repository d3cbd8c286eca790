//! The connection of a command.

use async_nats::jetstream::kv::Store;

use crate::config::Config;
use crate::connect::{self, open_control, open_drives};
use crate::exit::{ExitCode, Failure};
use crate::nats::Connection;

/// Does not wait for a server.
pub(super) async fn connect(config: &Config) -> Result<Connection, Failure> {
    connect::connect(config, "drivebell-fleet", false).await
}

/// The bucket of drives.
pub(super) async fn drives(config: &Config) -> Result<Store, Failure> {
    open_drives(config, &connect(config).await?).await
}

/// The bucket of budgets and pauses.
pub(super) async fn control(config: &Config) -> Result<Store, Failure> {
    open_control(config, &connect(config).await?).await
}

/// For a request that was answered by an error, or not at all.
pub(super) fn failed(error: &dyn std::error::Error) -> Failure {
    Failure::new(
        ExitCode::Nats,
        format!("NATS failed: {error}; try again, and check its log if it goes on"),
    )
}
