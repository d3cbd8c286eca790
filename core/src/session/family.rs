use std::sync::Arc;
use std::time::Duration;

use crate::pacing::{Limits, Pause, SleepWatch};
use crate::socketio::SocketOptions;

/// What the sessions of a client and of all its users share.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) pause: Arc<Pause>,
    pub(crate) socket: SocketOptions,
    pub(crate) limits: Limits,
    pub(crate) sleep_watch: SleepWatch,
}

impl Family {
    pub(crate) fn watch_sleep(self: &Arc<Self>) -> tokio::sync::watch::Receiver<Duration> {
        let family = Arc::downgrade(self);
        self.sleep_watch.subscribe(move |asleep| {
            if let Some(family) = family.upgrade() {
                family.pause.shorten(asleep);
            }
        })
    }
}
