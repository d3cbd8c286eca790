//! Stdout, written in whole lines and without a buffer.

use std::io::{self, IsTerminal, Write};
use std::thread::sleep;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::format::Format;
use super::style::Style;
use crate::exit::{End, ExitCode, Failure, Stop, StopReason};

/// How long a reader has, after the request to stop, to take the lines that are being written.
const LAST_WRITE_TIMEOUT: Duration = Duration::from_secs(1);

/// The pause between two attempts to write to a full pipe that does not block.
const FULL_PIPE_PAUSE: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(crate) struct Output {
    stop: Stop,
    is_terminal: bool,
}

impl Output {
    pub(crate) fn new(stop: Stop) -> Self {
        Self {
            stop,
            is_terminal: io::stdout().is_terminal(),
        }
    }

    /// Text on a terminal, JSON elsewhere or with `--json`.
    pub(crate) fn format(&self, json: bool) -> Format {
        if json || !self.is_terminal {
            Format::Json
        } else {
            self.text()
        }
    }

    /// Text on a pipe too.
    pub(crate) fn text(&self) -> Format {
        Format::Text(Style::for_terminal(self.is_terminal))
    }

    /// Returns once the reader, or the pipe, has taken all of `text`.
    ///
    /// Writes on a blocking thread: a reader that does not read must not delay the heartbeat or the
    /// exit.
    pub(crate) async fn write(&self, text: String) -> Result<(), End> {
        let mut writing = spawn_blocking(move || {
            let mut stdout = io::stdout().lock();
            let mut rest = text.as_bytes();
            while !rest.is_empty() {
                let written = retry(|| stdout.write(rest))?;
                rest = &rest[written..];
            }
            retry(|| stdout.flush())
        });
        let written = tokio::select! {
            biased;
            written = &mut writing => written,
            reason = self.stop.requested() => match timeout(LAST_WRITE_TIMEOUT, writing).await {
                Ok(written) => written,
                Err(_) => return Err(End::Stopped(reason)),
            },
        };
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                Err(End::Stopped(StopReason::OutputClosed))
            }
            Ok(Err(error)) => Err(cannot_write(&error)),
            Err(error) => Err(cannot_write(&error)),
        }
    }
}

/// Repeats a write until the reader has room for it.
///
/// A pipe does not block if it is shared with a program that made it so, as Node does. A write to a
/// slow reader then fails.
fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => sleep(FULL_PIPE_PAUSE),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

fn cannot_write(error: &dyn std::error::Error) -> End {
    Failure::new(
        ExitCode::Other,
        format!("cannot write the output: {error}; free the disk, or write elsewhere"),
    )
    .into()
}
