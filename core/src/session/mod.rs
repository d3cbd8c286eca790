//! One subscription: one task that keeps a connection, and a handle for the consumer.
//!
//! [`machine`] decides, [`driver`] does, [`transport`] is what it does it with.

mod delivery;
mod driver;
mod machine;
mod options;
mod progress;
mod renewal;
mod subscription;
mod transport;

use std::sync::Arc;

use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

pub(crate) use options::SessionOptions;
pub use progress::{SessionState, SubscriptionStats};
pub use subscription::Subscription;
pub(crate) use transport::Service;

use crate::mailbox::Mailbox;
use crate::{Error, Resource};
use delivery::Delivery;
use driver::Channels;
use machine::Machine;
use progress::Progress;
use transport::Transport;

/// Starts a session on a task of its own. The receiver is told when it is live for the first time,
/// or why it will not be; that it `waits` says that its consumer does not look before.
pub(crate) fn start<T: Transport>(
    transport: T,
    resource: Resource,
    options: SessionOptions,
    waits: bool,
) -> (Subscription, oneshot::Receiver<Result<(), Error>>) {
    let delivery = Delivery {
        resource,
        mailbox: Arc::new(Mailbox::new(options.mailbox_capacity)),
        progress: Arc::new(Progress::default()),
    };
    let (stop, stopped) = watch::channel(());
    let (ended, end) = watch::channel(());
    let (started, start) = oneshot::channel();
    let subscription = Subscription::new(delivery.clone(), stop, end);
    let machine = Machine::new(options, waits, Instant::now());
    let channels = Channels {
        started,
        stopped,
        ended,
    };
    tokio::spawn(driver::run(transport, machine, delivery, channels));
    (subscription, start)
}
