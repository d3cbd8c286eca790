use std::io::{self, IsTerminal, Write};

use tokio::task::spawn_blocking;

use crate::exit::{End, ExitCode, Failure};

/// How a command prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: one object a line.
    Json,
}

/// Stdout.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Text on a terminal, JSON elsewhere or with `--json`.
    pub(crate) fn format(self) -> Format {
        if self.json || !io::stdout().is_terminal() {
            Format::Json
        } else {
            Format::Text
        }
    }

    /// Text elsewhere too, unless there is `--json`.
    pub(crate) fn format_of_report(self) -> Format {
        if self.json {
            Format::Json
        } else {
            Format::Text
        }
    }

    /// Returns once the reader has taken all of `text`. On a blocking thread, so that a signal ends a
    /// command whose reader does not read.
    pub(crate) async fn write(self, text: String) -> Result<(), End> {
        let written = spawn_blocking(move || {
            let mut stdout = io::stdout().lock();
            stdout.write_all(text.as_bytes())?;
            stdout.flush()
        });
        match written.await {
            Ok(Ok(())) => Ok(()),
            // A reader like `head` that has enough is no failure.
            Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                Err(End::Reported(ExitCode::Ok))
            }
            Ok(Err(error)) => Err(cannot_write(&error)),
            Err(error) => Err(cannot_write(&error)),
        }
    }
}

fn cannot_write(error: &dyn std::error::Error) -> End {
    let problem = format!("cannot write the output: {error}; free the disk, or write elsewhere");
    Failure::new(ExitCode::Other, problem).into()
}
