//! A subscription survives the failures of the service, and reports each gap.
//!
//! On the simulator only: npm socket.io cannot fail in these ways on demand.

use std::time::Duration;

use drivebell::{DisconnectReason, ErrorKind, Event, Lifecycle, Resource, SessionState};
use drivebell_simulator::Simulator;
use futures_util::StreamExt;
use futures_util::future::join_all;

use crate::support::graph::TOKEN;
use crate::support::watched::{Watched, persistent, simulator};
use crate::support::{until, within};

#[tokio::test]
async fn every_ending_is_followed_by_a_new_connection_and_one_resync() {
    let endings = [
        ("disconnect,when=now", "namespace_disconnect"),
        ("engineClose,when=now", "engine_close"),
        ("close=1000,when=now", "websocket_close"),
        ("close=1001,when=now", "websocket_close"),
        ("close=1011,when=now", "websocket_close"),
        (r#"{"action":"close","when":"now"}"#, "websocket_close"),
        ("cut,on=socket,when=now", "connection_closed"),
        ("reset,on=socket,when=now", "connection_reset"),
        ("silence,on=socket,when=now", "heartbeat_timeout"),
        ("hold=toClient,on=socket,when=now", "heartbeat_timeout"),
        ("serverDisconnect=moving,when=now", "server_disconnect"),
        ("text=9,when=now", "protocol_error"),
        ("frame=1,size=2000000,when=now", "protocol_error"),
        ("frame=2,text=binary,when=now", "protocol_error"),
    ];
    let each = endings.map(async |(fault, expected)| {
        let mut watched = Watched::live().await;
        watched.fault(fault);
        let reason = watched.expect_gap(&[]).await;
        assert_eq!(reason.as_str(), expected, "{fault}");
        // The endpoint is still valid, and reused.
        assert_eq!(watched.endpoints_requested(), 1, "{fault}");
    });
    join_all(each).await;
}

#[tokio::test]
async fn failures_of_a_new_connection_are_reported_and_survived() {
    let obstacles = [
        // (fault, number of endpoints acquired: a URL that failed is not reused)
        ("refuseNamespace,times=1,when=next", 2),
        ("refuseNamespace=null,times=2,when=next", 3),
        ("answer=401,on=socket,times=1,when=next", 2),
        ("answer=403,on=socket,times=1,when=next", 2),
        ("answer=503,on=socket,times=2,when=next", 3),
        ("answer=503,on=socket,retryAfter=1,times=1,when=next", 2),
        ("ignoreJoin,times=1,when=next", 2),
        ("hold=toClient,on=socket,after=upgrade,times=1,when=next", 2),
        ("cut,on=socket,after=upgrade,times=1,when=next", 2),
        ("reset,on=socket,times=1,when=next", 2),
    ];
    let each = obstacles.map(async |(fault, acquired)| {
        let mut watched = Watched::live().await;
        watched.fault(fault);
        watched.fault("close=1001,when=now");
        watched.expect_gap(&["unavailable"]).await;
        assert_eq!(watched.endpoints_requested(), acquired, "{fault}");
    });
    join_all(each).await;
}

#[tokio::test]
async fn graph_may_be_unavailable_when_a_new_endpoint_is_needed() {
    let faults = [
        "answer=400,on=endpoint,times=3",
        "answer=400,on=endpoint,forMs=500",
        "answer=429,retryAfter=1,on=endpoint,times=1",
        "answer=503,retryAfter=1,on=endpoint,times=1",
        "answer=500,on=endpoint,times=2",
        r#"{"action":{"answer":{"status":502,"body":"<html>"}},"on":"endpoint","times":2}"#,
        r#"{"action":{"answer":{"status":200,"body":{}}},"on":"endpoint","times":2}"#,
        "answer=401,on=endpoint,times=1",
        "answer=403,on=endpoint,times=2",
        "answer=404,on=endpoint,times=2",
        "reset,on=graph,times=2",
        "hold,on=graph,times=1",
    ];
    let each = faults.map(async |fault| {
        let mut watched = Watched::live().await;
        watched.fault(fault);
        // So that the current endpoint cannot be reused.
        watched.fault("refuseNamespace,times=1,when=next");
        watched.fault("close=1001,when=now");
        watched.expect_gap(&["unavailable"]).await;
    });
    join_all(each).await;
}

#[tokio::test]
async fn a_pause_that_graph_requests_is_kept_and_reported() {
    let mut watched = Watched::live().await;
    watched.fault("answer=429,retryAfter=1,on=endpoint,times=1");
    watched.fault("refuseNamespace,times=1,when=next");
    watched.fault("close=1001,when=now");
    let mut pauses = Vec::new();
    loop {
        match watched.next().await.unwrap() {
            Event::Lifecycle {
                change: Lifecycle::Unavailable { error, retry_in },
                ..
            } if error.kind() == ErrorKind::Throttled => {
                assert_eq!(error.retry_after(), Some(retry_in));
                pauses.push(retry_in);
            }
            Event::Lifecycle {
                change: Lifecycle::Connected,
                ..
            } => break,
            _ => {}
        }
    }
    assert_eq!(pauses, [Duration::from_secs(1)]);
}

#[tokio::test]
async fn a_start_survives_temporary_failures() {
    for fault in [
        "answer=400,on=endpoint,times=2",
        "answer=429,retryAfter=1,on=endpoint,times=1",
        "answer=503,on=socket,times=2",
        "refuseNamespace,times=2",
        "reset,on=graph,times=2",
    ] {
        let mut watched = Watched::start(&[fault]).await;
        watched.expect(&["unavailable", "connected"]).await;
        // There is no resync: it was not subscribed before.
        watched.expect_alive().await;
    }
}

#[tokio::test]
async fn a_consumer_that_does_not_wait_gets_a_resync_when_it_is_live() {
    let simulator = simulator()
        .fault(crate::support::watched::fault(
            "answer=400,on=endpoint,times=2",
        ))
        .start()
        .await
        .unwrap();
    let client = persistent(simulator.base_url()).build().unwrap();
    let subscription = client.subscribe_without_waiting(&Resource::my_drive());
    let mut watched = Watched {
        simulator,
        subscription,
    };
    watched
        .expect(&["unavailable", "connected", "resync"])
        .await;
    watched.expect_alive().await;
}

#[tokio::test]
async fn delayed_duplicated_or_split_frames_do_not_end_a_connection() {
    let mut watched = Watched::live().await;
    watched.fault("delay=20,on=socket");
    watched.fault("split=50,on=socket");
    for _ in 0..5 {
        watched.expect_alive().await;
    }
    let doubling = simulator().duplicate(true);
    let mut watched = Watched::start_with(doubling, |client| client).await;
    watched.expect(&["connected"]).await;
    watched.notify();
    // Equal notifications are not deduplicated.
    watched.expect(&["changed", "changed"]).await;
}

#[tokio::test]
async fn a_malformed_event_is_a_resync_and_does_not_end_the_connection() {
    let mut watched = Watched::live().await;
    watched.fault(
        r#"{"action":{"text":{"text":"42/notifications,[\"notification\",\"{\"]"}},"when":"now"}"#,
    );
    watched.expect(&["resync"]).await;
    watched.expect_alive().await;
    assert_eq!(watched.subscription.stats().reconnects, 0);
}

#[tokio::test]
async fn a_black_hole_is_noticed_and_the_session_recovers() {
    let mut watched = Watched::live().await;
    let hole = watched
        .simulator
        .fault(crate::support::watched::fault("hold"))
        .unwrap();
    watched.expect(&["disconnected", "unavailable"]).await;
    watched.simulator.release(hole);
    // An attempt that was in the hole may have failed meanwhile.
    loop {
        let event = watched.next().await.unwrap();
        match crate::support::watched::name(&event) {
            "unavailable" => {}
            "connected" => break,
            other => panic!("{other}"),
        }
    }
    watched.expect(&["resync"]).await;
    watched.expect_alive().await;
}

#[tokio::test]
async fn everything_restarted_at_once_costs_each_subscription_one_resync() {
    let first = simulator().start().await.unwrap();
    let port = first.port();
    let client = persistent(first.base_url())
        .max_handshakes(3)
        .build()
        .unwrap();
    let subscribing = (0..20).map(|_| async { client.subscribe(&Resource::my_drive()).await });
    let subscriptions = within(join_all(subscribing)).await;
    within(first.shutdown()).await;
    until(async || {
        tokio::net::TcpListener::bind(("127.0.0.1", port))
            .await
            .is_ok()
    })
    .await;
    let second = simulator().port(port).start().await.unwrap();
    let each = subscriptions.into_iter().map(async |subscription| {
        let mut subscription = subscription.unwrap();
        let mut names = Vec::new();
        while names.last() != Some(&"resync") {
            let event = within(subscription.next()).await.unwrap().unwrap();
            names.push(crate::support::watched::name(&event));
        }
        names.retain(|name| *name != "unavailable");
        assert_eq!(names, ["connected", "disconnected", "connected", "resync"]);
        subscription
    });
    let subscriptions = join_all(each).await;
    assert_eq!(second.connected(), 20);
    for subscription in subscriptions {
        assert_eq!(subscription.state(), SessionState::Live);
        assert_eq!(subscription.stats().reconnects, 1);
        within(subscription.close()).await;
    }
}

#[tokio::test]
async fn an_unresolvable_name_and_a_refused_connection_are_reported() {
    let unused = Simulator::builder().token(TOKEN).start().await.unwrap();
    let refused = unused.base_url();
    within(unused.shutdown()).await;
    // RFC 6761, section 6.4, reserves this name: it never resolves.
    let unresolvable = "https://graph.invalid".to_owned();
    for (base_url, message) in [(refused, "reached"), (unresolvable, "resolved")] {
        let client = persistent(base_url).build().unwrap();
        let mut subscription = client.subscribe_without_waiting(&Resource::my_drive());
        for _ in 0..3 {
            let event = within(subscription.next()).await.unwrap().unwrap();
            let Event::Lifecycle {
                change: Lifecycle::Unavailable { error, .. },
                ..
            } = event
            else {
                panic!("{event:?}")
            };
            assert_eq!(error.kind(), ErrorKind::ConnectionFailed);
            assert!(error.to_string().contains(message), "{error:?}");
        }
        within(subscription.close()).await;
    }
}

#[tokio::test]
async fn a_persistent_refusal_ends_a_session_that_was_live() {
    for (status, kind) in [
        (401, ErrorKind::Authentication),
        (403, ErrorKind::AccessDenied),
        (404, ErrorKind::NotFound),
    ] {
        let timeout = Duration::from_millis(300);
        let mut watched =
            Watched::start_with(simulator(), |client| client.refusal_timeout(timeout)).await;
        watched.fault(&format!("answer={status},on=endpoint"));
        watched.fault("answer=403,on=socket,when=next");
        watched.fault("reset,on=socket,when=now");
        watched
            .expect(&["connected", "disconnected", "unavailable"])
            .await;
        let error = loop {
            match watched.next().await {
                Ok(event) => assert_eq!(crate::support::watched::name(&event), "unavailable"),
                Err(error) => break error,
            }
        };
        assert_eq!((error.kind(), error.status()), (kind, Some(status)));
        assert!(within(watched.subscription.next()).await.is_none());
        assert_eq!(watched.subscription.state(), SessionState::Closed);
        let again = within(watched.subscription.closed()).await.unwrap_err();
        assert_eq!(again.status(), Some(status));
    }
}

#[tokio::test]
async fn a_session_without_a_connection_can_be_closed() {
    for fault in [
        "reset",
        "hold",
        "answer=503,on=socket",
        "answer=429,retryAfter=60,on=endpoint",
    ] {
        let mut watched = Watched::live().await;
        watched.fault(fault);
        watched.fault("refuseNamespace");
        watched.fault("close=1001,when=now");
        watched.expect(&["disconnected"]).await;
        within(watched.subscription.close()).await;
        assert!(within(watched.subscription.closed()).await.is_ok());
    }
}

#[tokio::test]
async fn an_announced_end_is_reported_with_its_reason_and_pause() {
    let mut watched = Watched::live().await;
    watched.fault(
        r#"{"action":{"serverDisconnect":{"code":503,"message":"moving","retryAfter":1}},"when":"now"}"#,
    );
    let reason = watched.expect_gap(&[]).await;
    assert_eq!(
        reason,
        DisconnectReason::ServerDisconnect {
            code: Some("503".to_owned()),
            message: Some("moving".to_owned()),
            retry_after: Some(Duration::from_secs(1)),
        }
    );
}
