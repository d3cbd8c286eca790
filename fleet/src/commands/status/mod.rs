//! `drivebell-fleet status`.

mod json;
mod text;

use super::nats;
use crate::arguments::Status;
use crate::config::Config;
use crate::exit::{End, ExitCode, Failure};
use crate::output::{Format, Output};
use crate::status::gather;

pub(crate) async fn run(config: &Config, options: &Status, output: Output) -> Result<(), End> {
    let connection = nats::connect(config).await?;
    let client = connection.client();
    let status = gather(client, &config.name, options.drives, options.wait).await;
    let status = status.map_err(|error| nats::failed(&*error))?;
    if status.workers.is_empty() {
        return Err(Failure::new(
            ExitCode::Missing,
            format!(
                "no worker of the fleet {:?} has answered: start one with `drivebell-fleet run`, or name \
                 another fleet with --name",
                config.name
            ),
        )
        .into());
    }
    output
        .write(match output.format() {
            Format::Text => text::text(&status, options.drives),
            Format::Json => json::lines(&status),
        })
        .await
}
