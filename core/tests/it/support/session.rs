//! A subscription, and the server's side of its connection.

use std::time::Duration;

use drivebell::{
    ClientBuilder, DisconnectReason, Error, Event, Lifecycle, Notification, Resource, Subscription,
};
use futures_util::StreamExt;
use futures_util::stream::FusedStream;

use super::raw_server::RawServer;
use super::raw_socket::RawSocket;
use super::{graph, within};

/// A live subscription to `/me/drive`, with the server's socket.
pub(crate) async fn live() -> (Subscription, RawSocket) {
    let server = RawServer::start().await;
    let builder = graph::builder(server.base_url());
    connect(builder, server.live()).await
}

pub(crate) async fn connect(
    builder: ClientBuilder,
    serve: impl Future<Output = RawSocket>,
) -> (Subscription, RawSocket) {
    let client = builder.build().expect("usable options");
    let resource = Resource::my_drive();
    let both = async { tokio::join!(client.subscribe(&resource), serve) };
    let (subscription, socket) = within(both).await;
    (subscription.expect("live"), socket)
}

/// Subscribes, and returns the error.
pub(crate) async fn subscribe_error<T>(
    builder: ClientBuilder,
    serve: impl Future<Output = T>,
) -> Error {
    let client = builder.build().expect("usable options");
    let resource = Resource::my_drive();
    // The server's result stays open until the client has failed.
    let both = async { tokio::join!(client.subscribe(&resource), serve) };
    let (result, _held) = within(both).await;
    result.expect_err("a failure")
}

/// Expects `connected`, which is always the first event.
pub(crate) async fn expect_connected(subscription: &mut Subscription) {
    let event = within(subscription.next()).await;
    assert!(
        matches!(
            event,
            Some(Ok(Event::Lifecycle {
                change: Lifecycle::Connected,
                ..
            }))
        ),
        "{event:?}"
    );
}

pub(crate) async fn next_notification(subscription: &mut Subscription) -> Notification {
    loop {
        match within(subscription.next()).await {
            Some(Ok(Event::Notification(note))) => return note,
            Some(Ok(Event::Lifecycle {
                change: Lifecycle::Connected,
                ..
            })) => {}
            other => panic!("not a notification: {other:?}"),
        }
    }
}

/// Expects the connection to end with this reason, and the subscription to continue.
pub(crate) async fn expect_end(
    mut subscription: Subscription,
    expected: &DisconnectReason,
) -> Subscription {
    expect_connected(&mut subscription).await;
    let (reason, retry_in) = next_disconnect(&mut subscription).await;
    assert_eq!(&reason, expected);
    match expected.retry_after() {
        Some(pause) if pause >= Duration::from_secs(1) => assert_eq!(retry_in, pause),
        _ => assert!(retry_in <= Duration::from_secs(1), "{retry_in:?}"),
    }
    assert!(!subscription.is_terminated());
    subscription
}

/// The next `disconnected`. Skips all other events.
pub(crate) async fn next_disconnect(
    subscription: &mut Subscription,
) -> (DisconnectReason, Duration) {
    loop {
        match within(subscription.next()).await {
            Some(Ok(Event::Lifecycle {
                change: Lifecycle::Disconnected { reason, retry_in },
                ..
            })) => return (reason, retry_in),
            Some(Ok(_)) => {}
            other => panic!("not disconnected: {other:?}"),
        }
    }
}
