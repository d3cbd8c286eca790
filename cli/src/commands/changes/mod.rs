//! `drivebell changes`.

mod checkpoint_file;
mod progress;

use std::path::Path;
use std::time::Duration;

use drivebell::{ChangesOptions, Error, Since};
use futures_util::StreamExt;
use tokio::time::{MissedTickBehavior, interval};

use self::checkpoint_file::CheckpointFile;
use self::progress::Progress;
use crate::arguments::{Changes, Common, From};
use crate::client;
use crate::exit::{self, End, Failure, Stop, code};
use crate::output::style::Style;
use crate::output::{Output, json, text};

pub(crate) async fn run(
    common: &Common,
    options: &Changes,
    output: &Output,
    stop: &Stop,
) -> Result<(), End> {
    let (since, file) = beginning(options)?;
    let client = client::build(common)?;
    let mut how = ChangesOptions::default();
    how.page_size = options.page_size;
    let mut changes = client
        .changes_with(&options.resource, &since, &how)
        .map_err(|error| unusable(error, file.as_ref()))?;

    let for_people = output.for_people && !common.json;
    let style = Style::of(output.for_people);
    let mut progress = Progress::new();
    let mut tick = interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let end = loop {
        let batch = tokio::select! {
            biased;
            reason = stop.requested() => break Err(End::Stopped(reason)),
            _ = tick.tick() => {
                progress.draw();
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
        let text = if for_people {
            text::batch(style, &batch)
        } else {
            json::batch(&options.resource, &batch)
        };
        // The checkpoint says that the items before it are with whoever reads them.
        if let Err(end) = output.write(text).await {
            break Err(end);
        }
        if let Some(file) = &file
            && let Err(failure) = file.replace(&batch.checkpoint).await
        {
            break Err(failure.into());
        }
        progress.advance(&batch);
    };
    progress.clear();
    changes.close().await;
    end
}

/// Where to begin, and the file that keeps it. Nothing has been asked by then.
fn beginning(options: &Changes) -> Result<(Since, Option<CheckpointFile>), Failure> {
    let fixed = match options.since.to_str() {
        Some("start") => Some(Since::Start),
        Some("now") => Some(Since::Now),
        _ => None,
    };
    if let Some(since) = fixed {
        if options.from.is_some() {
            return Err(Failure::new(
                code::USAGE,
                "--from says where a FILE begins that is not there yet, and --since names none",
            ));
        }
        return Ok((since, None));
    }
    let (file, text) = CheckpointFile::open(&options.since)?;
    let since = match (text, options.from) {
        (Some(text), _) => Since::Checkpoint(text),
        (None, Some(From::Start)) => Since::Start,
        (None, Some(From::Now)) => Since::Now,
        (None, None) => return Err(no_checkpoint(&options.since)),
    };
    Ok((since, Some(file)))
}

fn no_checkpoint(file: &Path) -> Failure {
    Failure::new(
        code::CHECKPOINT,
        format!(
            "{} is not there, and so there is no checkpoint to go on from; say where to begin, by \
             --from start (everything, then what changes) or --from now (what changes)",
            file.display()
        ),
    )
}

fn unusable(error: Error, file: Option<&CheckpointFile>) -> Failure {
    let (Some("since"), Some(file)) = (error.argument(), file) else {
        return error.into();
    };
    let problem = exit::explain(&error);
    let problem = problem.strip_prefix("--since: ").unwrap_or(&problem);
    Failure::new(
        code::CHECKPOINT,
        format!(
            "{} {problem}. Nothing was asked, and the file is as it was; give another FILE, or move \
             this one away and begin anew with --from start or --from now",
            file.name()
        ),
    )
}
