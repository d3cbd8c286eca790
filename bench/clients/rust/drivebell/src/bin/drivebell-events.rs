//! Subscribes with drivebell and reports its events.

use std::env;

use bench_report::{Report, sessions};
use drivebell::{Client, Credential, Error, Event, NotificationKind, Resource};
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
    let mut builder = Client::builder(Credential::token(token)?)
        .base_url(env::var("GRAPH_URL").expect("GRAPH_URL"));
    if let Ok(ca_bundle) = env::var("CA_BUNDLE") {
        builder = builder.ca_bundle(ca_bundle);
    }
    if !report.each() {
        // Totals: nothing may be merged, or wait for the limit of endpoint calls.
        builder = builder
            .mailbox_capacity(1 << 30)
            .max_endpoint_calls_per_second(u32::MAX);
    }
    let client = builder.build()?;
    // End of setup.
    let mut tasks = Vec::new();
    for session in 0..sessions() {
        let resource = match session {
            0 => Resource::my_drive(),
            _ => Resource::drive(&format!("b!{session}"))?,
        };
        let client = client.clone();
        tasks.push(tokio::spawn(async move {
            watch(client, resource, report).await
        }));
    }
    for task in tasks {
        task.await.expect("no panic")?;
    }
    Ok(())
}

// Setup:
async fn watch(client: Client, resource: Resource, report: &Report) -> Result<(), Error> {
    let mut subscription = client.subscribe(&resource).await?;
    while let Some(event) = subscription.next().await {
        match event? {
            Event::Notification(note) if note.kind() == NotificationKind::Resync => {
                report.event("resync", "");
            }
            Event::Notification(note) => report.notification(|| match note.payload() {
                Some(payload) if note.coalesced() == 0 => {
                    let (id, list) = (payload.subscription_id(), payload.list_id());
                    report.read(id, list, payload.subscription_expires_at());
                }
                _ => report.event("coalesced", ""),
            }),
            Event::Lifecycle { change, .. } => {
                report.event(change.as_str(), &format!("{change:?}"));
            }
            _ => {}
        }
    }
    Ok(())
}
// End of setup.
