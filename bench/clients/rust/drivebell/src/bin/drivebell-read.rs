//! Enumerates the drive with drivebell, and reads all fields of each item (`READ=all`) or its JSON
//! object alone (`READ=raw`).

use std::env;
use std::error::Error;

use bench_report::Enumeration;
use drivebell::{Client, Credential, DriveItem, Item, Resource, Since};
use futures_util::StreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let read = match env::var("READ")?.as_str() {
        "all" => all_fields,
        _ => |item: &DriveItem| item.raw().len(),
    };
    let mut enumeration = Enumeration::start();
    let client = Client::builder(Credential::token(env::var("GRAPH_TOKEN")?)?)
        .base_url(env::var("GRAPH_URL")?)
        .build()?;
    let mut changes = client.changes(&Resource::my_drive(), &Since::Start)?;
    while let Some(batch) = changes.next().await {
        let batch = batch?;
        for item in &batch.items {
            let Item::Drive(item) = item else {
                return Err("a drive holds drive items".into());
            };
            enumeration.count(read(item) as u64);
        }
        if batch.caught_up {
            break;
        }
    }
    enumeration.done();
    Ok(())
}

/// How many fields an item has.
fn all_fields(item: &DriveItem) -> usize {
    let (parent, hashes) = (item.parent(), item.hashes());
    let found = [
        !item.id().is_empty(),
        item.is_deleted(),
        parent.id.is_some(),
        parent.drive_id.is_some(),
        item.name().is_some(),
        item.size().is_some(),
        item.is_file(),
        item.is_folder(),
        item.is_package(),
        item.is_root(),
        item.mime_type().is_some(),
        item.child_count().is_some(),
        hashes.quick_xor.is_some(),
        item.e_tag().is_some(),
        item.c_tag().is_some(),
        item.created_at().is_some(),
        item.modified_at().is_some(),
        item.created_by().is_some(),
        item.modified_by().is_some(),
        item.is_shared(),
        item.remote_item().is_some(),
        item.web_url().is_some(),
    ];
    found.into_iter().filter(|found| *found).count()
}
