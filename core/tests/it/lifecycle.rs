//! Opening and closing by the client.
//!
//! Most tests use scripted bytes, which show what is sent and when.

use std::future::poll_fn;
use std::time::Duration;

use drivebell::{Error, ErrorKind, Event, Lifecycle, Resource, Subscription};
use futures_util::StreamExt;
use futures_util::stream::FusedStream;
use tokio::runtime::{Builder, Runtime};

use crate::support::graph::{NAMESPACE, TOKEN, builder, client};
use crate::support::raw_server::RawServer;
use crate::support::raw_socket::{CLOSE, RawSocket, close_frame, text_frame};
use crate::support::service::{Server, on_both_servers};
use crate::support::session::{connect, expect_connected, live, next_notification};
use crate::support::{until, within};

/// The client's goodbye: it leaves the namespace, then closes the WebSocket.
async fn expect_goodbye(socket: &mut RawSocket) {
    within(async {
        socket.expect(&format!("41{NAMESPACE},")).await;
        let frame = socket.receive().await.expect("a close frame");
        assert_eq!(frame.opcode, CLOSE);
        socket.send_raw(&close_frame(1000, "")).await;
        socket.finish().await;
        assert_eq!(socket.receive().await, None);
    })
    .await;
}

async fn expect_closed(mut subscription: Subscription) {
    assert!(within(subscription.next()).await.is_none());
    assert!(within(subscription.next()).await.is_none());
    assert!(subscription.is_terminated());
    within(subscription.closed())
        .await
        .expect("closed, not failed");
}

#[tokio::test]
async fn connected_is_the_first_event_and_waits_for_a_late_consumer() {
    let (mut subscription, mut socket) = live().await;
    assert_eq!(subscription.resource(), &Resource::my_drive());
    socket.send_event(r#"["notification",{}]"#).await;
    socket.round_trip().await;
    expect_connected(&mut subscription).await;
    next_notification(&mut subscription).await;
}

#[tokio::test]
async fn close_says_goodbye_and_ends_the_stream() {
    let (subscription, mut socket) = live().await;
    let both = async { tokio::join!(subscription.close(), expect_goodbye(&mut socket)) };
    within(both).await;
    expect_closed(subscription).await;
}

#[tokio::test]
async fn closing_again_or_twice_at_once_is_harmless() {
    let (subscription, mut socket) = live().await;
    let closes = async {
        tokio::join!(
            subscription.close(),
            subscription.close(),
            expect_goodbye(&mut socket)
        )
    };
    within(closes).await;
    within(subscription.close()).await;
    subscription.start_close();
    expect_closed(subscription).await;
}

#[tokio::test]
async fn close_discards_waiting_events() {
    let (mut subscription, mut socket) = live().await;
    for _ in 0..5 {
        socket.send_event(r#"["notification",{}]"#).await;
    }
    socket.round_trip().await;
    // The stream has read once: it may have taken some of the events out of the mailbox.
    expect_connected(&mut subscription).await;
    subscription.start_close();
    expect_closed(subscription).await;
}

#[tokio::test]
async fn close_wakes_a_waiting_consumer() {
    let (mut subscription, mut socket) = live().await;
    expect_connected(&mut subscription).await;
    let all = async {
        // The order matters: the consumer waits before the close starts.
        tokio::join!(
            poll_fn(|cx| subscription.poll_waiting(cx)),
            subscription.close(),
            expect_goodbye(&mut socket)
        )
    };
    within(all).await;
    expect_closed(subscription).await;
}

#[tokio::test]
async fn close_does_not_wait_for_ever_for_an_unresponsive_server() {
    // The server does not reply to the close frame.
    let (subscription, _socket) = live().await;
    within(subscription.close()).await;
    expect_closed(subscription).await;

    // The server stops reading, and the client is stuck in a write.
    let (subscription, mut socket) = live().await;
    let ping = format!("2{}", "x".repeat(256 * 1024));
    let stuck = async { while socket.try_send(&ping).await.is_ok() {} };
    within(async {
        tokio::select! {
            () = stuck => panic!("the client hung up"),
            () = tokio::time::sleep(Duration::from_millis(200)) => {}
        }
        subscription.close().await;
    })
    .await;
    expect_closed(subscription).await;

    // The server has closed the connection, and the client may not have noticed yet.
    let (subscription, socket) = live().await;
    drop(socket);
    within(subscription.close()).await;
}

#[tokio::test]
async fn close_works_under_a_flood() {
    let (subscription, mut socket) = live().await;
    let flood = async { while socket.try_send(r#"42["notification",{}]"#).await.is_ok() {} };
    let both = async { tokio::join!(flood, subscription.close()) };
    within(both).await;
    expect_closed(subscription).await;
}

#[tokio::test]
async fn dropping_the_subscription_closes_the_socket() {
    let (subscription, mut socket) = live().await;
    drop(subscription);
    expect_goodbye(&mut socket).await;
}

on_both_servers!(the_service_sees_sockets_come_and_go);

async fn the_service_sees_sockets_come_and_go(server: Server) {
    let service = server.start().await;
    let client = client(service.base_url());
    let first = within(client.subscribe(&Resource::my_drive()))
        .await
        .unwrap();
    let second = within(client.subscribe(&Resource::my_drive()))
        .await
        .unwrap();
    until(async || service.connected().await == 2).await;
    within(first.close()).await;
    until(async || service.connected().await == 1).await;
    drop(second);
    until(async || service.connected().await == 0).await;
}

on_both_servers!(a_subscription_survives_its_client);

async fn a_subscription_survives_its_client(server: Server) {
    let service = server.start().await;
    let client = client(service.base_url());
    let mut subscription = within(client.subscribe(&Resource::my_drive()))
        .await
        .unwrap();
    drop(client);
    service.notify("b!me", 1).await;
    next_notification(&mut subscription).await;
    within(subscription.close()).await;
}

on_both_servers!(a_session_lasts_longer_than_the_timeouts_of_its_opening);

async fn a_session_lasts_longer_than_the_timeouts_of_its_opening(server: Server) {
    let service = server
        .accepting(TOKEN)
        .ping_interval(Duration::from_millis(100))
        .ping_timeout(Duration::from_secs(5))
        .start()
        .await;
    let limit = Duration::from_millis(500);
    let client = builder(service.base_url())
        .request_timeout(limit)
        .connect_timeout(limit)
        .open_timeout(limit)
        .join_timeout(limit)
        .build()
        .unwrap();
    let mut subscription = within(client.subscribe(&Resource::my_drive()))
        .await
        .unwrap();
    tokio::time::sleep(2 * limit).await;
    service.notify("b!me", 1).await;
    next_notification(&mut subscription).await;
}

/// `Duration::MAX` is a common way to ask for no limit.
#[tokio::test]
async fn timeouts_may_be_as_long_as_a_duration_can_be() {
    let server = RawServer::start().await;
    let options = builder(server.base_url())
        .request_timeout(Duration::MAX)
        .connect_timeout(Duration::MAX)
        .open_timeout(Duration::MAX)
        .join_timeout(Duration::MAX);
    let (mut subscription, mut socket) = connect(options, server.live()).await;
    socket.send_event(r#"["notification",{}]"#).await;
    next_notification(&mut subscription).await;
}

/// Dropping the future at any step closes what it has opened so far.
#[tokio::test]
async fn dropping_the_attempt_closes_what_was_opened() {
    #[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
    enum Step {
        EndpointRequested,
        UpgradeRequested,
        Upgraded,
        Joining,
    }
    for last in [
        Step::EndpointRequested,
        Step::UpgradeRequested,
        Step::Upgraded,
        Step::Joining,
    ] {
        let server = RawServer::start().await;
        let client = client(server.base_url());
        let resource = Resource::my_drive();
        let serve = async {
            if last == Step::EndpointRequested {
                return RawSocket::new(server.request().await.stream);
            }
            server.give_endpoint().await;
            let request = server.request().await;
            if last == Step::UpgradeRequested {
                return RawSocket::new(request.stream);
            }
            let mut socket = request.upgrade().await;
            if last == Step::Joining {
                socket.send("0{}").await;
                socket.expect(&format!("40{NAMESPACE},")).await;
            }
            socket
        };
        let mut socket = within(async {
            tokio::select! {
                result = client.subscribe(&resource) => panic!("{last:?}: {result:?}"),
                socket = serve => socket,
            }
        })
        .await;
        within(socket.until_closed()).await;
    }
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    let builder = builder.worker_threads(1).enable_all();
    builder.build().expect("a runtime")
}

#[test]
fn a_runtime_that_is_shut_down_ends_the_stream_with_an_error() {
    // The server must outlast the client's runtime.
    let (servers, clients) = (runtime(), runtime());
    let server = servers.block_on(RawServer::start());
    let client = client(server.base_url());
    let serve = servers.spawn(async move { server.live().await });
    let subscription = clients.block_on(within(client.subscribe(&Resource::my_drive())));
    let mut subscription = subscription.unwrap();
    let mut socket = servers.block_on(serve).unwrap();

    // A consumer that waits on another runtime is woken too.
    let consumer = servers.spawn(async move {
        let events: Vec<Result<Event, Error>> = subscription.by_ref().collect().await;
        (events, subscription)
    });
    clients.shutdown_timeout(Duration::from_secs(5));
    servers.block_on(async {
        let (events, subscription) = within(consumer).await.unwrap();
        assert_eq!(events.len(), 2, "{events:?}");
        assert!(matches!(
            events[0],
            Ok(Event::Lifecycle {
                change: Lifecycle::Connected,
                ..
            })
        ));
        let error = events[1].as_ref().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::State);
        assert!(error.to_string().contains("runtime"), "{error}");
        within(subscription.closed()).await.unwrap_err();
        within(subscription.close()).await;
        within(socket.until_closed()).await;
    });
}

#[test]
fn a_subscription_may_be_dropped_after_its_runtime() {
    let (servers, clients) = (runtime(), runtime());
    let server = servers.block_on(RawServer::start());
    let client = client(server.base_url());
    let serve = servers.spawn(async move { server.live().await });
    let subscription = clients.block_on(within(client.subscribe(&Resource::my_drive())));
    drop(clients);
    drop(subscription.unwrap());
    let mut socket = servers.block_on(serve).unwrap();
    servers.block_on(within(socket.until_closed()));
}

#[tokio::test]
async fn events_that_arrive_with_the_acknowledgement_are_delivered() {
    let server = RawServer::start().await;
    let (mut subscription, _socket) = connect(builder(server.base_url()), async {
        let mut socket = server.upgraded().await;
        socket.send("0{}").await;
        socket.expect(&format!("40{NAMESPACE},")).await;
        let joined = text_frame(&format!("40{NAMESPACE},{{}}"));
        let event = text_frame(&format!(r#"42{NAMESPACE},["notification",{{}}]"#));
        socket.send_raw(&[joined, event].concat()).await;
        socket
    })
    .await;
    next_notification(&mut subscription).await;
}
