//! Subscriptions that are opened and closed, again and again.

use drivebell::{Client, Resource};
use futures_util::future::try_join_all;

use crate::process::memory;
use crate::report;
use crate::run::client;

/// So many at once.
const AT_ONCE: u32 = 20;

/// How much more memory the second half may leave than the first, in KiB: what an allocator keeps
/// for later is not more than this, and a leak of 100 bytes a cycle is.
const SLACK: u64 = 512;

pub(crate) async fn run(base_url: &str, cycles: u32) -> Result<(), String> {
    let client = client(base_url)?;
    let half = cycles / 2;
    open_and_close(&client, half).await?;
    let first = memory();
    open_and_close(&client, cycles - half).await?;
    let second = memory();
    report(format_args!(
        "{cycles} cycles of opening and closing: {first} KiB after half of them, {second} KiB after all"
    ));
    if second > first + SLACK {
        return Err("opening and closing leaks memory".to_owned());
    }
    Ok(())
}

async fn open_and_close(client: &Client, cycles: u32) -> Result<(), String> {
    let lanes = (0..AT_ONCE).map(|lane| async move {
        for _ in (lane..cycles).step_by(AT_ONCE as usize) {
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
