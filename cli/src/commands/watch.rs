//! `drivebell watch`.

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::SelectAll;

use crate::arguments::{Common, Watch};
use crate::client;
use crate::exit::{self, End, Failure, Stop};
use crate::output::Output;

/// The most events that are written with one call.
const MAX_EVENTS_PER_WRITE: usize = 256;

pub(crate) async fn run(
    common: &Common,
    options: &Watch,
    output: &Output,
    stop: &Stop,
) -> Result<(), End> {
    let client = client::build(common)?;
    let mut resources = Vec::new();
    for target in &options.resources {
        resources.push(client::find(&client, target, stop).await?);
    }
    resources.sort_by_key(ToString::to_string);
    resources.dedup();
    let mut events = SelectAll::new();
    for resource in resources {
        let subscription = client.subscribe_without_waiting(&resource);
        events.push(subscription.map(move |event| (resource.clone(), event)));
    }
    let mut events = events.ready_chunks(MAX_EVENTS_PER_WRITE);
    let format = output.format(common.json);
    let mut first_failure = None;
    let result = loop {
        let events = tokio::select! {
            biased;
            reason = stop.requested() => break Err(End::Stopped(reason)),
            events = events.next() => events,
        };
        let Some(events) = events else {
            break Ok(());
        };
        let mut text = String::new();
        for (resource, event) in events {
            match event {
                Ok(event) => text.push_str(&format.event(&resource, &event)),
                Err(error) => {
                    let message = format!("{resource}: {}", exit::explain(&error));
                    let code = Failure::new(exit::code_of(&error), message).report();
                    first_failure.get_or_insert(code);
                    text.push_str(&format.subscription_error(&resource, &error));
                }
            }
        }
        if let Err(end) = output.write(text).await {
            break Err(end);
        }
    };
    let subscriptions = events.get_ref().iter();
    join_all(subscriptions.map(|events| events.get_ref().close())).await;
    result?;
    first_failure.map_or(Ok(()), |code| Err(End::Reported(code)))
}
