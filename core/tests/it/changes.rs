//! Changes, through the simulator's delta queries.
//!
//! Not on the other server, whose drives are empty.

use std::time::Duration;

use drivebell::{ChangesOptions, ErrorKind, Item, Resource, Since, Trigger};
use futures_util::{FutureExt, StreamExt};
use serde_json::json;

use crate::support::graph::client;
use crate::support::mirror::{Mirror, follow, http, quick, upload};
use crate::support::watched::{fault, persistent, simulator};
use crate::support::within;

#[tokio::test]
async fn a_mirror_follows_its_drive() {
    let server = simulator()
        .seed("b!me", 500)
        .page_size(60)
        .delta_empty_pages(true)
        .delta_duplicates(true)
        .delta_lag(Duration::from_millis(300));
    let (simulator, mut changes) = follow(server, &Since::Start).await;
    let mut mirror = Mirror::default();
    mirror.follow(&mut changes, &simulator).await;
    assert!(mirror.rows.len() > 500 && mirror.batches > 5);

    for number in 0..6 {
        upload(&simulator, &format!("new-{number}.txt")).await;
    }
    mirror.follow(&mut changes, &simulator).await;
    let renamed = Some(json!({"name": "renamed.txt"}));
    http(&simulator, "PATCH", "/me/drive/root:/new-0.txt", renamed).await;
    http(&simulator, "DELETE", "/me/drive/root:/new-1.txt", None).await;
    mirror.follow(&mut changes, &simulator).await;
    within(changes.close()).await;
}

#[tokio::test]
async fn a_checkpoint_continues_where_its_batch_ended() {
    let (simulator, mut changes) =
        follow(simulator().seed("b!me", 200).page_size(20), &Since::Start).await;
    let mut mirror = Mirror::default();
    // In the middle of the enumeration.
    for _ in 0..3 {
        mirror.apply(&within(changes.next()).await.unwrap().unwrap());
    }
    within(changes.close()).await;
    upload(&simulator, "while-away.txt").await;

    let since = Since::Checkpoint(mirror.checkpoint.clone().unwrap());
    let client = persistent(simulator.base_url()).build().unwrap();
    let resource = Resource::my_drive();
    let mut changes = client.changes_with(&resource, &since, &quick()).unwrap();
    mirror.follow(&mut changes, &simulator).await;
}

#[tokio::test]
async fn a_batch_says_whether_its_items_were_there_at_the_beginning() {
    let server = simulator()
        .seed("b!me", 200)
        .page_size(20)
        .fault(fault("answer=410,on=delta,skip=2,times=1"));
    let (simulator, mut changes) = follow(server, &Since::Start).await;
    let mut checkpoint = String::new();
    // Graph loses track among them.
    for _ in 0..4 {
        let batch = within(changes.next()).await.unwrap().unwrap();
        assert!(batch.initial && !batch.caught_up);
        checkpoint = batch.checkpoint;
    }
    within(changes.close()).await;

    let client = persistent(simulator.base_url()).build().unwrap();
    let again = |checkpoint: String| {
        let since = Since::Checkpoint(checkpoint);
        client.changes_with(&Resource::my_drive(), &since, &quick())
    };
    let mut changes = again(checkpoint).unwrap();
    let mut batch = within(changes.next()).await.unwrap().unwrap();
    while !batch.caught_up {
        assert!(batch.initial);
        batch = within(changes.next()).await.unwrap().unwrap();
    }
    assert!(batch.initial);
    upload(&simulator, "new.txt").await;
    assert!(!within(changes.next()).await.unwrap().unwrap().initial);
    within(changes.close()).await;

    // Neither what has changed meanwhile, nor another enumeration.
    upload(&simulator, "newer.txt").await;
    let mut changes = again(batch.checkpoint).unwrap();
    assert!(!within(changes.next()).await.unwrap().unwrap().initial);
    simulator
        .fault(fault("answer=410,on=delta,times=1"))
        .unwrap();
    upload(&simulator, "newest.txt").await;
    loop {
        let batch = within(changes.next()).await.unwrap().unwrap();
        assert!(!batch.initial);
        if batch.caught_up && batch.resync_code.is_none() && batch.snapshot.is_some() {
            break;
        }
    }
}

#[tokio::test]
async fn a_stream_is_ready_when_the_end_of_its_first_enumeration_was_taken() {
    let server = simulator().seed("b!me", 100).page_size(20);
    let (simulator, mut changes) = follow(server, &Since::Start).await;
    let handle = changes.handle();
    let checkpoint = loop {
        assert!(handle.ready().now_or_never().is_none());
        let batch = within(changes.next()).await.unwrap().unwrap();
        if batch.caught_up {
            break batch.checkpoint;
        }
    };
    within(changes.ready()).await.unwrap();
    within(handle.ready()).await.unwrap();
    within(changes.close()).await;
    within(handle.ready()).await.unwrap();

    let client = persistent(simulator.base_url()).build().unwrap();
    for since in [Since::Now, Since::Checkpoint(checkpoint)] {
        let changes = client.changes(&Resource::my_drive(), &since).unwrap();
        within(changes.ready()).await.unwrap();
    }
    // A stream that ends before is never ready.
    let closed = client
        .changes(&Resource::my_drive(), &Since::Start)
        .unwrap();
    let handle = closed.handle();
    let both = async { tokio::join!(handle.ready(), closed.close()) };
    let (ready, ()) = within(both).await;
    assert_eq!(ready.unwrap_err().kind(), ErrorKind::State);
    let refused = crate::support::graph::client(simulator.base_url());
    simulator.fault(fault("answer=403,on=delta")).unwrap();
    let mut failed = refused
        .changes(&Resource::my_drive(), &Since::Start)
        .unwrap();
    let handle = failed.handle();
    let both = async { tokio::join!(handle.ready(), failed.next()) };
    let (ready, next) = within(both).await;
    assert_eq!(ready.unwrap_err().kind(), ErrorKind::AccessDenied);
    assert_eq!(next.unwrap().unwrap_err().kind(), ErrorKind::AccessDenied);
}

#[tokio::test]
async fn a_stream_from_now_starts_with_the_next_change() {
    let (simulator, mut changes) = follow(simulator().seed("b!me", 50), &Since::Now).await;
    let first = within(changes.next()).await.unwrap().unwrap();
    assert!(first.items.is_empty() && first.caught_up && first.snapshot.is_none());
    assert_eq!(first.trigger, Trigger::Start);
    assert!(!first.initial);
    upload(&simulator, "new.txt").await;
    let batch = within(changes.next()).await.unwrap().unwrap();
    assert_eq!(batch.trigger, Trigger::Hint);
    let names: Vec<_> = batch.items.iter().filter_map(Item::name).collect();
    assert!(names.contains(&"new.txt"), "{names:?}");
}

#[tokio::test]
async fn a_410_causes_an_enumeration_under_a_new_snapshot() {
    for code in [
        "resyncChangesApplyDifferences",
        "resyncChangesUploadDifferences",
        "resyncRequired",
    ] {
        let (simulator, mut changes) =
            follow(simulator().seed("b!me", 100).page_size(30), &Since::Start).await;
        let mut mirror = Mirror::default();
        mirror.follow(&mut changes, &simulator).await;
        let gone = format!("answer=410,code={code},on=delta,times=1");
        simulator.fault(fault(&gone)).unwrap();
        upload(&simulator, "after.txt").await;
        let batch = within(changes.next()).await.unwrap().unwrap();
        assert_eq!(batch.resync_code.as_deref(), Some(code));
        mirror.apply(&batch);
        mirror.follow(&mut changes, &simulator).await;
        let marks: Vec<_> = mirror.rows.values().map(|(_, mark)| mark).collect();
        assert!(marks.iter().all(|mark| **mark == batch.snapshot));
    }
}

#[tokio::test]
async fn faults_between_pages_lose_nothing() {
    let server = simulator()
        .seed("b!me", 300)
        .page_size(20)
        .fault(fault("answer=429,retryAfter=1,on=delta,skip=2,times=1"))
        .fault(fault("answer=503,on=delta,skip=5,times=2"))
        .fault(fault("answer=410,on=delta,skip=8,times=1"))
        .fault(fault("reset,on=delta,skip=11,times=1"));
    let (simulator, mut changes) = follow(server, &Since::Start).await;
    let mut mirror = Mirror::default();
    mirror.follow(&mut changes, &simulator).await;
    let requests = simulator.requests();
    let delta = requests
        .iter()
        .filter(|request| request.path.contains("delta"));
    assert!(delta.count() > 300 / 20);
}

#[tokio::test]
async fn it_polls_without_a_live_subscription() {
    let server = simulator()
        .seed("b!me", 10)
        .fault(fault("answer=400,on=endpoint"));
    let simulator = server.start().await.unwrap();
    let client = persistent(simulator.base_url()).build().unwrap();
    let mut options = quick();
    options.live_timeout = Duration::from_millis(100);
    options.lag_delays.clear();
    let resource = Resource::my_drive();
    let mut changes = client
        .changes_with(&resource, &Since::Start, &options)
        .unwrap();
    let mut mirror = Mirror::default();
    mirror.follow(&mut changes, &simulator).await;
    upload(&simulator, "new.txt").await;
    let batch = within(changes.next()).await.unwrap().unwrap();
    assert_eq!(batch.trigger, Trigger::Poll);
    mirror.apply(&batch);
    mirror.follow(&mut changes, &simulator).await;
}

#[tokio::test]
async fn a_list_brings_rows() {
    let simulator = simulator().seed("b!me", 20).start().await.unwrap();
    let client = persistent(simulator.base_url()).build().unwrap();
    let list = Resource::drive_list("b!me").unwrap();
    let mut changes = client.changes(&list, &Since::Start).unwrap();
    let batch = within(changes.next()).await.unwrap().unwrap();
    assert!(!batch.items.is_empty());
    for item in &batch.items {
        let Item::List(row) = item else {
            panic!("{item:?}")
        };
        assert!(!row.id().is_empty() && row.modified_at().is_some());
    }
}

#[tokio::test]
async fn invalid_arguments_fail_at_the_call() {
    let client = client("http://127.0.0.1:1");
    let drive = Resource::my_drive();
    let pathless = Resource::path("/x/subscriptions/socketIo", None).unwrap();
    let since = Since::Checkpoint("nonsense".to_owned());
    let named = |select: &str, prefer: &str, page_size| {
        let mut options = ChangesOptions::default();
        options.select = vec![select.to_owned()];
        options.prefer = vec![prefer.to_owned()];
        options.page_size = page_size;
        options
    };
    let plain = ChangesOptions::default();
    let mut busy = plain.clone();
    busy.poll_interval = Duration::ZERO;
    let mut hasty = plain.clone();
    hasty.safety_interval = Some(Duration::ZERO);
    let zeros = [
        ("audit_interval", {
            let mut options = plain.clone();
            options.audit_interval = Some(Duration::ZERO);
            options
        }),
        ("deaf_after", {
            let mut options = plain.clone();
            options.deaf_after = Some(Duration::ZERO);
            options
        }),
        ("max_concurrent_queries", {
            let mut options = plain.clone();
            options.max_concurrent_queries = 0;
            options
        }),
    ];
    for (argument, options) in &zeros {
        let error = client
            .changes_with(&drive, &Since::Now, options)
            .unwrap_err();
        assert_eq!(error.argument(), Some(*argument), "{error}");
        let all = client.changes_all([(&drive, &Since::Now)], options);
        assert_eq!(all.unwrap_err().argument(), Some(*argument));
    }
    for (resource, since, options, argument) in [
        (&pathless, &Since::Start, &plain, "resource"),
        (&drive, &since, &plain, "since"),
        (&drive, &Since::Now, &busy, "poll_interval"),
        (&drive, &Since::Now, &hasty, "safety_interval"),
        (&drive, &Since::Now, &named("a&b", "p", None), "select"),
        (&drive, &Since::Now, &named("name", "a\nb", None), "prefer"),
        (
            &drive,
            &Since::Now,
            &named("name", "p", Some(0)),
            "page_size",
        ),
    ] {
        let error = client.changes_with(resource, since, options).unwrap_err();
        assert_eq!(error.argument(), Some(argument), "{error}");
    }
}
