use drivebell_store::{Checkpoint, CheckpointStore};

use crate::consumer::events;
use crate::fixture::{PARTITION, Worker, batch, item};
use crate::server::Server;

async fn two(server: &Server) -> (Worker, Worker) {
    (
        Worker::start(server, "a").await,
        Worker::start(server, "b").await,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_has_lost_its_partition_is_refused() {
    let server = Server::start();
    let (old, new) = two(&server).await;
    let epoch = old.claim().await;
    let old_fence = old.outbox.raise(PARTITION, epoch).await.unwrap();
    let checkpoint = Checkpoint {
        partition: PARTITION.to_owned(),
        drive: "kim".to_owned(),
        checkpoint: "1".to_owned(),
        epoch,
        sequence: 1,
        memo: String::new(),
        revision: None,
    };
    let mine = old
        .store
        .update_checkpoint(&checkpoint)
        .await
        .unwrap()
        .unwrap();
    let first = batch(vec![item("1", "")], "01");
    let memo = old.publish(&old_fence, &first, "").await.unwrap();

    let epoch = new.claim().await;
    let new_fence = new.outbox.raise(PARTITION, epoch).await.unwrap();
    let adopted = Checkpoint {
        epoch,
        ..mine.clone()
    };
    assert!(
        new.store
            .update_checkpoint(&adopted)
            .await
            .unwrap()
            .is_some()
    );

    let late = batch(vec![item("2", "")], "01");
    assert_eq!(old.publish(&old_fence, &late, &memo).await, None);
    assert_eq!(old.publish(&old_fence, &late, &memo).await, None);
    assert_eq!(old.store.update_checkpoint(&mine).await.unwrap(), None);
    assert!(old.outbox.raise(PARTITION, epoch - 1).await.is_none());
    assert!(old.outbox.raise(PARTITION, epoch).await.is_none());
    assert_eq!(events(&new).await.len(), 2, "started, and one item");
    assert_eq!(old.outbox.stats().fenced, 2);

    let memo = new.outbox.adopt("kim", &memo).await;
    new.publish(&new_fence, &late, &memo).await.unwrap();
    assert_eq!(events(&new).await.len(), 3);
}

/// The older worker may stall between any two of its steps.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_the_lease_has_the_last_fence() {
    let server = Server::start();
    let (one, other) = two(&server).await;
    for round in 0..40 {
        let (old, new) = if round % 2 == 0 {
            (&one, &other)
        } else {
            (&other, &one)
        };
        let old_epoch = old.claim().await;
        let late = async {
            // Somewhere in the middle of what the other does.
            tokio::time::sleep(std::time::Duration::from_micros(150 * round)).await;
            old.outbox.raise(PARTITION, old_epoch).await
        };
        let takeover = async {
            let epoch = new.claim().await;
            new.outbox.raise(PARTITION, epoch).await.unwrap()
        };
        let (late, fence) = tokio::join!(late, takeover);
        let change = batch(vec![item("1", &format!(r#","size":{round}"#))], "01");
        if let Some(late) = late {
            assert_eq!(old.publish(&late, &change, "").await, None, "round {round}");
        }
        new.publish(&fence, &change, "")
            .await
            .expect("the lease is the new worker's");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fence_that_was_dropped_is_raised_again_by_the_owner_only() {
    let server = Server::start();
    let (old, new) = two(&server).await;
    let epoch = old.claim().await;
    let old_fence = old.outbox.raise(PARTITION, epoch).await.unwrap();
    let epoch = new.claim().await;
    let new_fence = new.outbox.raise(PARTITION, epoch).await.unwrap();
    for size in 0..2 {
        let change = batch(vec![item("1", &format!(r#","size":{size}"#))], "01");
        let changes = &new.buckets.changes;
        changes.purge().filter("test.fence.*").await.unwrap();
        assert_eq!(old.publish(&old_fence, &change, "").await, None);
        new.publish(&new_fence, &change, "").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_bucket_of_leases_ends_no_fleet() {
    let server = Server::start();
    let (old, new) = two(&server).await;
    for _ in 0..3 {
        old.claim().await;
    }
    let old_fence = old.outbox.raise(PARTITION, 3).await.unwrap();
    let jetstream = new.connection.jetstream();
    jetstream.delete_stream("KV_test-leases").await.unwrap();
    drop(new);

    let new = Worker::start(&server, "c").await;
    assert_eq!(new.claim().await, 1);
    let change = batch(vec![item("1", "")], "01");
    let fence = new.outbox.raise(PARTITION, 1).await.unwrap();
    new.publish(&fence, &change, "").await.unwrap();
    let late = batch(vec![item("2", "")], "01");
    assert_eq!(old.publish(&old_fence, &late, "").await, None);
}
