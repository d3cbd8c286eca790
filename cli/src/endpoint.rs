//! `drivebell endpoint`.

use crate::arguments::{Common, Endpoint};
use crate::exit::End;
use crate::output::Output;
use crate::stop::Stop;
use crate::{client, json, lines};

pub(crate) async fn run(
    common: &Common,
    options: &Endpoint,
    output: &Output,
    stop: &Stop,
) -> Result<(), End> {
    let client = client::build(common)?;
    let endpoint = tokio::select! {
        biased;
        reason = stop.requested() => return Err(End::Stopped(reason)),
        endpoint = client.endpoint(&options.resource) => endpoint?,
    };
    let text = if output.for_people && !common.json {
        lines::endpoint(&endpoint, options.show_secret)
    } else {
        json::endpoint(&options.resource, &endpoint, options.show_secret)
    };
    output.write(text).await
}
