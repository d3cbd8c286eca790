//! What the holder of a session asks of its task.

use tokio::sync::watch;

/// The sender's drop closes the session, as [`Order::Close`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Keep the subscription alive.
    Continue,
    /// Leave this connection: it is known to announce nothing.
    LeaveDeaf,
    /// End the session.
    Close,
}

pub(crate) fn leave_deaf(orders: &watch::Sender<Order>) {
    orders.send_if_modified(|order| {
        let open = *order != Order::Close;
        if open {
            *order = Order::LeaveDeaf;
        }
        open
    });
}
