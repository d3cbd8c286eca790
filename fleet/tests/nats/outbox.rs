use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use drivebell::{ChangeBatch, Item};
use drivebell_fleet::nats::StreamOptions;
use drivebell_fleet::outbox::{Drive, Fence, Published};
use futures_util::future::join_all;
use tokio::time::timeout;

use crate::DEADLINE;
use crate::consumer::{Event, events, table};
use crate::fixture::{DRIVE, PARTITION, Worker, batch, item};
use crate::server::Server;
use crate::until;

async fn owner(server: &Server) -> (Worker, Fence) {
    let worker = Worker::start(server, "a").await;
    let fence = own(&worker).await;
    (worker, fence)
}

async fn own(worker: &Worker) -> Fence {
    let epoch = worker.claim().await;
    worker.outbox.raise(PARTITION, epoch).await.unwrap()
}

fn many(count: usize) -> Vec<Item> {
    (0..count).map(|id| item(&id.to_string(), "")).collect()
}

/// The items of events, in their order; a snapshot by its kind.
fn short(events: &[Event]) -> Vec<String> {
    let name = |event: &Event| match event.kind() {
        "item.changed" => event.item().to_owned(),
        "item.deleted" => format!("-{}", event.item()),
        kind => kind.strip_prefix("snapshot.").unwrap().to_owned(),
    };
    events.iter().map(name).collect()
}

fn ids(events: &[Event]) -> HashSet<&str> {
    events.iter().map(|event| event.id.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_published_once_in_its_order() {
    let server = Server::start();
    let (worker, fence) = owner(&server).await;
    let mut changes = batch(many(300), "01");
    changes.caught_up = true;
    changes.initial = true;
    let memo = worker.publish(&fence, &changes, "").await.unwrap();
    let stored = events(&worker).await;
    let mut expected = vec!["started".to_owned()];
    expected.extend((0..300).map(|id| id.to_string()));
    expected.push("completed".to_owned());
    assert_eq!(short(&stored), expected);
    assert_eq!(ids(&stored).len(), 302);

    // The last items are remembered, and the snapshot is.
    let mut again = batch(many(300).split_off(100), "01");
    again.caught_up = true;
    let memo = worker.publish(&fence, &again, &memo).await.unwrap();
    assert_eq!(events(&worker).await.len(), 302);
    assert_eq!(worker.outbox.stats().skipped, 200);
    assert_eq!(worker.outbox.adopt("kim", &memo).await, memo);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_again_is_told_again() {
    let server = Server::start();
    let (worker, fence) = owner(&server).await;
    let (there, gone) = (item("1", ""), item("1", r#","deleted":{}"#));
    let mut memo = String::new();
    for state in [&there, &there, &gone, &gone, &there, &gone, &gone] {
        let changes = batch(vec![state.clone()], "01");
        memo = worker.publish(&fence, &changes, &memo).await.unwrap();
    }
    let stored = events(&worker).await;
    assert_eq!(short(&stored), ["started", "1", "-1", "1", "-1"]);
    assert_eq!(ids(&stored).len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_the_server_in_the_middle_loses_and_doubles_nothing() {
    const ITEMS: usize = 20_000;
    let mut server = Server::start();
    let (worker, fence) = owner(&server).await;
    let worker = Arc::new(worker);
    let mut changes = batch(many(ITEMS), "01");
    changes.caught_up = true;
    let publishing = {
        let worker = Arc::clone(&worker);
        tokio::spawn(async move { worker.outbox.publish(&DRIVE, &fence, &changes, "").await })
    };
    for _ in 0..3 {
        let before = worker.outbox.stats().published;
        while worker.outbox.stats().published < before + 500 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.kill();
        timeout(DEADLINE, worker.connection.until_lost())
            .await
            .unwrap();
        server.restart();
    }
    let published = timeout(DEADLINE, publishing).await.unwrap().unwrap();
    assert!(matches!(published, Published::Done { .. }));
    let stats = worker.outbox.stats();
    assert!(stats.retries >= 3, "{stats:?}");
    let stored = events(&worker).await;
    assert_eq!((stored.len(), ids(&stored).len()), (ITEMS + 2, ITEMS + 2));
    assert_eq!(short(&stored).last().unwrap(), "completed");
    assert_eq!(stats.open, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_stream_is_waited_for() {
    let server = Server::start();
    let options = StreamOptions {
        max_bytes: Some(64 * 1024),
        ..StreamOptions::default()
    };
    let worker = Worker::start_with(&server, "a", &options).await;
    let fence = own(&worker).await;
    let changes = batch(many(400), "01");
    let publishing = worker.outbox.publish(&DRIVE, &fence, &changes, "");
    let consuming = async {
        let mut seen = Vec::new();
        loop {
            let before = worker.outbox.stats();
            while worker.outbox.stats().full == before.full && worker.outbox.stats().open > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            if worker.outbox.stats().open == 0 {
                return seen;
            }
            seen.extend(events(&worker).await);
            worker
                .buckets
                .changes
                .purge()
                .filter("test.changes.>")
                .await
                .unwrap();
        }
    };
    let both = async { tokio::join!(publishing, consuming) };
    let (published, mut seen) = timeout(DEADLINE, both).await.unwrap();
    assert!(matches!(published, Published::Done { .. }));
    seen.extend(events(&worker).await);
    assert!(worker.outbox.stats().full > 0);
    assert_eq!((seen.len(), ids(&seen).len()), (401, 401));
}

/// The worker dies after so many messages, and another one continues without its memo.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_in_the_middle_loses_and_doubles_nothing() {
    let server = Server::start();
    let setup = Worker::start(&server, "setup").await;
    let mut memo = String::new();
    let mut expected = 0;
    for round in 0..8_usize {
        let snapshot = "01";
        let (dying, living) = (
            Worker::start(&server, &format!("dying-{round}")).await,
            Worker::start(&server, &format!("living-{round}")).await,
        );
        let fence = own(&dying).await;
        memo = dying.outbox.adopt("kim", &memo).await;
        let items: Vec<_> = (0..600)
            .map(|id| item(&id.to_string(), &format!(r#","size":{round}"#)))
            .collect();
        let changes = batch(items, snapshot);
        {
            let publishing = dying.outbox.publish(&DRIVE, &fence, &changes, &memo);
            let enough = async {
                while dying.outbox.stats().published < 75 * round as u64 + 1 {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                _ = publishing => {}
                () = enough => {}
            }
        }
        let fence = own(&living).await;
        let adopted = living.outbox.adopt("kim", &memo).await;
        memo = living.publish(&fence, &changes, &adopted).await.unwrap();
        expected += 600;
        let stored = events(&setup).await;
        assert_eq!(stored.len(), expected + 1, "round {round}");
        assert_eq!(ids(&stored).len(), stored.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_stream_has_dropped_is_told_twice_rather_than_never() {
    let server = Server::start();
    let (worker, fence) = owner(&server).await;
    let (there, gone) = (item("1", ""), item("1", r#","deleted":{}"#));
    let one = |item: &Item| batch(vec![item.clone()], "01");
    let memo = worker.publish(&fence, &one(&gone), "").await.unwrap();
    // Dies before its checkpoint is written.
    worker.publish(&fence, &one(&there), &memo).await.unwrap();
    let mut seen = events(&worker).await;
    worker
        .buckets
        .changes
        .purge()
        .filter("test.changes.>")
        .await
        .unwrap();

    for memo in [memo.as_str(), "", "1.???", "9.AAAA"] {
        let adopted = worker.outbox.adopt("kim", memo).await;
        worker.publish(&fence, &one(&gone), &adopted).await.unwrap();
        seen.extend(events(&worker).await);
        assert_eq!(short(&seen).last().unwrap(), "-1", "{memo}");
        let ids_before = ids(&seen).len();
        worker
            .publish(&fence, &one(&there), &adopted)
            .await
            .unwrap();
        seen.extend(events(&worker).await);
        assert!(ids(&seen).len() > ids_before);
        assert_eq!(table(&seen).len(), 1, "{memo}");
        worker
            .buckets
            .changes
            .purge()
            .filter("test.changes.>")
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_that_is_too_large_is_told_without_its_json() {
    let server = Server::start_with("max_payload: 8192", true);
    let (worker, fence) = owner(&server).await;
    let large = item("2", &format!(r#","name":"{}""#, "x".repeat(20_000)));
    let changes = batch(vec![item("1", ""), large, item("3", "")], "01");
    let memo = worker.publish(&fence, &changes, "").await.unwrap();
    let stored = events(&worker).await;
    assert_eq!(short(&stored), ["started", "1", "2", "3"]);
    let truncated = &stored[2].json["data"];
    assert_eq!(
        (&truncated["truncated"], truncated.get("item")),
        (&true.into(), None)
    );
    assert!(stored[2].id.ends_with("-truncated"));
    assert_eq!(worker.outbox.stats().truncated, 1);
    worker.publish(&fence, &changes, &memo).await.unwrap();
    assert_eq!(events(&worker).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_with_a_limit_for_messages_is_respected() {
    let server = Server::start();
    let (worker, fence) = owner(&server).await;
    let mut config = worker.buckets.changes.cached_info().config.clone();
    config.max_message_size = 2000;
    worker
        .connection
        .jetstream()
        .update_stream(config)
        .await
        .unwrap();
    let large = item("2", &format!(r#","name":"{}""#, "x".repeat(3000)));
    let changes = batch(vec![item("1", ""), large], "01");
    worker.publish(&fence, &changes, "").await.unwrap();
    let stored = events(&worker).await;
    assert_eq!(short(&stored), ["started", "1", "2"]);
    assert_eq!(stored[2].json["data"]["truncated"], true);
}

/// The first worker's clock is ahead, and it dies during the first enumeration.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_behind_leaves_no_row_behind() {
    let server = Server::start();
    let (worker, fence) = owner(&server).await;
    let ahead = batch(vec![item("1", ""), item("2", "")], "0000000000000009");
    worker.publish(&fence, &ahead, "").await.unwrap();
    // Item 1 is deleted meanwhile.
    let mut behind = batch(vec![item("2", "")], "0000000000000003");
    behind.initial = true;
    behind.caught_up = true;
    let memo = worker.outbox.adopt("kim", "").await;
    let memo = worker.publish(&fence, &behind, &memo).await.unwrap();
    let later = batch(vec![item("3", "")], "0000000000000003");
    worker.publish(&fence, &later, &memo).await.unwrap();
    let stored = events(&worker).await;
    assert_eq!(
        short(&stored),
        ["started", "1", "2", "started", "2", "completed", "3"]
    );
    let rows: Vec<_> = table(&stored).into_keys().collect();
    assert_eq!(rows, ["2", "3"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_drives_publish_at_the_same_time() {
    let server = Server::start();
    let (worker, fence) = owner(&server).await;
    let keys: Vec<_> = (0..150).map(|number| format!("drive.{number}")).collect();
    let publish_to_all = async |changes: &ChangeBatch, memos: Vec<String>| {
        let publishing = keys.iter().zip(&memos).map(async |(key, memo)| {
            let drive = Drive { key, ..DRIVE };
            match worker.outbox.publish(&drive, &fence, changes, memo).await {
                Published::Done { memo } => memo,
                Published::Fenced => panic!("another worker has the partition"),
            }
        });
        let all = timeout(DEADLINE, join_all(publishing)).await;
        all.unwrap()
    };
    let first = batch(vec![item("first", "")], "01");
    let memos = publish_to_all(&first, vec![String::new(); keys.len()]).await;
    // The client lets a program wait for 5,000 acknowledgements. A batch that holds some of them and waits
    // for more would wait for ever if others did the same.
    server.pause();
    let statistics = worker.connection.client().statistics();
    let sent = || statistics.out_messages.load(Ordering::Relaxed);
    let before = sent();
    let resume = async {
        until(async || sent() > before + 4_000).await;
        server.resume();
    };
    let changes = batch(many(70), "01");
    tokio::join!(publish_to_all(&changes, memos), resume);
    assert_eq!(worker.outbox.stats().published, 150 * 72);
}
