//! Changes with and without a subscription, and what a stream shows of itself.

use std::time::Duration;

use drivebell::{
    Changes, ChangesOptions, ChangesState, Client, ErrorKind, Event, Lifecycle, PushMode, Resource,
    Since, Trigger,
};
use futures_util::StreamExt;

use crate::support::mirror::{Mirror, quick, upload};
use crate::support::watched::{fault, persistent, simulator};
use crate::support::{until, within};

fn with_push(mode: PushMode) -> ChangesOptions {
    let mut options = quick();
    options.push = Some(mode);
    options
}

fn stream(client: &Client, options: &ChangesOptions) -> Changes {
    let resource = Resource::my_drive();
    client
        .changes_with(&resource, &Since::Start, options)
        .unwrap()
}

async fn lifecycle(changes: &Changes, name: &str) -> Lifecycle {
    let mut events = changes.events();
    within(async {
        loop {
            if let Some(Event::Lifecycle { change, .. }) = events.next().await
                && change.as_str() == name
            {
                return change;
            }
        }
    })
    .await
}

#[tokio::test]
async fn an_app_only_token_polls_until_push_is_allowed() {
    let server = simulator().seed("b!me", 5).app_only(true);
    let simulator = server.start().await.unwrap();
    let client = persistent(simulator.base_url()).build().unwrap();
    let mut options = with_push(PushMode::Auto);
    options.poll_interval = Duration::from_millis(60);
    let mut changes = stream(&client, &options);
    let mut mirror = Mirror::default();
    mirror.follow(&mut changes, &simulator).await;
    let refused = lifecycle(&changes, "push_refused").await;
    assert_eq!(refused.error().unwrap().kind(), ErrorKind::AccessDenied);
    assert!(refused.retry_in().unwrap() > Duration::from_millis(600));
    assert_eq!(changes.state(), ChangesState::Polling);
    upload(&simulator, "polled.txt").await;
    mirror.follow(&mut changes, &simulator).await;

    simulator.set_app_only(false);
    lifecycle(&changes, "connected").await;
    until(async || changes.state() == ChangesState::Live).await;
    upload(&simulator, "pushed.txt").await;
    mirror.follow(&mut changes, &simulator).await;
    assert!(changes.stats().notifications > 0);
}

#[tokio::test]
async fn required_push_ends_the_stream_with_its_refusal() {
    let server = simulator().seed("b!me", 5).app_only(true);
    let simulator = server.start().await.unwrap();
    let client = persistent(simulator.base_url()).build().unwrap();
    let mut changes = stream(&client, &with_push(PushMode::Required));
    let mut events = changes.events();
    let handle = changes.handle();
    let error = within(async {
        loop {
            if let Err(error) = changes.next().await.expect("an error first") {
                return error;
            }
        }
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::AccessDenied);
    assert_eq!(handle.state(), ChangesState::Closed);
    let ended = within(async {
        let mut last = None;
        while let Some(event) = events.next().await {
            last = Some(event);
        }
        last
    });
    assert!(matches!(
        ended.await,
        Some(Event::Lifecycle {
            change: Lifecycle::Ended { .. },
            ..
        })
    ));
    assert_eq!(handle.hint().unwrap_err().kind(), ErrorKind::State);
}

#[tokio::test]
async fn without_push_a_hint_is_followed() {
    let simulator = simulator().seed("b!me", 5).start().await.unwrap();
    let client = persistent(simulator.base_url()).build().unwrap();
    let mut options = with_push(PushMode::Off);
    options.poll_interval = Duration::from_secs(600);
    // Otherwise the query that follows the first one may find the file before the hint does.
    options.lag_delays = vec![Duration::from_secs(600)];
    options.overlap = Duration::ZERO;
    let mut changes = stream(&client, &options);
    let mut mirror = Mirror::default();
    mirror.follow(&mut changes, &simulator).await;
    assert_eq!(changes.state(), ChangesState::Polling);
    upload(&simulator, "hinted.txt").await;
    let handle = changes.handle();
    std::thread::spawn(move || handle.hint().unwrap())
        .join()
        .unwrap();
    let batch = within(changes.next()).await.unwrap().unwrap();
    assert_eq!(batch.trigger, Trigger::Hint);
    assert_eq!((simulator.connected(), changes.stats().hints), (0, 1));

    let handle = changes.handle();
    within(changes.close()).await;
    assert_eq!(handle.hint().unwrap_err().kind(), ErrorKind::State);
}

#[tokio::test]
async fn an_outage_shows_and_passes() {
    let server = simulator()
        .seed("b!me", 50)
        .page_size(5)
        .fault(fault("answer=503,on=delta,skip=2,times=3"));
    let simulator = server.start().await.unwrap();
    let client = persistent(simulator.base_url()).build().unwrap();
    let mut changes = stream(&client, &quick());
    assert_eq!(changes.state(), ChangesState::Starting);
    within(changes.next()).await.unwrap().unwrap();
    assert_eq!(changes.state(), ChangesState::Enumerating);
    let failed = async { lifecycle(&changes, "query_failed").await };
    let failed = within(failed).await;
    assert_eq!(failed.error().unwrap().status(), Some(503));
    assert!(failed.retry_in().is_some());
    let mut mirror = Mirror::default();
    while !mirror.equals(&simulator).await {
        // The first batch was read above.
        let batch = within(changes.next()).await.unwrap().unwrap();
        let caught_up = batch.caught_up;
        mirror.apply(&batch);
        if caught_up {
            break;
        }
    }
    until(async || changes.state() == ChangesState::Live).await;
    assert!(changes.stats().failures >= 1 && changes.stats().items > 40);

    simulator.fault(fault("reset,on=delta")).unwrap();
    changes.hint().unwrap();
    until(async || changes.state() == ChangesState::Away).await;
    assert_eq!(simulator.release_all(), 2);
    until(async || changes.state() == ChangesState::Live).await;
}

#[tokio::test]
async fn a_start_has_a_limit_if_asked_for() {
    let client = persistent("http://127.0.0.1:1").build().unwrap();
    let mut options = quick();
    // The wait to be live counts, too.
    options.live_timeout = Duration::from_secs(3600);
    options.start_timeout = Some(Duration::from_millis(100));
    let mut changes = stream(&client, &options);
    let error = within(changes.next()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionFailed);
    assert!(changes.stats().failures > 0);

    options.live_timeout = Duration::ZERO;
    options.start_timeout = None;
    let changes = stream(&client, &options);
    until(async || changes.state() == ChangesState::Away).await;
    assert!(changes.stats().failures > 0);
}

#[tokio::test]
async fn a_handle_ends_the_stream_at_once() {
    let simulator = simulator().seed("b!me", 5).start().await.unwrap();
    let client = persistent(simulator.base_url()).build().unwrap();
    let mut changes = stream(&client, &quick());
    let (handle, mut events) = (changes.handle(), changes.events());
    within(changes.next()).await.unwrap().unwrap();
    handle.start_close();
    assert_eq!(handle.state(), ChangesState::Closed);
    assert_eq!(handle.hint().unwrap_err().kind(), ErrorKind::State);
    assert!(changes.is_closed() && changes.try_next().is_none());
    assert!(within(changes.next()).await.is_none());
    within(async { while events.next().await.is_some() {} }).await;
    assert!(events.has_ended() && events.try_next().is_none());
    assert_eq!(handle.stats().batches, 1);
}

#[test]
fn a_task_that_the_runtime_stopped_is_an_error_and_an_event() {
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let client = persistent("http://127.0.0.1:9").build().unwrap();
    let stopped = runtime();
    let mut changes = {
        let _guard = stopped.enter();
        stream(&client, &quick())
    };
    let events = changes.events();
    stopped.shutdown_timeout(Duration::from_secs(5));
    assert_eq!(changes.state(), ChangesState::Closed);
    runtime().block_on(async {
        let error = within(changes.next()).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::State, "{error}");
        let all: Vec<Event> = within(events.collect()).await;
        let Some(Event::Lifecycle { change, .. }) = all.last() else {
            panic!("{all:?}");
        };
        assert_eq!(
            (change.as_str(), change.error().unwrap().kind()),
            ("ended", ErrorKind::State)
        );
    });
}
