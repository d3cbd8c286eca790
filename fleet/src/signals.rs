//! What ends a worker or a command: signals, and `drivebell-fleet drain`.

use std::future::pending;

use tokio::sync::watch;

use crate::exit::ExitCode;

/// Why a worker is to hand over and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrainReason {
    /// SIGINT, as Ctrl-C sends it.
    Interrupted,
    /// SIGTERM, as systemd and Kubernetes send it.
    Terminated,
    /// `drivebell-fleet drain`.
    Asked,
}

/// The requests to end. Clones share them.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Sender<Requests>);

#[derive(Debug, Clone, Copy, Default)]
struct Requests {
    drain: Option<DrainReason>,
    /// The exit code of a second signal.
    now: Option<ExitCode>,
}

impl Shutdown {
    /// Ends only when it is asked to by [`drain`](Self::drain).
    pub fn new() -> Self {
        Self(watch::Sender::new(Requests::default()))
    }

    /// Handles SIGINT and SIGTERM from now on: the first asks to drain, the second to end at once. Must
    /// be called within a runtime.
    pub fn listen() -> Self {
        let shutdown = Self::new();
        let (requests, mut signals) = (shutdown.0.clone(), Signals::listen());
        tokio::spawn(async move {
            loop {
                let (reason, code) = signals.next().await;
                requests.send_modify(|requests| match requests.drain {
                    Some(DrainReason::Interrupted | DrainReason::Terminated) => {
                        requests.now = Some(code);
                    }
                    // A worker that somebody has asked to drain does so for the first signal too.
                    None | Some(DrainReason::Asked) => requests.drain = Some(reason),
                });
            }
        });
        shutdown
    }

    /// Asks to hand over and end.
    pub fn drain(&self) {
        self.0.send_modify(|requests| {
            requests.drain.get_or_insert(DrainReason::Asked);
        });
    }

    /// Whether it was asked to hand over.
    pub fn is_draining(&self) -> bool {
        self.0.borrow().drain.is_some()
    }

    /// Waits until it is asked to hand over and end.
    pub async fn drain_requested(&self) -> DrainReason {
        self.wait(|requests| requests.drain).await
    }

    /// Waits until it is asked to end at once, and returns the exit code.
    pub async fn end_requested(&self) -> ExitCode {
        self.wait(|requests| requests.now).await
    }

    async fn wait<T>(&self, wanted: impl Fn(&Requests) -> Option<T>) -> T {
        let mut requests = self.0.subscribe();
        let found = requests
            .wait_for(|requests| wanted(requests).is_some())
            .await
            .ok()
            .and_then(|requests| wanted(&requests));
        match found {
            Some(found) => found,
            None => pending().await,
        }
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

/// For a command, which the first signal ends.
pub(crate) async fn interrupted() -> ExitCode {
    Signals::listen().next().await.1
}

#[cfg(unix)]
struct Signals {
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    async fn next(&mut self) -> (DrainReason, ExitCode) {
        async fn received(signal: Option<&mut tokio::signal::unix::Signal>) {
            // Where no handler could be set, the signal has its default effect.
            if let Some(signal) = signal
                && signal.recv().await.is_some()
            {
                return;
            }
            pending::<()>().await;
        }
        tokio::select! {
            () = received(self.interrupt.as_mut()) => {
                (DrainReason::Interrupted, ExitCode::Interrupted)
            }
            () = received(self.terminate.as_mut()) => {
                (DrainReason::Terminated, ExitCode::Terminated)
            }
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Self {
        Self
    }

    async fn next(&mut self) -> (DrainReason, ExitCode) {
        if tokio::signal::ctrl_c().await.is_err() {
            pending::<()>().await;
        }
        (DrainReason::Interrupted, ExitCode::Interrupted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_to_drain_reaches_every_clone() {
        let shutdown = Shutdown::new();
        let clone = shutdown.clone();
        assert!(!shutdown.is_draining());
        let waits = tokio::spawn(async move { clone.drain_requested().await });
        shutdown.drain();
        assert_eq!(waits.await.unwrap(), DrainReason::Asked);
        assert!(shutdown.is_draining());
    }
}
