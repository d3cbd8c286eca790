use std::sync::Arc;

use tokio::sync::{oneshot, watch};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::delivery::Delivery;
use super::driver::{self, Channels};
use super::machine::Machine;
use super::open_handles::OpenHandles;
use super::order::Order;
use super::stats::SharedStats;
use super::subscription::Subscription;
use super::transport::Transport;
use crate::event::EventSink;
use crate::label::Label;
use crate::log_record::SESSION;
use crate::options::ClientOptions;
use crate::{Error, Resource};

/// What a session starts with.
pub(crate) struct Session<T> {
    pub(crate) transport: T,
    pub(crate) resource: Resource,
    /// Of the client.
    pub(crate) label: Label,
    pub(crate) options: Arc<ClientOptions>,
    pub(crate) sink: Arc<dyn EventSink>,
    pub(crate) stats: Arc<SharedStats>,
    pub(crate) orders: watch::Receiver<Order>,
    /// What to drop when the session has ended, for those who wait for that.
    pub(crate) until_end: Box<dyn Send>,
    /// The consumer waits until the session is live before it reads events.
    pub(crate) wait_until_live: bool,
}

impl<T: Transport> Session<T> {
    /// Runs the session on its own task. The receiver gets one value: when the session is live for
    /// the first time, or has failed before.
    pub(crate) fn spawn(self) -> oneshot::Receiver<Result<(), Error>> {
        let delivery = Delivery {
            resource: self.resource,
            label: self.label,
            sink: self.sink,
            stats: self.stats,
            max_retry_after: self.options.max_retry_after,
        };
        let (started, start) = oneshot::channel();
        let machine = Machine::new(self.options, self.wait_until_live, Instant::now());
        let channels = Channels {
            started,
            orders: self.orders,
            until_end: self.until_end,
        };
        // A session outlives the span in which it starts, so it is no part of it.
        let span = tracing::info_span!(
            target: "drivebell::session",
            parent: None,
            SESSION,
            resource = %delivery.resource,
            label = delivery.label.as_str(),
        );
        let session = driver::run(self.transport, machine, delivery, channels);
        tokio::spawn(session.instrument(span));
        start
    }
}

/// Starts the session of one subscription.
///
/// # Errors
/// `State` if the client is closed.
pub(crate) fn start<T: Transport>(
    transport: T,
    resource: Resource,
    label: Label,
    options: Arc<ClientOptions>,
    open_handles: &Arc<OpenHandles>,
    wait_until_live: bool,
) -> Result<(Subscription, oneshot::Receiver<Result<(), Error>>), Error> {
    let (send_order, orders) = watch::channel(Order::Continue);
    let subscription = Subscription::new(
        resource.clone(),
        label.clone(),
        options.mailbox_capacity,
        send_order,
    );
    let registration = open_handles.register(subscription.control())?;
    let session = Session {
        transport,
        resource,
        label,
        options,
        sink: subscription.sink(),
        stats: subscription.shared_stats(),
        orders,
        until_end: Box::new((registration, subscription.end_on_drop())),
        wait_until_live,
    };
    let started = session.spawn();
    Ok((subscription, started))
}
