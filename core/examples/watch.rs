//! Watches a drive and prints a line for each of the first notifications: the demo's Rust part.
#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

use std::env;
use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use drivebell::{Client, Credential, Event, Lifecycle, Payload, Resource};
use futures_util::StreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut remaining: u32 = env::args().nth(1).ok_or("how many?")?.parse()?;
    let client = Client::builder(Credential::token(env::var("GRAPH_TOKEN")?)?)
        .base_url(env::var("GRAPH_URL")?)
        .build()?;
    let mut subscription = client.subscribe(&Resource::my_drive()).await?;
    while let Some(event) = subscription.next().await {
        match event? {
            Event::Lifecycle {
                change: Lifecycle::Connected,
                ..
            } => println!("connected"),
            Event::Notification(note) => {
                let handled_at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros();
                let id = note.payload().and_then(Payload::subscription_id);
                let id = id.unwrap_or("-");
                println!("{} {} {id} {handled_at}", note.kind(), note.resource());
                remaining -= 1;
                if remaining == 0 {
                    break;
                }
            }
            _ => {}
        }
    }
    subscription.close().await;
    Ok(())
}
