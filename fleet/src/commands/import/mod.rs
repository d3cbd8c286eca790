//! `drivebell-fleet import`.

mod lines;

use std::io::{self, Write as _};
use std::path::Path;

use async_nats::jetstream::kv::Store;
use drivebell::visible;
use futures_util::{StreamExt, stream};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use self::lines::{BadLine, Drive, Lines};
use super::nats;
use crate::arguments::Import;
use crate::config::Config;
use crate::exit::{End, ExitCode, Failure};
use crate::output::{Format, Output, json_line};

/// So many drives are on their way to NATS at once: an answer takes a moment, and NATS takes many
/// thousands a second.
const IN_FLIGHT: usize = 512;

/// So many bad lines are shown. A file of another kind has nothing else.
const MAX_SHOWN: u64 = 100;

pub(crate) async fn run(config: &Config, options: &Import, output: Output) -> Result<(), End> {
    let lines = Lines::open(&options.file)?;
    let drives = nats::drives(config).await?;
    let (sender, receiver) = mpsc::channel(IN_FLIGHT);
    let reading = spawn_blocking(move || {
        for line in lines {
            // The other side has failed.
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    let imported = import(receiver, &drives, &options.file).await;
    // A file that never ends is not waited for.
    if imported.is_ok() {
        let _ = reading.await;
    }
    let Counts { imported, bad } = imported?;
    let text = match output.format() {
        Format::Text if bad == 0 => format!("imported {}\n", drives_of(imported)),
        Format::Text => format!("imported {}; {bad} lines failed\n", drives_of(imported)),
        Format::Json => json_line(&json!({"type": "imported", "drives": imported, "failed": bad})),
    };
    output.write(text).await?;
    match bad {
        0 => Ok(()),
        _ => Err(End::Reported(ExitCode::Partly)),
    }
}

fn drives_of(count: u64) -> String {
    match count {
        1 => "1 drive".to_owned(),
        count => format!("{count} drives"),
    }
}

struct Counts {
    imported: u64,
    bad: u64,
}

async fn import(
    lines: mpsc::Receiver<Result<Drive, BadLine>>,
    drives: &Store,
    file: &Path,
) -> Result<Counts, Failure> {
    let mut counts = Counts {
        imported: 0,
        bad: 0,
    };
    let lines = stream::unfold(lines, async |mut lines| Some((lines.recv().await?, lines)));
    let mut done = std::pin::pin!(
        lines
            .map(async |line| match line {
                Ok(drive) => match drives.put(&drive.key, drive.json.into()).await {
                    Ok(_) => Ok(Ok(())),
                    Err(error) => Err((drive.line, error)),
                },
                Err(bad) => Ok(Err(bad)),
            })
            .buffer_unordered(IN_FLIGHT)
    );
    while let Some(line) = done.next().await {
        match line {
            Ok(Ok(())) => counts.imported += 1,
            Ok(Err(bad)) => {
                counts.bad += 1;
                report(file, &bad, counts.bad);
            }
            Err((line, error)) => {
                return Err(Failure::new(
                    ExitCode::Nats,
                    format!(
                        "NATS failed at line {line}, after {} lines were imported: {error}; import the \
                         file again: a drive that is there already only gets the same values",
                        counts.imported
                    ),
                ));
            }
        }
    }
    Ok(counts)
}

fn report(file: &Path, bad: &BadLine, count: u64) {
    let _ = match count {
        ..=MAX_SHOWN => writeln!(
            io::stderr(),
            "drivebell-fleet: {}:{}: {}",
            visible(&file.display().to_string()),
            bad.line,
            visible(&bad.problem)
        ),
        count if count == MAX_SHOWN + 1 => writeln!(
            io::stderr(),
            "drivebell-fleet: more lines failed, which are only counted"
        ),
        _ => Ok(()),
    };
}
