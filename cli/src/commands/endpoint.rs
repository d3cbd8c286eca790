//! `drivebell endpoint`.

use crate::arguments::{Common, Endpoint};
use crate::client;
use crate::exit::{End, Stop};
use crate::output::{Output, json, text};

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
        text::endpoint(&endpoint, options.show_secret)
    } else {
        json::endpoint(&options.resource, &endpoint, options.show_secret)
    };
    output.write(text).await
}
