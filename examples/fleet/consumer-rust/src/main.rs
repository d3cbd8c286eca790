//! Keeps a table of the items in all drives of a fleet true, in SQLite:
//!
//! ```sh
//! NATS_URL=nats://127.0.0.1:4222 cargo run -- items.db
//! ```
//!
//! It can be stopped or killed at any time, and goes on from there when it is started again.

use std::env;
use std::error::Error;
use std::time::Duration;

use async_nats::ConnectOptions;
use async_nats::jetstream::{self, consumer::pull};
use futures_util::StreamExt;
use rusqlite::{Connection, params};
use serde_json::Value;

const STREAM: &str = "drivebell-changes";
const SUBJECT: &str = "drivebell.changes.>";
const CONSUMER: &str = "table";
/// Message ids. A fleet repeats an event within minutes, if at all.
const REMEMBERED: i64 = 100_000;

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS items (
        drive TEXT, id TEXT, name TEXT, parent TEXT, size INTEGER, snapshot TEXT,
        PRIMARY KEY (drive, id)
    );
    CREATE TABLE IF NOT EXISTS seen (number INTEGER PRIMARY KEY, id TEXT UNIQUE);
";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let file = env::args()
        .nth(1)
        .ok_or("missing argument: the FILE that keeps the table")?;
    let mut table = Connection::open(file)?;
    table.execute_batch(SCHEMA)?;
    let url = env::var("NATS_URL").unwrap_or_else(|_| "nats://127.0.0.1:4222".to_owned());
    let client = ConnectOptions::new()
        .retry_on_initial_connect()
        .connect(url)
        .await?;
    let stream = jetstream::new(client).get_stream(STREAM).await?;
    // With one message at a time the order is kept, whatever has to be delivered again. For more
    // speed, give each of several consumers drives of its own: order matters within a drive only.
    let config = pull::Config {
        durable_name: Some(CONSUMER.to_owned()),
        filter_subject: SUBJECT.to_owned(),
        max_ack_pending: 1,
        ack_wait: Duration::from_secs(5),
        ..Default::default()
    };
    let consumer = stream.get_or_create_consumer(CONSUMER, config).await?;
    let mut messages = consumer.messages().await?;
    while let Some(message) = messages.next().await {
        let message = match message {
            Ok(message) => message,
            Err(error) => {
                // NATS is away, and comes back.
                eprintln!("{error}");
                continue;
            }
        };
        apply(&mut table, &serde_json::from_slice(&message.payload)?)?;
        // After the transaction: if it is killed in between, the event comes again.
        message.ack().await?;
        if message.info()?.pending == 0 {
            println!("up to date");
        }
    }
    Ok(())
}

/// One event in one transaction, once.
fn apply(table: &mut Connection, event: &Value) -> rusqlite::Result<()> {
    let transaction = table.transaction()?;
    // A repeat has the id of the first.
    let id = event["id"].as_str();
    if transaction.execute("INSERT OR IGNORE INTO seen (id) VALUES (?)", [id])? == 1 {
        let last = transaction.last_insert_rowid();
        transaction.execute("DELETE FROM seen WHERE number <= ?", [last - REMEMBERED])?;
        let data = &event["data"];
        let (drive, snapshot) = (data["drive"].as_str(), data["snapshot"].as_str());
        let item = &data["item"];
        let id = event["subject"].as_str();
        match event["type"].as_str() {
            Some("io.github.drivebell.item.changed") => {
                let (name, size) = (item["name"].as_str(), item["size"].as_i64());
                let parent = item["parentReference"]["id"].as_str();
                // Mark: the row was delivered by this snapshot. An item that is too large for a
                // message comes without its JSON: ask Graph for it.
                let row = params![drive, id, name, parent, size, snapshot];
                transaction.execute("REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?)", row)?;
            }
            Some("io.github.drivebell.item.deleted") => {
                transaction.execute("DELETE FROM items WHERE drive = ? AND id = ?", [drive, id])?;
            }
            // Sweep: what an enumeration did not deliver is gone. Snapshots sort as strings.
            Some("io.github.drivebell.snapshot.completed") => {
                let older = "DELETE FROM items WHERE drive = ? AND coalesce(snapshot, '') < ?";
                transaction.execute(older, [drive, snapshot])?;
            }
            _ => {}
        }
    }
    transaction.commit()
}
