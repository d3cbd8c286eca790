//! A subscription and the server's end of it.

use std::time::Duration;

use drivebell::{
    ClientBuilder, DisconnectReason, Error, Event, Lifecycle, Notification, Resource, Subscription,
};
use futures_util::StreamExt;
use futures_util::stream::FusedStream;

use super::raw_server::RawServer;
use super::raw_socket::RawSocket;
use super::{graph, within};

/// A live subscription to `/me/drive` with its socket.
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

/// What the client makes of a server that lets it subscribe so far.
pub(crate) async fn refused<T>(builder: ClientBuilder, serve: impl Future<Output = T>) -> Error {
    let client = builder.build().expect("usable options");
    let resource = Resource::my_drive();
    // What the server holds stays open until the client has made up its mind.
    let both = async { tokio::join!(client.subscribe(&resource), serve) };
    let (refused, _held) = within(both).await;
    refused.expect_err("refused")
}

/// The first event is always this one.
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

/// The connection ends with this reason, which is told once; the subscription goes on.
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

/// Whatever was told before it is passed over.
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
