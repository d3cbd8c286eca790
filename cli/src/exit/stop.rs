//! What ends a command from outside.

use std::future::pending;
use std::io;

use tokio::sync::watch;

use crate::exit::code;

/// Why the command is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Interrupted,
    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no such signal"))]
    Terminated,
    /// Nobody reads the output any more.
    ReaderGone,
}

impl Reason {
    /// A shell's code for a program that the signal ended. That a reader has had enough, as `head`
    /// has, is no failure.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Interrupted => code::INTERRUPTED,
            Self::Terminated => code::TERMINATED,
            Self::ReaderGone => code::OK,
        }
    }
}

/// Tells whoever asks that the command is to end.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<Option<Reason>>);

impl Stop {
    /// Within a runtime. Signals are taken from now on.
    pub(crate) fn listen() -> Self {
        let (tell, told) = watch::channel(None);
        let signal = signal();
        let reader_gone = reader_gone();
        tokio::spawn(async move {
            let reason = tokio::select! {
                reason = signal => reason,
                () = reader_gone => Reason::ReaderGone,
                () = tell.closed() => return,
            };
            tell.send_replace(Some(reason));
            // Whoever asks later is told too.
            tell.closed().await;
        });
        Self(told)
    }

    /// Waits until the command is to end.
    pub(crate) async fn requested(&self) -> Reason {
        let mut told = self.0.clone();
        let reason = told
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
fn signal() -> impl Future<Output = Reason> + Send + 'static {
    use tokio::signal::unix::{Signal, SignalKind, signal};
    async fn received(signal: &mut io::Result<Signal>) {
        // Without it, the signal does what it does to any program.
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
            () = received(&mut interrupt) => Reason::Interrupted,
            () = received(&mut terminate) => Reason::Terminated,
        }
    }
}

#[cfg(not(unix))]
async fn signal() -> Reason {
    if tokio::signal::ctrl_c().await.is_err() {
        pending::<()>().await;
    }
    Reason::Interrupted
}

/// A quiet drive would keep `drivebell watch | head -1` for hours, until the next line told that
/// nobody reads it.
#[cfg(unix)]
fn reader_gone() -> impl Future<Output = ()> + Send + 'static {
    use std::os::fd::AsFd;
    use tokio::io::Interest;
    use tokio::net::unix::pipe::Sender;
    let stdout = io::stdout().as_fd().try_clone_to_owned();
    // Unchecked, because nothing is written to it: it is for waiting only, which a file cannot be
    // for, and needs not, having no reader.
    let stdout = stdout.and_then(Sender::from_owned_fd_unchecked);
    async move {
        let gone = match &stdout {
            // A pipe without a reader is in error. A socket, which a parent like Node gives instead
            // of a pipe, is closed for reading too.
            Ok(stdout) => stdout
                .ready(Interest::ERROR | Interest::READABLE)
                .await
                .is_ok(),
            Err(_) => false,
        };
        if !gone {
            pending::<()>().await;
        }
    }
}

#[cfg(not(unix))]
async fn reader_gone() {
    pending().await
}
