//! `--exec`: a command for each batch.

use std::io;
use std::pin::pin;
use std::process::Stdio;
use std::time::Duration;

use drivebell_mirror::Change;
use tokio::io::AsyncWriteExt;
use tokio::process::ChildStdin;

use super::exec_input;
use super::retry::{Failed, until_done};
use crate::arguments::{ExecFormat, Mirror};
use crate::exit::{End, Stop};
use crate::shell::{ProcessGroup, shell};

#[derive(Debug)]
pub(super) struct Exec {
    line: String,
    format: ExecFormat,
    first_wait: Duration,
}

impl Exec {
    pub(super) fn new(line: &str, options: &Mirror) -> Self {
        Self {
            line: line.to_owned(),
            format: options.exec_format.unwrap_or_default(),
            first_wait: options.first_wait,
        }
    }

    pub(super) async fn deliver(&self, changes: &[Change], stop: &Stop) -> Result<(), End> {
        let input = exec_input::of(self.format, changes);
        if input.is_empty() {
            return Ok(());
        }
        until_done(stop, self.first_wait, async || self.run(&input).await).await
    }

    async fn run(&self, input: &str) -> Result<(), Failed> {
        let failed = |problem: String| Failed {
            problem: format!("--exec {problem}"),
            retry_after: None,
        };
        let mut shell = shell(&self.line);
        // Its output is ours.
        shell.stdin(Stdio::piped()).kill_on_drop(true);
        // Dropped in the opposite order: the group first, while nothing has waited for its leader.
        let (mut child, group) = ProcessGroup::spawn(&mut shell)
            .map_err(|error| failed(format!("cannot be started: {error}")))?;
        let stdin = child.stdin.take();
        let ended = {
            let mut feeding = pin!(feed(stdin, input));
            let mut ending = pin!(child.wait());
            tokio::select! {
                biased;
                // What it has not read by now, it does not want.
                status = &mut ending => status,
                fed = &mut feeding => match fed {
                    Ok(()) => ending.await,
                    Err(error) => Err(error),
                },
            }
        };
        let status = ended.map_err(|error| failed(format!("cannot be followed: {error}")))?;
        group.release();
        if status.success() {
            Ok(())
        } else {
            Err(failed(format!("failed ({status})")))
        }
    }
}

/// A command need not read its input: its exit code says whether it succeeded.
async fn feed(stdin: Option<ChildStdin>, input: &str) -> io::Result<()> {
    let Some(mut stdin) = stdin else {
        return Ok(());
    };
    match stdin.write_all(input.as_bytes()).await {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}
