//! One subscription: one task that keeps a connection, and a handle for the consumer; or many tasks
//! and one handle.
//!
//! [`machine`] decides, [`driver`] does, [`transport`] is what it does it with.

mod delivery;
mod driver;
mod family;
mod machine;
mod options;
mod renewal;
mod stats;
mod subscription;
mod transport;

use std::sync::Arc;

use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

pub(crate) use family::Family;
pub(crate) use options::SessionOptions;
pub(crate) use stats::Progress;
pub use stats::{SessionState, SubscriptionStats};
pub use subscription::Subscription;
pub(crate) use transport::Service;

use crate::event::{Mailbox, Outlet, SharedMailbox};
use crate::set::{Member, Source};
use crate::{Error, Resource};
use delivery::Delivery;
use driver::Channels;
use machine::Machine;
use transport::Transport;

/// Starts a session on a task of its own. The receiver is told when it is live for the first time,
/// or why it will not be; that it `waits` says that its consumer does not look before.
pub(crate) fn start<T: Transport>(
    transport: T,
    resource: Resource,
    options: SessionOptions,
    waits: bool,
) -> (Subscription, oneshot::Receiver<Result<(), Error>>) {
    let mailbox = Arc::new(Mailbox::new(options.mailbox_capacity));
    let progress = Arc::new(Progress::default());
    let delivery = Delivery {
        resource: resource.clone(),
        mailbox: Outlet::Own(Arc::clone(&mailbox)),
        progress: Arc::clone(&progress),
    };
    let (stop, stopped) = watch::channel(());
    let (ended, end) = watch::channel(());
    let (started, start) = oneshot::channel();
    let subscription = Subscription::new(resource, mailbox, progress, stop, end);
    let machine = Machine::new(options, waits, Instant::now());
    let channels = Channels {
        started,
        stopped,
        ended,
    };
    tokio::spawn(driver::run(transport, machine, delivery, channels));
    (subscription, start)
}

/// Starts the session of a member of a set, which ends when what is returned is dropped, and
/// `ended` with it.
pub(crate) fn start_member(
    member: &Member,
    mailbox: Arc<SharedMailbox<Source>>,
    ended: watch::Sender<()>,
) -> watch::Sender<()> {
    let source = &member.0.who;
    let delivery = Delivery {
        resource: source.resource.clone(),
        mailbox: Outlet::Shared {
            mailbox,
            sender: Arc::clone(&member.0),
        },
        progress: Arc::clone(&source.progress),
    };
    let (stop, stopped) = watch::channel(());
    // Nobody waits: how it starts, its events tell.
    let (started, _) = oneshot::channel();
    let machine = Machine::new(source.client.session.clone(), false, Instant::now());
    let channels = Channels {
        started,
        stopped,
        ended,
    };
    let service = source.client.service(&source.resource);
    tokio::spawn(driver::run(service, machine, delivery, channels));
    stop
}
