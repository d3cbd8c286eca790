//! What stops a command from outside: a signal, or the end of its output.

use std::future::pending;
use std::io;

use tokio::sync::watch;

use super::code::ExitCode;

/// Why the command must stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopReason {
    Interrupted,
    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no such signal"))]
    Terminated,
    /// The reader of the output has closed it.
    OutputClosed,
}

impl StopReason {
    /// A reader like `head` that closes the output early is not a failure.
    pub(crate) fn exit_code(self) -> ExitCode {
        match self {
            Self::Interrupted => ExitCode::Interrupted,
            Self::Terminated => ExitCode::Terminated,
            Self::OutputClosed => ExitCode::Ok,
        }
    }
}

/// The request to stop the command. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<Option<StopReason>>);

impl Stop {
    /// Handles signals from now on. Must be called within a runtime.
    pub(crate) fn listen() -> Self {
        let (sender, receiver) = watch::channel(None);
        let signal = signal();
        let output_closed = output_closed();
        tokio::spawn(async move {
            let reason = tokio::select! {
                reason = signal => reason,
                () = output_closed => StopReason::OutputClosed,
                () = sender.closed() => return,
            };
            sender.send_replace(Some(reason));
            // A receiver cannot wait for a value once the sender is gone.
            sender.closed().await;
        });
        Self(receiver)
    }

    /// Waits until the command must stop.
    pub(crate) async fn requested(&self) -> StopReason {
        let mut receiver = self.0.clone();
        let reason = receiver
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|reason| *reason);
        match reason {
            Some(reason) => reason,
            None => pending().await,
        }
    }
}

#[cfg(unix)]
fn signal() -> impl Future<Output = StopReason> + Send + 'static {
    use tokio::signal::unix::{Signal, SignalKind, signal};
    async fn received(signal: &mut io::Result<Signal>) {
        // Where no handler could be set, the signal has its default effect.
        if let Ok(signal) = signal
            && signal.recv().await.is_some()
        {
            return;
        }
        pending::<()>().await;
    }
    let mut interrupt = signal(SignalKind::interrupt());
    let mut terminate = signal(SignalKind::terminate());
    async move {
        tokio::select! {
            () = received(&mut interrupt) => StopReason::Interrupted,
            () = received(&mut terminate) => StopReason::Terminated,
        }
    }
}

#[cfg(not(unix))]
async fn signal() -> StopReason {
    if tokio::signal::ctrl_c().await.is_err() {
        pending::<()>().await;
    }
    StopReason::Interrupted
}

/// Without it, `drivebell watch | head -1` would run on until the next line fails to be written:
/// for hours, if the drive is quiet.
#[cfg(unix)]
fn output_closed() -> impl Future<Output = ()> + Send + 'static {
    use std::os::fd::AsFd;
    use tokio::io::Interest;
    use tokio::net::unix::pipe::Sender;
    let stdout = io::stdout().as_fd().try_clone_to_owned();
    // Unchecked, because this handle only waits. A file refuses to be waited for, and has no reader
    // that could close it.
    let stdout = stdout.and_then(Sender::from_owned_fd_unchecked);
    async move {
        let closed = match &stdout {
            // A pipe without a reader reports an error. A parent like Node passes a socket instead
            // of a pipe, and a closed socket is readable too.
            Ok(stdout) => stdout
                .ready(Interest::ERROR | Interest::READABLE)
                .await
                .is_ok(),
            Err(_) => false,
        };
        if !closed {
            pending::<()>().await;
        }
    }
}

#[cfg(not(unix))]
async fn output_closed() {
    pending().await
}
