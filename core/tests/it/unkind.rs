//! Changes of a Graph that hides, loses and repeats.

use std::time::Duration;

use drivebell::{
    ChangesEvents, ChangesOptions, DisconnectReason, Event, Lifecycle, Resource, Since, Trigger,
};
use futures_util::StreamExt;

use crate::support::mirror::{Mirror, follow, http, quick, upload};
use crate::support::watched::{fault, persistent, simulator};
use crate::support::within;

const MILLISECOND: Duration = Duration::from_millis(1);

#[tokio::test]
async fn no_link_skips_what_lags() {
    let server = simulator()
        .seed("b!me", 20)
        .delta_lag(300 * MILLISECOND)
        .delta_empty_rounds_skip(true)
        .delta_unchanged(0.3)
        .fault(fault("answer=404,share=0.05,on=delta"));
    let (simulator, mut changes) = follow(server, &Since::Start).await;
    let mut mirror = Mirror::default();
    mirror.follow(&mut changes, &simulator).await;
    for round in 0..5 {
        upload(&simulator, &format!("{round}-a.txt")).await;
        upload(&simulator, &format!("{round}-b.txt")).await;
        let path = format!("/me/drive/root:/{round}-a.txt");
        http(&simulator, "DELETE", &path, None).await;
        mirror.follow(&mut changes, &simulator).await;
    }
}

#[tokio::test]
async fn an_overlap_hands_nothing_out_twice_and_survives_a_restart() {
    let server = simulator().seed("b!me", 5);
    let (simulator, mut changes) = follow(server, &Since::Start).await;
    let mut mirror = Mirror::default();
    mirror.follow(&mut changes, &simulator).await;
    upload(&simulator, "once.txt").await;
    mirror.follow(&mut changes, &simulator).await;
    let handed_out = changes.stats().items;
    within(async {
        while changes.stats().repeated == 0 {
            tokio::time::sleep(5 * MILLISECOND).await;
        }
    })
    .await;
    assert_eq!(changes.stats().items, handed_out);
    within(changes.close()).await;

    // The checkpoint still leads to before the upload: it may come again, once.
    let since = Since::Checkpoint(mirror.checkpoint.clone().unwrap());
    let client = persistent(simulator.base_url()).build().unwrap();
    let resource = Resource::my_drive();
    let mut changes = client.changes_with(&resource, &since, &quick()).unwrap();
    let again = within(changes.next()).await.unwrap().unwrap();
    assert!(again.caught_up && again.items.len() <= 2, "{again:?}");
}

fn audited() -> ChangesOptions {
    let mut options = quick();
    options.audit_interval = Some(700 * MILLISECOND);
    options
}

#[tokio::test]
async fn an_audit_finds_what_graph_has_lost() {
    let server = simulator()
        .seed("b!me", 60)
        .page_size(10)
        .delta_lose_tombstones(1);
    let simulator = server.start().await.unwrap();
    let client = persistent(simulator.base_url()).build().unwrap();
    let resource = Resource::my_drive();
    let mut changes = client
        .changes_with(&resource, &Since::Start, &audited())
        .unwrap();
    upload(&simulator, "lost.txt").await;
    let mut mirror = Mirror::default();
    mirror.follow(&mut changes, &simulator).await;
    let first = mirror.rows.values().next().unwrap().1.clone();
    http(&simulator, "DELETE", "/me/drive/root:/lost.txt", None).await;
    // While it runs, other changes come, and nothing is swept too early.
    upload(&simulator, "meanwhile.txt").await;
    let end = within(async {
        loop {
            let batch = changes.next().await.unwrap().unwrap();
            mirror.apply(&batch);
            if batch.trigger == Trigger::Audit && mirror.equals(&simulator).await {
                return batch;
            }
            assert!(mirror.rows.len() > 60);
        }
    })
    .await;
    assert!(end.caught_up && end.snapshot > first, "{end:?}");
    assert!(changes.stats().audits >= 1);

    // A restart in the middle of an audit ends it, too.
    let middle = within(async {
        loop {
            let batch = changes.next().await.unwrap().unwrap();
            mirror.apply(&batch);
            if batch.trigger == Trigger::Audit && !batch.caught_up {
                return batch;
            }
        }
    })
    .await;
    within(changes.close()).await;
    let since = Since::Checkpoint(middle.checkpoint);
    let mut changes = client.changes_with(&resource, &since, &audited()).unwrap();
    within(async {
        loop {
            let batch = changes.next().await.unwrap().unwrap();
            mirror.apply(&batch);
            if batch.trigger == Trigger::Audit && batch.caught_up {
                assert_eq!(batch.snapshot, middle.snapshot);
                return;
            }
        }
    })
    .await;
    assert!(mirror.equals(&simulator).await);
}

#[tokio::test]
async fn a_stream_from_now_is_not_audited() {
    let server = simulator().seed("b!me", 5);
    let simulator = server.start().await.unwrap();
    let client = persistent(simulator.base_url()).build().unwrap();
    let mut options = audited();
    options.audit_interval = Some(MILLISECOND);
    let resource = Resource::my_drive();
    let mut changes = client
        .changes_with(&resource, &Since::Now, &options)
        .unwrap();
    for number in 0..3 {
        let batch = within(changes.next()).await.unwrap().unwrap();
        assert!(batch.trigger != Trigger::Audit && batch.snapshot.is_none());
        upload(&simulator, &format!("{number}.txt")).await;
    }
}

/// From now on the endpoint announces nothing, and its connection keeps its heartbeat.
const QUIET: &str = "expire=1,then=quiet,announced=false,when=now";

async fn next_change(events: &mut ChangesEvents) -> Lifecycle {
    match within(events.next()).await {
        Some(Event::Lifecycle { change, .. }) => change,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_renewal_is_followed_by_a_look() {
    let server = simulator().seed("b!me", 5).lifetime(Duration::from_secs(2));
    let simulator = server.start().await.unwrap();
    let client = persistent(simulator.base_url())
        .retry_reset_after(Duration::ZERO)
        .build()
        .unwrap();
    let mut options = quick();
    options.lag_delays.clear();
    let resource = Resource::my_drive();
    let mut changes = client
        .changes_with(&resource, &Since::Start, &options)
        .unwrap();
    let mut mirror = Mirror::default();
    mirror.follow(&mut changes, &simulator).await;
    let mut events = changes.events();
    assert!(matches!(
        next_change(&mut events).await,
        Lifecycle::Connected
    ));
    simulator.fault(fault(QUIET)).unwrap();
    upload(&simulator, "unheard.txt").await;
    let batch = within(changes.next()).await.unwrap().unwrap();
    assert_eq!(batch.trigger, Trigger::Renewal);
    assert!(matches!(next_change(&mut events).await, Lifecycle::Renewed));
    mirror.apply(&batch);
    assert!(mirror.equals(&simulator).await);
    assert!(changes.stats().renewals >= 1);
}

#[tokio::test]
async fn a_deaf_connection_is_told_and_replaced() {
    let simulator = simulator().seed("b!me", 5).start().await.unwrap();
    let client = persistent(simulator.base_url())
        .retry_reset_after(Duration::ZERO)
        .build()
        .unwrap();
    let mut options = quick();
    options.deaf_after = Some(100 * MILLISECOND);
    options.lag_delays.clear();
    options.overlap = Duration::ZERO;
    let resource = Resource::my_drive();
    let mut changes = client
        .changes_with(&resource, &Since::Start, &options)
        .unwrap();
    let mut mirror = Mirror::default();
    mirror.follow(&mut changes, &simulator).await;
    let mut events = changes.events();
    assert!(matches!(
        next_change(&mut events).await,
        Lifecycle::Connected
    ));
    simulator.fault(fault(QUIET)).unwrap();
    // By times in whole seconds, the change must be later than the connection, and have an age.
    tokio::time::sleep(1500 * MILLISECOND).await;
    upload(&simulator, "unheard.txt").await;
    tokio::time::sleep(2500 * MILLISECOND).await;
    changes.hint().unwrap();
    mirror.follow(&mut changes, &simulator).await;
    let disconnected = next_change(&mut events).await;
    let connected = next_change(&mut events).await;
    assert_eq!(disconnected.reason(), Some(&DisconnectReason::Deaf));
    assert!(matches!(connected, Lifecycle::Connected));
    assert_eq!(changes.stats().deaf, 1);
    mirror.follow(&mut changes, &simulator).await;
}
