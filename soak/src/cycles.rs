//! Opening and closing subscriptions again and again.

use drivebell::{Client, Resource};
use futures_util::future::try_join_all;

use crate::client::client;
use crate::heap::allocated;
use crate::report;

/// How many subscriptions are open at once.
const CONCURRENT: u32 = 20;

/// How much more may be allocated after the second half than after the first, in KiB. Idle
/// connections come and go; a leak of 50 bytes a cycle would exceed it.
const TOLERANCE: u64 = 200;

pub(crate) async fn run(base_url: &str, cycles: u32) -> Result<(), String> {
    let client = client(base_url)?;
    let half = cycles / 2;
    open_and_close(&client, half).await?;
    let first = allocated();
    open_and_close(&client, cycles - half).await?;
    let second = allocated();
    report(format_args!(
        "{cycles} cycles of opening and closing: {first} KiB allocated after half of them, {second} KiB after all"
    ));
    if second > first + TOLERANCE {
        return Err("opening and closing leaks memory".to_owned());
    }
    Ok(())
}

async fn open_and_close(client: &Client, cycles: u32) -> Result<(), String> {
    let lanes = (0..CONCURRENT).map(|lane| async move {
        for _ in (lane..cycles).step_by(CONCURRENT as usize) {
            let resource = Resource::my_drive();
            let subscription = client.subscribe(&resource).await;
            subscription
                .map_err(|error| error.to_string())?
                .close()
                .await;
        }
        Ok::<_, String>(())
    });
    try_join_all(lanes).await.map(drop)
}
