//! `drivebell changes`.

mod checkpoint_file;

use std::path::Path;
use std::time::Duration;

use drivebell::{ChangesOptions, Error, Since};
use futures_util::StreamExt;
use tokio::time::{MissedTickBehavior, interval};

use self::checkpoint_file::CheckpointFile;
use crate::arguments::{Changes, Common, From};
use crate::client;
use crate::commands::following::{Progress, Trouble};
use crate::exit::{End, ExitCode, Failure, Stop};
use crate::output::Output;

pub(crate) async fn run(
    common: &Common,
    options: &Changes,
    output: &Output,
    stop: &Stop,
) -> Result<(), End> {
    let (since, file) = starting_point(options)?;
    let client = client::build(common)?;
    let resource = client::find(&client, &options.resource, stop).await?;
    let mut changes_options = ChangesOptions::default();
    changes_options.page_size = options.page_size;
    let mut changes = client
        .changes_with(&resource, &since, &changes_options)
        .map_err(|error| invalid_checkpoint(error, file.as_ref()))?;

    let format = output.format(common.json);
    let mut progress = Progress::new();
    let mut trouble = Trouble::new();
    let mut events = changes.events();
    let mut tick = interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let result = loop {
        let batch = tokio::select! {
            biased;
            reason = stop.requested() => break Err(End::Stopped(reason)),
            _ = tick.tick() => {
                progress.draw();
                continue;
            }
            Some(event) = events.next() => {
                progress.clear();
                trouble.take(&resource, &event);
                continue;
            }
            batch = changes.next() => batch,
        };
        progress.clear();
        let batch = match batch {
            Some(Ok(batch)) => batch,
            Some(Err(error)) => break Err(error.into()),
            None => break Ok(()),
        };
        let text = format.batch(&resource, &batch);
        // The checkpoint is stored last, because it promises that the items before it are printed.
        if let Err(end) = output.write(text).await {
            break Err(end);
        }
        if let Some(file) = &file
            && let Err(failure) = file.replace(&batch.checkpoint).await
        {
            break Err(failure.into());
        }
        progress.advance(batch.items.len() as u64, batch.caught_up);
    };
    progress.clear();
    changes.close().await;
    result
}

/// Where to begin, and the file that keeps the checkpoint. Sends no request.
fn starting_point(options: &Changes) -> Result<(Since, Option<CheckpointFile>), Failure> {
    let fixed = match options.since.to_str() {
        Some("start") => Some(Since::Start),
        Some("now") => Some(Since::Now),
        _ => None,
    };
    if let Some(since) = fixed {
        if options.from.is_some() {
            return Err(Failure::new(
                ExitCode::Usage,
                "--from needs a FILE: it says where to begin if the FILE that --since names does \
                 not exist",
            ));
        }
        return Ok((since, None));
    }
    let (file, text) = CheckpointFile::open(&options.since)?;
    let since = match (text, options.from) {
        (Some(text), _) => Since::Checkpoint(text),
        (None, Some(From::Start)) => Since::Start,
        (None, Some(From::Now)) => Since::Now,
        (None, None) => return Err(missing_checkpoint(&options.since)),
    };
    Ok((since, Some(file)))
}

fn missing_checkpoint(file: &Path) -> Failure {
    Failure::new(
        ExitCode::Checkpoint,
        format!(
            "{} does not exist; say where to begin: --from start (all items, then the changes) or \
             --from now (only the changes)",
            file.display()
        ),
    )
}

fn invalid_checkpoint(error: Error, file: Option<&CheckpointFile>) -> Failure {
    let (Some("since"), Some(file)) = (error.argument(), file) else {
        return error.into();
    };
    let problem = error.problem().unwrap_or_default();
    Failure::new(
        ExitCode::Checkpoint,
        format!(
            "{} {problem}; the file is unchanged, and Graph was not called. Give another FILE, or move \
             this one away and begin again with --from start or --from now",
            file.display()
        ),
    )
}
