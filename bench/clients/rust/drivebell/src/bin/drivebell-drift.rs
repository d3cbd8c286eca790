//! Keeps a table of a drive with drivebell.

use std::env;
use std::error::Error;
use std::time::Duration;

use bench_report::{Table, event};
use drivebell::{ChangesOptions, Client, Credential, Item, Resource, Since};
use futures_util::StreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let table = Table::start();
    let scale: f64 = env::var("SCALE")?.parse()?;
    let scaled = |seconds: f64| Duration::from_secs_f64(seconds / scale);
    let mut options = ChangesOptions::default();
    options.quiet_time = scaled(0.3);
    options.max_delay = scaled(2.0);
    options.lag_delays = [3.0, 10.0, 30.0].map(scaled).to_vec();
    options.overlap = scaled(120.0);
    options.poll_interval = scaled(60.0);
    options.deaf_after = Some(scaled(300.0));
    let audit_interval = env::var("AUDIT_INTERVAL")?.parse()?;
    options.audit_interval = Some(Duration::from_secs_f64(audit_interval));
    let mut caught_up = false;

    // Setup:
    let credential = Credential::token(env::var("GRAPH_TOKEN")?)?;
    let client = Client::builder(credential)
        .base_url(env::var("GRAPH_URL")?)
        .retry_min(scaled(1.0))
        .retry_max(scaled(60.0))
        .renew_before(scaled(120.0))
        .build()?;
    let mut changes = client.changes_with(&Resource::my_drive(), &Since::Start, &options)?;
    while let Some(batch) = changes.next().await {
        let batch = batch?;
        let trigger = batch.trigger.as_str();
        let mark = batch.snapshot.as_deref().unwrap_or_default();
        for item in &batch.items {
            let Item::Drive(item) = item else {
                return Err("a drive holds drive items".into());
            };
            if item.is_deleted() {
                table.remove(item.id(), trigger);
                continue;
            }
            let parent = item.parent();
            let columns = [item.name(), parent.id.as_deref(), item.e_tag()];
            table.put(item.id(), columns, trigger, mark);
        }
        if batch.caught_up && !mark.is_empty() {
            table.sweep(mark, trigger);
        }
        // End of setup.
        if !caught_up {
            caught_up = batch.caught_up;
            event(if caught_up { "enumerated" } else { "begun" });
        } else if batch.caught_up && trigger == "audit" {
            event("audited");
        }
    }
    Err("the stream has ended".into())
}
