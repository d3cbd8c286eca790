//! A subscription and the server's end of it.

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
        matches!(event, Some(Ok(Event::Lifecycle(Lifecycle::Connected)))),
        "{event:?}"
    );
}

pub(crate) async fn next_notification(subscription: &mut Subscription) -> Notification {
    loop {
        match within(subscription.next()).await {
            Some(Ok(Event::Notification(note))) => return note,
            Some(Ok(Event::Lifecycle(Lifecycle::Connected))) => {}
            other => panic!("not a notification: {other:?}"),
        }
    }
}

/// The subscription ends with this reason, told in each of the ways in which it is told.
pub(crate) async fn expect_end(
    mut subscription: Subscription,
    expected: &DisconnectReason,
) -> Error {
    assert!(!subscription.is_terminated());
    expect_connected(&mut subscription).await;
    let event = within(subscription.next()).await;
    let Some(Ok(Event::Lifecycle(Lifecycle::Disconnected { reason }))) = event else {
        panic!("not disconnected: {event:?}, instead of {expected:?}");
    };
    assert_eq!(&reason, expected);
    let error = match within(subscription.next()).await {
        Some(Err(error)) => error,
        other => panic!("not an error: {other:?}"),
    };
    assert_eq!(error.reason(), Some(expected));
    assert_eq!(error.retry_after(), expected.retry_after());
    assert!(error.retryable(), "{error:?}");
    assert!(error.to_string().contains(&expected.to_string()), "{error}");
    assert!(subscription.is_terminated());
    assert!(within(subscription.next()).await.is_none());
    assert!(within(subscription.next()).await.is_none());
    let told_again = within(subscription.closed()).await.expect_err("it failed");
    assert_eq!(format!("{told_again:?}"), format!("{error:?}"));
    error
}
