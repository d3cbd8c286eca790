//! The Socket.IO side: who may join, and the task that hands a socket its events.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use socketioxide::extract::SocketRef;
use socketioxide::handler::ConnectHandler;
use socketioxide::layer::SocketIoLayer;
use socketioxide::{SendError, SocketError, SocketIo, TransportType};
use tokio::sync::mpsc::UnboundedReceiver;

use super::event::EventArgument;
use crate::clock;
use crate::notifications::Subscription;
use crate::service::Shared;
use crate::wire::{End, Line};

/// Packets that wait for a slow connection before the socket's own queue has to. Plenty, because
/// socketioxide drops a socket whose ping finds the buffer full.
const BUFFERED_PACKETS: usize = 16 * 1024;

/// How long to let a full buffer drain. Not just until there is room for one: see above.
const DRAIN: Duration = Duration::from_millis(5);

pub(crate) fn service(shared: &Arc<Shared>) -> (SocketIoLayer, SocketIo) {
    let (layer, io) = SocketIo::builder()
        .req_path("/socket.io")
        .transports([TransportType::Websocket])
        .ping_interval(shared.config.ping_interval)
        .ping_timeout(shared.config.ping_timeout)
        .max_payload(1_000_000)
        .max_buffer_size(BUFFERED_PACKETS)
        .build_layer();
    // Node's Socket.IO always has it, and two clients in production join it first.
    io.ns("/", async || {});
    let (entering, joined) = (Arc::clone(shared), Arc::clone(shared));
    let on_joined = async move |socket: SocketRef| {
        if let Some((subscription, due)) = joined.sockets.start(socket.id) {
            // A server that closes forgets its namespaces first, so no socket is told that it left.
            tokio::select! {
                () = joined.stop.cancelled() => joined.sockets.leave(socket.id),
                () = told_to_leave(&socket) => disconnect(&socket).await,
                () = subscription.dropped() => cut(&socket),
                () = hand_over(&joined, &socket, &subscription, due) => {}
            }
        }
    };
    let before_join = async move |socket: SocketRef| enter(&entering, &socket);
    io.ns(
        shared.config.endpoint_shape.namespace(),
        on_joined.with(before_join),
    );
    (layer, io)
}

/// Runs before the join is acknowledged: a socket that is gone a moment later must be forgotten
/// too.
fn enter(shared: &Arc<Shared>, socket: &SocketRef) -> Result<(), Refused> {
    let extensions = &socket.req_parts().extensions;
    let subscription = extensions.get::<Arc<Subscription>>().ok_or(Refused)?;
    if line(socket).is_some_and(Line::answers_join) {
        return Err(Refused);
    }
    shared.sockets.enter(socket.id, Arc::clone(subscription));
    let shared = Arc::clone(shared);
    socket.on_disconnect(async move |socket: SocketRef| shared.sockets.leave(socket.id));
    Ok(())
}

fn line(socket: &SocketRef) -> Option<&Line> {
    let line = socket.req_parts().extensions.get::<Arc<Line>>();
    line.map(AsRef::as_ref)
}

/// Completes when a fault wants the socket out of its namespace.
async fn told_to_leave(socket: &SocketRef) {
    match line(socket) {
        Some(line) => line.leave.notified().await,
        None => std::future::pending().await,
    }
}

async fn disconnect(socket: &SocketRef) {
    while let Err(SocketError::InternalChannelFull) = socket.clone().disconnect() {
        tokio::time::sleep(DRAIN).await;
    }
}

fn cut(socket: &SocketRef) {
    if let Some(line) = line(socket) {
        line.end(End::Cut);
    }
}

/// A join on a connection that did not pass the gate, which cannot be, or that a fault answers. In
/// that case what this says does not reach the client.
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Forbidden")
    }
}

/// Hands a socket its events until it leaves.
async fn hand_over(
    shared: &Shared,
    socket: &SocketRef,
    subscription: &Subscription,
    mut due: UnboundedReceiver<u32>,
) {
    let Ok(argument) = EventArgument::new(&shared.config, subscription) else {
        return;
    };
    let id = socket.id.to_string();
    while let Some(count) = due.recv().await {
        for _ in 0..count {
            let Some(at) = emit(socket, &argument).await else {
                return;
            };
            shared.events.record(subscription, &id, at);
        }
    }
}

/// Waits while the socket's buffer is full: a burst is slowed down, never thinned out. `None` when
/// the socket is gone.
async fn emit(socket: &SocketRef, argument: &EventArgument<'_>) -> Option<i64> {
    loop {
        // Before, not after: what a handler measures from here must not come out negative.
        let at = clock::unix_microseconds();
        match socket.emit("notification", argument) {
            Ok(()) => return Some(at),
            Err(SendError::Socket(SocketError::InternalChannelFull)) => {
                tokio::time::sleep(DRAIN).await;
            }
            Err(_) => return None,
        }
    }
}
