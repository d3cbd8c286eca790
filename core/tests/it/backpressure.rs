//! A consumer that is slower than the service.
//!
//! The tests use scripted bytes, because they depend on what each read returns.

use std::collections::VecDeque;
use std::future::poll_fn;

use drivebell::{Error, Event, Lifecycle, NotificationKind, Subscription};
use futures_util::StreamExt;

use crate::support::graph::builder;
use crate::support::raw_server::RawServer;
use crate::support::raw_socket::{RawSocket, text_frame};
use crate::support::session::{connect, live};
use crate::support::within;

const CAPACITY: usize = 8;

async fn live_with_small_mailbox() -> (Subscription, RawSocket) {
    let server = RawServer::start().await;
    let options = builder(server.base_url()).mailbox_capacity(CAPACITY);
    connect(options, server.live()).await
}

fn drain(subscription: &Subscription) -> Vec<Result<Event, Error>> {
    let mut events = VecDeque::new();
    subscription.drain(&mut events);
    events.into()
}

/// How many notifications these events represent, including merged ones.
fn notifications(events: &[Result<Event, Error>]) -> u64 {
    events
        .iter()
        .map(|event| match event {
            Ok(Event::Notification(note)) => note.coalesced() + 1,
            _ => 0,
        })
        .sum()
}

#[tokio::test]
async fn a_slow_consumer_gets_few_events_that_count_all_others() {
    let (subscription, mut socket) = live_with_small_mailbox().await;
    within(async {
        for _ in 0..100 {
            for _ in 0..100 {
                socket
                    .send_event(r#"["notification",{"subscriptionId":"s"}]"#)
                    .await;
            }
            // The consumer has read nothing so far, but the heartbeat continues.
            socket.round_trip().await;
        }
    })
    .await;

    let events = drain(&subscription);
    assert_eq!(events.len(), CAPACITY);
    assert!(matches!(
        events[0],
        Ok(Event::Lifecycle {
            change: Lifecycle::Connected,
            ..
        })
    ));
    assert_eq!(notifications(&events), 10_000);

    // After it has read, the next notification is not merged.
    socket.send_event(r#"["notification",{}]"#).await;
    within(socket.round_trip()).await;
    let events = drain(&subscription);
    assert_eq!((events.len(), notifications(&events)), (1, 1));
}

#[tokio::test]
async fn the_notifications_of_one_event_are_bounded_too() {
    let (subscription, mut socket) = live_with_small_mailbox().await;
    let value = vec!["{}"; 10_000].join(",");
    let event = format!(r#"["notification",{{"value":[{value}]}}]"#);
    within(async {
        socket.send_event(&event).await;
        socket.round_trip().await;
    })
    .await;
    let events = drain(&subscription);
    assert_eq!((events.len(), notifications(&events)), (CAPACITY, 10_000));
}

#[tokio::test]
async fn a_resync_among_merged_notifications_is_not_lost() {
    let (subscription, mut socket) = live_with_small_mailbox().await;
    within(async {
        for argument in ["{}", "7", "{}"] {
            for _ in 0..CAPACITY {
                socket
                    .send_event(&format!(r#"["notification",{argument}]"#))
                    .await;
            }
        }
        socket.round_trip().await;
    })
    .await;
    let events = drain(&subscription);
    let resyncs = events.iter().filter(|event| {
        matches!(event, Ok(Event::Notification(note)) if note.kind() == NotificationKind::Resync)
    });
    assert_eq!(resyncs.count(), 1);
    assert_eq!(notifications(&events), 3 * CAPACITY as u64);
}

#[tokio::test]
async fn a_full_mailbox_still_takes_the_end_of_the_connection() {
    let (mut subscription, mut socket) = live_with_small_mailbox().await;
    within(async {
        for _ in 0..100 {
            socket.send_event(r#"["notification",{}]"#).await;
        }
        socket.send("1").await;
        socket.until_closed().await;
    })
    .await;
    let mut events = Vec::new();
    while !matches!(
        events.last(),
        Some(Ok(Event::Lifecycle {
            change: Lifecycle::Disconnected { .. },
            ..
        }))
    ) {
        events.push(within(subscription.next()).await.unwrap());
    }
    assert_eq!((events.len(), notifications(&events)), (CAPACITY + 1, 100));
}

#[tokio::test]
async fn the_smallest_mailbox_loses_nothing() {
    let server = RawServer::start().await;
    let options = builder(server.base_url()).mailbox_capacity(1);
    let (subscription, mut socket) = connect(options, server.live()).await;
    within(async {
        for _ in 0..10 {
            socket.send_event(r#"["notification",{}]"#).await;
        }
        socket.round_trip().await;
    })
    .await;
    let events = drain(&subscription);
    // A notification does not merge with `connected`, so the first one is added beyond the
    // capacity.
    assert_eq!((events.len(), notifications(&events)), (2, 10));
}

#[tokio::test]
async fn a_consumer_with_its_own_loop_waits_and_drains() {
    let (subscription, mut socket) = live().await;
    let mut events = VecDeque::new();
    within(poll_fn(|cx| subscription.poll_waiting(cx))).await;
    assert!(subscription.drain(&mut events));
    assert_eq!(events.len(), 1);

    let pair = text_frame(r#"42["notification",{}]"#).repeat(2);
    let both = async {
        tokio::join!(
            poll_fn(|cx| subscription.poll_waiting(cx)),
            socket.send_raw(&pair)
        )
    };
    within(both).await;
    within(socket.round_trip()).await;
    assert!(subscription.drain(&mut events));
    assert_eq!(events.len(), 3, "appended to the earlier event");

    within(subscription.close()).await;
    within(poll_fn(|cx| subscription.poll_waiting(cx))).await;
    assert!(
        !subscription.drain(&mut events),
        "no more events will follow"
    );
    assert_eq!(events.len(), 3);
}
