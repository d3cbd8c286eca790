//! Finds the paths of items in a mirror.

use std::env;
use std::error::Error;

use bench_report::time_paths;
use drivebell::{Client, Credential, Resource};
use drivebell_mirror::MirrorClient;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::builder(Credential::token(env::var("GRAPH_TOKEN")?)?)
        .base_url(env::var("GRAPH_URL")?)
        .build()?;
    let mirror = client.mirror(&Resource::my_drive(), env::var("FILE")?)?;
    time_paths(|id| mirror.path(id).ok().flatten());
    mirror.close().await;
    Ok(())
}
