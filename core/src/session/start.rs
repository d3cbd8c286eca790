use std::sync::Arc;

use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use super::delivery::Delivery;
use super::driver::{self, Channels};
use super::machine::Machine;
use super::stats::SharedStats;
use super::subscription::Subscription;
use super::transport::Transport;
use crate::event::{EventSink, Mailbox};
use crate::options::ClientOptions;
use crate::{Error, Resource};

/// What a session starts with.
pub(crate) struct Session<T> {
    pub(crate) transport: T,
    pub(crate) resource: Resource,
    pub(crate) options: Arc<ClientOptions>,
    pub(crate) sink: Arc<dyn EventSink>,
    pub(crate) stats: Arc<SharedStats>,
    /// Dropped when the session is over.
    pub(crate) ended: watch::Sender<()>,
    /// The consumer waits until the session is live before it reads events.
    pub(crate) wait_until_live: bool,
}

impl<T: Transport> Session<T> {
    /// Runs the session on its own task. To close it, drop the sender, or send to it. The receiver
    /// gets one value: when the session is live for the first time, or has failed before.
    pub(crate) fn spawn(self) -> (watch::Sender<()>, oneshot::Receiver<Result<(), Error>>) {
        let delivery = Delivery {
            resource: self.resource,
            sink: self.sink,
            stats: self.stats,
        };
        let (stop, stopped) = watch::channel(());
        let (started, start) = oneshot::channel();
        let machine = Machine::new(self.options, self.wait_until_live, Instant::now());
        let channels = Channels {
            started,
            stopped,
            ended: self.ended,
        };
        tokio::spawn(driver::run(self.transport, machine, delivery, channels));
        (stop, start)
    }
}

/// Starts the session of one subscription.
pub(crate) fn start<T: Transport>(
    transport: T,
    resource: Resource,
    options: Arc<ClientOptions>,
    wait_until_live: bool,
) -> (Subscription, oneshot::Receiver<Result<(), Error>>) {
    let mailbox = Arc::new(Mailbox::new(options.mailbox_capacity));
    let stats = Arc::new(SharedStats::default());
    let (ended, end) = watch::channel(());
    let session = Session {
        transport,
        resource: resource.clone(),
        options,
        sink: Arc::clone(&mailbox) as Arc<dyn EventSink>,
        stats: Arc::clone(&stats),
        ended,
        wait_until_live,
    };
    let (stop, started) = session.spawn();
    let subscription = Subscription::new(resource, mailbox, stats, stop, end);
    (subscription, started)
}
