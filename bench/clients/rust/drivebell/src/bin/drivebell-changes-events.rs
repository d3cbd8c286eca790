//! Follows changes with drivebell, and reports its events and its batches.

use std::env;
use std::time::Duration;

use bench_report::Report;
use drivebell::{ChangesOptions, Client, Credential, Error, Event, Resource, Since};
use futures_util::StreamExt;

#[tokio::main]
async fn main() {
    let report = Report::start();
    let end = run(report).await;
    report.event("ended", &format!("{end:?}"));
}

async fn run(report: &'static Report) -> Result<(), Error> {
    // Setup:
    let token = env::var("GRAPH_TOKEN").expect("GRAPH_TOKEN");
    let client = Client::builder(Credential::token(token)?)
        .base_url(env::var("GRAPH_URL").expect("GRAPH_URL"))
        .max_endpoint_age(Duration::from_secs(10))
        .build()?;
    let mut options = ChangesOptions::default();
    options.deaf_after = Some(Duration::from_secs(1));
    let mut changes = client.changes_with(&Resource::my_drive(), &Since::Now, &options)?;
    let mut events = changes.events();
    loop {
        tokio::select! {
            Some(Event::Lifecycle { change, .. }) = events.next() => {
                report.event(change.as_str(), &format!("{:?}", change.reason()));
            }
            batch = changes.next() => {
                let Some(batch) = batch else {
                    return Ok(());
                };
                if !batch?.items.is_empty() {
                    report.event("notification", "");
                }
            }
        }
    }
    // End of setup.
}
