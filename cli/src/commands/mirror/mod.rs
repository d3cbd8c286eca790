//! `drivebell mirror`.

mod cloud_event;
mod delivery;
mod exec;
mod exec_input;
mod post;
mod retry;

use std::time::Duration;

use drivebell::ChangesOptions;
use drivebell_mirror::{Mirror, MirrorClient as _, MirrorOptions};
use futures_util::{FutureExt, StreamExt};
use tokio::time::{MissedTickBehavior, interval};

use self::delivery::Delivery;
use crate::arguments::{self, Common};
use crate::client;
use crate::commands::following::{Progress, Trouble};
use crate::exit::{End, Failure, Stop};
use crate::output::Output;

pub(crate) async fn run(
    common: &Common,
    options: &arguments::Mirror,
    output: &Output,
    stop: &Stop,
) -> Result<(), End> {
    let mirror_options = mirror_options(options)?;
    let mut changes_options = ChangesOptions::default();
    changes_options.page_size = options.page_size;
    let connection = client::connection(common)?;
    let resource = client::find(&connection.client, &options.resource, stop).await?;
    let delivery = Delivery::new(common, options, &resource, &connection.graph, output)?;
    let mut mirror = connection.client.mirror_with(
        &resource,
        &options.file,
        &mirror_options,
        &changes_options,
    )?;
    let mut progress = Progress::new();
    let result = follow(&mut mirror, &delivery, &mut progress, stop).await;
    progress.clear();
    mirror.close().await;
    result
}

/// Delivers one batch after the other.
async fn follow(
    mirror: &mut Mirror,
    delivery: &Delivery<'_>,
    progress: &mut Progress,
    stop: &Stop,
) -> Result<(), End> {
    let handle = mirror.handle();
    let mut trouble = Trouble::new();
    let mut events = mirror.events();
    let mut batches = mirror.batches();
    let mut tick = interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        let changes = tokio::select! {
            biased;
            reason = stop.requested() => {
                // To ask for more says that the last batch is done. What this brings is not.
                let _ = batches.next().now_or_never();
                return Err(End::Stopped(reason));
            }
            _ = tick.tick(), if progress.is_open() => {
                // A mirror that cannot be read says so by itself.
                if let Ok(stats) = handle.stats() {
                    progress.reach(stats.rows, stats.ready);
                }
                continue;
            }
            Some(event) = events.next() => {
                progress.clear();
                trouble.take(handle.resource(), &event);
                continue;
            }
            changes = batches.next() => changes,
        };
        progress.clear();
        match changes {
            Some(Ok(changes)) => delivery.deliver(&changes, stop).await?,
            Some(Err(error)) => return Err(error.into()),
            None => return Ok(()),
        }
    }
}

fn mirror_options(options: &arguments::Mirror) -> Result<MirrorOptions, Failure> {
    let mut mirror = MirrorOptions::default();
    mirror.under.clone_from(&options.under);
    mirror.include.clone_from(&options.include);
    mirror.exclude.clone_from(&options.exclude);
    mirror.kinds.clone_from(&options.kinds);
    mirror.files_only = options.files_only;
    mirror.expand = options.expand;
    mirror.initial = options.initial;
    mirror.keep_raw = options.keep_raw;
    if options.exec_format.unwrap_or_default() == arguments::ExecFormat::Paths {
        exec_input::choose_paths(&mut mirror)?;
    }
    Ok(mirror)
}
