//! Fills a mirror with drivebell, and with `INITIAL=created` reads a change for each item.

use std::env;
use std::error::Error;

use bench_report::{Enumeration, number};
use drivebell::{ChangesOptions, Client, Credential, Initial, MirrorOptions, Resource};
use drivebell_mirror::MirrorClient;
use futures_util::StreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let items = number("ITEMS", 0);
    let mut enumeration = Enumeration::start();

    // Setup:
    let credential = Credential::token(env::var("GRAPH_TOKEN")?)?;
    let client = Client::builder(credential)
        .base_url(env::var("GRAPH_URL")?)
        .build()?;
    let initial = match env::var("INITIAL")?.as_str() {
        "silent" => Initial::Silent,
        _ => Initial::Created,
    };
    let mut options = MirrorOptions::default();
    options.initial = Some(initial);
    let drive = Resource::my_drive();
    let changes = ChangesOptions::default();
    let mut mirror = client.mirror_with(&drive, env::var("FILE")?, &options, &changes)?;
    match initial {
        Initial::Created => {
            // The root is no change.
            let mut left = items - 1;
            let mut batches = mirror.batches();
            while left > 0 {
                let batch = batches.next().await.ok_or("the mirror has ended")??;
                for change in &batch {
                    let read = change.kind.as_str().len() + change.path.len();
                    enumeration.count(read as u64);
                }
                left -= batch.len() as u64;
            }
        }
        _ => mirror.ready().await?,
    }
    // End of setup.

    enumeration.keep(mirror.stats()?.rows);
    enumeration.done();
    mirror.close().await;
    Ok(())
}
