//! Enumerates the drive with drivebell, from Rust.

use std::env;
use std::error::Error;
use std::fs;
use std::time::{Duration, Instant, UNIX_EPOCH};

use drivebell::{Client, Credential, Item, Resource, Since};
use futures_util::StreamExt;
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let pause = Duration::from_millis(env::var("PAUSE_MS").map_or(Ok(0), |text| text.parse())?);
    let (began, cpu) = (Instant::now(), cpu()?);
    let (mut items, mut checksum) = (0_u64, 0_u64);

    // Setup
    let credential = Credential::token(env::var("GRAPH_TOKEN")?)?;
    let client = Client::builder(credential)
        .base_url(env::var("GRAPH_URL")?)
        .build()?;
    let mut changes = client.changes(&Resource::my_drive(), &Since::Start)?;
    while let Some(batch) = changes.next().await {
        let batch = batch?;
        for item in &batch.items {
            items += 1;
            checksum += read(item)?;
        }
        if batch.caught_up {
            break;
        }
        // End of setup
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }

    let told = json!({
        "items": items,
        "checksum": checksum,
        "seconds": began.elapsed().as_secs_f64(),
        "cpu_seconds": self::cpu()? - cpu,
        "peak_kb": peak_kb()?,
    });
    println!("{told}");
    Ok(())
}

/// The five fields, in one number.
fn read(item: &Item) -> Result<u64, Box<dyn Error>> {
    let Item::Drive(item) = item else {
        return Err("a drive holds drive items".into());
    };
    let texts = [item.name(), item.parent().id.as_deref()];
    let length: usize = texts.into_iter().flatten().map(str::len).sum();
    let modified = item.modified_at().ok_or("it was never modified")?;
    Ok((item.id().len() + length) as u64
        + item.size().unwrap_or_default()
        + modified.duration_since(UNIX_EPOCH)?.as_secs())
}

/// Of the whole process, in seconds.
fn cpu() -> Result<f64, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit_once(')').ok_or("no name")?.1;
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse::<u64>)
        .sum::<Result<_, _>>()?;
    Ok(ticks as f64 / 100.0)
}

fn peak_kb() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("no VmHWM")?.parse()?)
}
