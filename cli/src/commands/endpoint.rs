//! `drivebell endpoint`.

use crate::arguments::{Common, Endpoint};
use crate::client;
use crate::exit::{End, Stop};
use crate::output::Output;

pub(crate) async fn run(
    common: &Common,
    options: &Endpoint,
    output: &Output,
    stop: &Stop,
) -> Result<(), End> {
    let client = client::build(common)?;
    let resource = client::find(&client, &options.resource, stop).await?;
    let endpoint = tokio::select! {
        biased;
        reason = stop.requested() => return Err(End::Stopped(reason)),
        endpoint = client.endpoint(&resource) => endpoint?,
    };
    let format = output.format(common.json);
    let text = format.endpoint(&resource, &endpoint, options.show_secret);
    output.write(text).await
}
