//! Stdout, for lines that are whole and leave at once.

use std::io::{self, IsTerminal, Write};
use std::thread::sleep;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::exit::{End, Failure, Reason, Stop, code};

/// When the command is to end, a reader has so long to take the lines that were begun.
const LAST_CHANCE: Duration = Duration::from_secs(1);

/// Between two attempts to write into a full pipe that does not block.
const PIPE_PAUSE: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(crate) struct Output {
    stop: Stop,
    /// Stdout is a terminal.
    pub(crate) for_people: bool,
}

impl Output {
    pub(crate) fn new(stop: Stop) -> Self {
        Self {
            stop,
            for_people: io::stdout().is_terminal(),
        }
    }

    /// Returns once all of it is with the reader. On a thread of its own, because a reader that
    /// does not read must hold up neither the heartbeat nor the end.
    pub(crate) async fn write(&self, text: String) -> Result<(), End> {
        let mut writing = spawn_blocking(move || {
            let mut stdout = io::stdout().lock();
            let mut rest = text.as_bytes();
            while !rest.is_empty() {
                let written = patiently(|| stdout.write(rest))?;
                rest = &rest[written..];
            }
            patiently(|| stdout.flush())
        });
        let written = tokio::select! {
            biased;
            written = &mut writing => written,
            reason = self.stop.requested() => match timeout(LAST_CHANCE, writing).await {
                Ok(written) => written,
                Err(_) => return Err(End::Stopped(reason)),
            },
        };
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                Err(End::Stopped(Reason::ReaderGone))
            }
            Ok(Err(error)) => Err(lost(&error)),
            Err(error) => Err(lost(&error)),
        }
    }
}

/// A pipe is not blocking where it is shared with a program that made it so, as Node does: a
/// reader that is slow is then told of by an error.
fn patiently<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => sleep(PIPE_PAUSE),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

fn lost(error: &dyn std::error::Error) -> End {
    Failure::new(
        code::OTHER,
        format!("the output could not be written: {error}; free the disk, or write elsewhere"),
    )
    .into()
}
