use std::time::Duration;

use drivebell_store::{Checkpoint, CheckpointStore, Ownership};
use tokio::time::timeout;

use crate::DEADLINE;
use crate::fixture::{PARTITION, Worker};
use crate::server::Server;

fn record(partition: &str, owner: &str, epoch: u64) -> Ownership {
    Ownership {
        partition: partition.to_owned(),
        owner: owner.to_owned(),
        epoch,
        weight: 1,
        revision: None,
    }
}

fn checkpoint(partition: &str, drive: &str) -> Checkpoint {
    Checkpoint {
        partition: partition.to_owned(),
        drive: drive.to_owned(),
        checkpoint: "c".repeat(600),
        epoch: 1,
        sequence: 1,
        memo: String::new(),
        revision: None,
    }
}

async fn names(worker: &Worker) -> Vec<String> {
    let listed = timeout(DEADLINE, worker.store.list_ownership())
        .await
        .unwrap()
        .unwrap();
    let mut names: Vec<_> = listed.into_iter().map(|it| it.partition).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_claimants_one_wins() {
    let server = Server::start();
    let (one, other) = (
        Worker::start(&server, "a").await,
        Worker::start(&server, "b").await,
    );
    for epoch in 1..50 {
        let known = one.store.list_ownership().await.unwrap();
        let revision = known.first().and_then(|known| known.revision.clone());
        let claim = |worker: &Worker| {
            [Ownership {
                revision: revision.clone(),
                ..record(PARTITION, &worker.name, epoch)
            }]
        };
        let (a, b) = (claim(&one), claim(&other));
        let (a, b) = tokio::join!(
            one.store.claim_ownership(&a),
            other.store.claim_ownership(&b)
        );
        let won: Vec<_> = [a.unwrap(), b.unwrap()].concat();
        assert_eq!(won.len(), 1, "{won:?}");
        for worker in [&one, &other] {
            assert_eq!(worker.store.list_ownership().await.unwrap(), won);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_comes_and_goes() {
    let server = Server::start();
    let (one, other) = (
        Worker::start(&server, "a").await,
        Worker::start(&server, "b").await,
    );
    for _ in 0..3 {
        let came = record("worker/a", "worker/a", 1);
        let came = one.store.claim_ownership(&[came]).await.unwrap().remove(0);
        assert_eq!(names(&other).await, ["worker/a"]);
        let gone = Ownership {
            owner: String::new(),
            ..came
        };
        assert_eq!(
            other
                .store
                .claim_ownership(std::slice::from_ref(&gone))
                .await
                .unwrap()
                .len(),
            1
        );
        assert!(
            other
                .store
                .claim_ownership(&[gone])
                .await
                .unwrap()
                .is_empty()
        );
        assert!(names(&one).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_ownership_are_told_and_signs_of_life_are_not() {
    let server = Server::start();
    let (one, other) = (
        Worker::start(&server, "a").await,
        Worker::start(&server, "b").await,
    );
    names(&other).await;
    let alive = one
        .store
        .claim_ownership(&[record("worker/a", "worker/a", 1)])
        .await;
    timeout(DEADLINE, other.store.ownership_changed())
        .await
        .unwrap();
    assert_eq!(names(&other).await, ["worker/a"]);
    let again = one.store.claim_ownership(&alive.unwrap()).await.unwrap();
    // Listing waits until it has come.
    assert_eq!(other.store.list_ownership().await.unwrap(), again);
    let quiet = timeout(Duration::from_millis(200), other.store.ownership_changed()).await;
    assert!(quiet.is_err());
    one.store
        .claim_ownership(&[record(PARTITION, "worker/a", 1)])
        .await
        .unwrap();
    timeout(DEADLINE, other.store.ownership_changed())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_watch_survives_a_restart_of_the_server() {
    let mut server = Server::start();
    let worker = Worker::start(&server, "a").await;
    worker.claim().await;
    server.kill();
    timeout(DEADLINE, worker.connection.until_lost())
        .await
        .unwrap();
    assert!(worker.store.list_ownership().await.is_err());
    assert!(
        worker
            .store
            .claim_ownership(&[record("p2", "a", 1)])
            .await
            .is_err()
    );
    server.restart();
    timeout(DEADLINE, worker.connection.until_connected())
        .await
        .unwrap();
    // Another worker writes what the watch has to bring.
    let other = Worker::start(&server, "b").await;
    other
        .store
        .claim_ownership(&[record("p2", "b", 1)])
        .await
        .unwrap();
    let mut listed = worker.store.list_ownership().await;
    while listed.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
        listed = timeout(DEADLINE, worker.store.list_ownership())
            .await
            .unwrap();
    }
    assert_eq!(listed.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_whose_end_was_removed_is_listed() {
    let server = Server::start();
    let worker = Worker::start(&server, "a").await;
    worker.claim().await;
    worker
        .store
        .claim_ownership(&[record("worker/x", "x", 1)])
        .await
        .unwrap();
    assert_eq!(names(&worker).await.len(), 2);
    let jetstream = worker.connection.jetstream();
    let bucket = jetstream.get_key_value("test-leases").await.unwrap();
    bucket
        .stream
        .purge()
        .filter("$KV.test-leases.worker.>")
        .await
        .unwrap();
    bucket
        .stream
        .purge()
        .filter("$KV.test-leases.worker/x")
        .await
        .unwrap();
    let late = Worker::start(&server, "b").await;
    assert_eq!(names(&late).await, [PARTITION]);
    // Nothing tells a watch of what was purged, until it is made again.
    assert_eq!(names(&late).await, [PARTITION]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_was_made_again_is_listed() {
    let server = Server::start();
    let worker = Worker::start(&server, "a").await;
    for partition in ["p1", "p2", "p3"] {
        worker
            .store
            .claim_ownership(&[record(partition, "a", 1)])
            .await
            .unwrap();
    }
    assert_eq!(names(&worker).await.len(), 3);
    worker
        .connection
        .jetstream()
        .delete_stream("KV_test-leases")
        .await
        .unwrap();
    let other = Worker::start(&server, "b").await;
    other
        .store
        .claim_ownership(&[record("p9", "b", 1)])
        .await
        .unwrap();
    let listing = async {
        while worker
            .store
            .list_ownership()
            .await
            .is_ok_and(|it| it.len() != 1)
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(DEADLINE, listing).await.unwrap();
    assert_eq!(names(&worker).await, ["p9"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_checkpoints_are_listed_by_partition() {
    const PARTITIONS: usize = 40;
    let server = Server::start();
    let worker = Worker::start(&server, "a").await;
    let all: Vec<_> = (0..4000)
        .map(|number| {
            checkpoint(
                &format!("p{:04}", number % PARTITIONS),
                &format!("drive.{number}"),
            )
        })
        .chain((0..1200).map(|number| checkpoint("crowded", &format!("{number}"))))
        .collect();
    for chunk in all.chunks(500) {
        let writes = chunk.iter().map(|it| worker.store.update_checkpoint(it));
        let written = futures_util::future::join_all(writes).await;
        assert!(written.into_iter().all(|it| it.unwrap().is_some()));
    }
    let half: Vec<_> = (0..PARTITIONS / 2)
        .map(|number| format!("p{number:04}"))
        .collect();
    let listed = worker.store.list_checkpoints(&half).await.unwrap();
    assert_eq!(listed.len(), 2000);
    assert!(
        listed
            .iter()
            .all(|it| half.contains(&it.partition) && it.checkpoint.len() == 600)
    );
    let crowded = ["crowded".to_owned(), "none".to_owned()];
    let listed = worker.store.list_checkpoints(&crowded).await.unwrap();
    assert_eq!(listed.len(), 1200);

    let claims: Vec<_> = (0..4096)
        .map(|number| record(&format!("p{number:04}"), "a", 1))
        .collect();
    assert_eq!(
        worker.store.claim_ownership(&claims).await.unwrap().len(),
        4096
    );
    assert_eq!(worker.store.list_ownership().await.unwrap().len(), 4096);
}
