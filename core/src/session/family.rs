use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::pacing::{Limits, SleepWatch};
use crate::socketio::SocketOptions;

/// What the sessions of a client share with those of every client made by `with_credential`.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) limits: Arc<Limits>,
    pub(crate) socket: SocketOptions,
    pub(crate) sleep_watch: SleepWatch,
}

impl Family {
    /// How long the machine has been asleep in total; changes after each sleep. A sleep also counts
    /// as time of the pause that Graph has requested.
    pub(crate) fn watch_sleep(self: &Arc<Self>) -> watch::Receiver<Duration> {
        let family = Arc::downgrade(self);
        self.sleep_watch.subscribe(move |asleep| {
            if let Some(family) = family.upgrade() {
                family.limits.pause.shorten(asleep);
            }
        })
    }
}
