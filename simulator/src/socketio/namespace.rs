//! The notification namespace: joins, and the task that sends a socket its events.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use socketioxide::extract::SocketRef;
use socketioxide::handler::ConnectHandler;
use socketioxide::layer::SocketIoLayer;
use socketioxide::socket::Sid;
use socketioxide::{SendError, SocketError, SocketIo, TransportType};
use tokio::sync::mpsc::UnboundedReceiver;

use super::event::EventArgument;
use crate::clock;
use crate::notifications::Subscription;
use crate::service::Service;
use crate::watch_log::Watch;
use crate::wire::{Connection, End};

/// Packets that socketioxide buffers for a slow connection. Plenty, because it drops a socket whose
/// ping finds the buffer full.
const MAX_BUFFERED_PACKETS: usize = 16 * 1024;

/// How long a full buffer drains. Longer than one packet takes, so that a ping finds room.
const DRAIN: Duration = Duration::from_millis(5);

pub(crate) fn layer(service: &Arc<Service>) -> (SocketIoLayer, SocketIo) {
    let (layer, io) = SocketIo::builder()
        .req_path("/socket.io")
        .transports([TransportType::Websocket])
        .ping_interval(service.options.ping_interval)
        .ping_timeout(service.options.ping_timeout)
        .max_payload(1_000_000)
        .max_buffer_size(MAX_BUFFERED_PACKETS)
        .build_layer();
    // Node's Socket.IO always has the default namespace, and two clients in production join it
    // first.
    io.ns("/", async || {});
    let (joining, joined) = (Arc::clone(service), Arc::clone(service));
    let on_joined = async move |socket: SocketRef| {
        if let Some((subscription, due)) = joined.sockets.start(socket.id) {
            joined.watch_log.add(Watch::Joined, &subscription.drive);
            // A server that closes removes its namespaces first, so `on_disconnect` does not run.
            tokio::select! {
                () = joined.stop.cancelled() => leave(&joined, socket.id),
                () = fault_disconnects(&socket) => disconnect(&socket).await,
                () = subscription.dropped() => cut(&socket),
                () = send_events(&joined, &socket, &subscription, due) => {}
            }
        }
    };
    let before_join = async move |socket: SocketRef| join(&joining, &socket);
    let namespace = service.options.endpoint_shape.namespace();
    io.ns(namespace, on_joined.clone().with(before_join.clone()));
    // One client in production repeats the query of its URL. Only a socket that the secret has
    // admitted gets so far, so nothing is checked again.
    let with_query = format!("{namespace}?{{query}}");
    let added = io.dyn_ns(with_query, on_joined.with(before_join));
    debug_assert!(added.is_ok(), "the pattern is valid");
    (layer, io)
}

/// Runs before the join is acknowledged, so that a socket that leaves at once is removed too.
fn join(service: &Arc<Service>, socket: &SocketRef) -> Result<(), Refused> {
    let extensions = &socket.req_parts().extensions;
    let subscription = extensions.get::<Arc<Subscription>>().ok_or(Refused)?;
    if connection(socket).is_some_and(Connection::answers_join) {
        return Err(Refused);
    }
    service.sockets.enter(socket.id, Arc::clone(subscription));
    let membership = Arc::new(Membership {
        service: Arc::clone(service),
        id: socket.id,
    });
    socket.on_disconnect(async move |_: SocketRef| membership.end());
    Ok(())
}

/// Ends when its socket leaves, and also when the socket is gone before its join is acknowledged: it does not
/// leave then, and is only dropped, with this.
struct Membership {
    service: Arc<Service>,
    id: Sid,
}

impl Membership {
    fn end(&self) {
        leave(&self.service, self.id);
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.end();
    }
}

fn leave(service: &Service, id: Sid) {
    if let Some(drive) = service.sockets.leave(id) {
        service.watch_log.add(Watch::Left, &drive);
    }
}

fn connection(socket: &SocketRef) -> Option<&Connection> {
    let connection = socket.req_parts().extensions.get::<Arc<Connection>>();
    connection.map(AsRef::as_ref)
}

/// Completes when a fault makes the socket leave its namespace.
async fn fault_disconnects(socket: &SocketRef) {
    match connection(socket) {
        Some(connection) => connection.leave.notified().await,
        None => std::future::pending().await,
    }
}

async fn disconnect(socket: &SocketRef) {
    while let Err(SocketError::InternalChannelFull) = socket.clone().disconnect() {
        tokio::time::sleep(DRAIN).await;
    }
}

fn cut(socket: &SocketRef) {
    if let Some(connection) = connection(socket) {
        connection.end(End::Cut);
    }
}

/// A join that a fault handles, so that this text does not reach the client; or a join without a
/// handshake, which cannot occur.
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Forbidden")
    }
}

/// Sends a socket its events until it leaves.
async fn send_events(
    service: &Service,
    socket: &SocketRef,
    subscription: &Subscription,
    mut due: UnboundedReceiver<u32>,
) {
    let options = &service.options;
    let Ok(argument) = EventArgument::new(subscription, options.payload, options.argument) else {
        return;
    };
    let id = socket.id.to_string();
    while let Some(count) = due.recv().await {
        for _ in 0..count {
            let Some(at) = emit(socket, &argument).await else {
                return;
            };
            service.events.record(subscription, &id, at);
        }
    }
}

/// Emits an event and returns when, in microseconds since the Unix epoch. Waits while the socket's
/// buffer is full, so that no event of a burst is lost. `None` if the socket is gone.
async fn emit(socket: &SocketRef, argument: &EventArgument<'_>) -> Option<i64> {
    loop {
        // Taken before the event is sent, so that no client measures a negative latency.
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
