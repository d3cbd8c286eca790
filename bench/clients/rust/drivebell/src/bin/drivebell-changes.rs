//! Enumerates the drive with drivebell.

use std::env;
use std::error::Error;
use std::time::Duration;

use bench_report::{Enumeration, number};
use drivebell::{Client, Credential, Item, Resource, Since};
use futures_util::StreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let pause = Duration::from_millis(number("PAUSE_MS", 0));
    let mut enumeration = Enumeration::start();

    // Setup:
    let credential = Credential::token(env::var("GRAPH_TOKEN")?)?;
    let client = Client::builder(credential)
        .base_url(env::var("GRAPH_URL")?)
        .build()?;
    let mut changes = client.changes(&Resource::my_drive(), &Since::Start)?;
    while let Some(batch) = changes.next().await {
        let batch = batch?;
        for item in &batch.items {
            let Item::Drive(item) = item else {
                return Err("a drive holds drive items".into());
            };
            let (name, parent) = (item.name(), item.parent());
            enumeration.add(
                item.id(),
                name,
                item.size(),
                parent.id.as_deref(),
                item.modified_at(),
            );
        }
        if batch.caught_up {
            break;
        }
        // End of setup.
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }

    enumeration.done();
    Ok(())
}
