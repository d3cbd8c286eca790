//! Follows a mirror, and reports when each change came; with `EXPAND=1` also the changes of what is in
//! a folder.

use std::env;
use std::error::Error;

use bench_report::{Sightings, event, number};
use drivebell::{ChangesOptions, Client, Credential, Initial, MirrorOptions, Resource};
use drivebell_mirror::MirrorClient;
use futures_util::StreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let expand = number("EXPAND", 0) == 1;
    let mut sightings = Sightings::default();
    let client = Client::builder(Credential::token(env::var("GRAPH_TOKEN")?)?)
        .base_url(env::var("GRAPH_URL")?)
        .build()?;
    let mut options = MirrorOptions::default();
    options.initial = Some(Initial::Silent);
    options.expand = expand;
    let drive = Resource::my_drive();
    let changes = ChangesOptions::default();
    let mut mirror = client.mirror_with(&drive, env::var("FILE")?, &options, &changes)?;
    mirror.ready().await?;
    event("ready");
    while let Some(change) = mirror.next().await {
        let change = change?;
        if change.inherited {
            sightings.inherited();
        } else {
            let inside = if expand { change.descendants } else { 0 };
            let kind = change.kind.as_str();
            sightings.change(kind, &change.path, change.descendants, inside);
        }
    }
    Ok(())
}
