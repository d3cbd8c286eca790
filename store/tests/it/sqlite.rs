//! What is stored in a file stays there.

use std::sync::Arc;

use drivebell_store::{CheckpointStore, SqliteStore, contract};
use futures_util::FutureExt;
use rusqlite::Connection;

use crate::folder::Folder;
use crate::records::{checkpoint, claim, ownership, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_keeps_the_contract() {
    let folder = Folder::new();
    let file = folder.file("store.db");
    let open = || {
        let store = SqliteStore::open(&file).unwrap();
        std::future::ready(Ok(Arc::new(store) as Arc<dyn CheckpointStore>))
    };
    assert_eq!(contract::check(open).await, Ok(()));
}

/// All calls of all clones go through one connection.
#[tokio::test]
async fn clones_keep_the_contract() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file("store.db")).unwrap();
    let open = || std::future::ready(Ok(Arc::new(store.clone()) as Arc<dyn CheckpointStore>));
    assert_eq!(contract::check(open).await, Ok(()));
}

#[tokio::test]
async fn what_was_written_is_there_when_it_is_opened_again() {
    let folder = Folder::new();
    let file = folder.file("store.db");
    let store = SqliteStore::open(&file).unwrap();
    let mut record = ownership("p0000", "a");
    // A partition that the heaviest drives have.
    record.weight = u64::MAX;
    record.epoch = u64::MAX - 1;
    let record = claim(&store, record).await.unwrap();
    let written = store
        .update_checkpoint(&checkpoint("p0000", "drive"))
        .await
        .unwrap()
        .unwrap();
    drop(store);
    let store = SqliteStore::open(&file).unwrap();
    assert_eq!(store.path(), file);
    assert_eq!(store.list_ownership().await.unwrap(), [record]);
    let listed = store.list_checkpoints(&["p0000".to_owned()]).await.unwrap();
    assert_eq!(listed, [written]);
}

/// Whoever has seen the former record must not write over the new one.
#[tokio::test]
async fn a_record_that_was_forgotten_comes_back_under_another_revision() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file("store.db")).unwrap();
    let seen = claim(&store, ownership("worker/a", "a")).await.unwrap();
    let mut gone = seen.clone();
    gone.owner.clear();
    claim(&store, gone).await.unwrap();
    assert_eq!(store.list_ownership().await.unwrap(), []);
    claim(&store, ownership("worker/a", "a")).await.unwrap();
    assert_eq!(claim(&store, seen).await, None);
}

#[tokio::test]
async fn another_program_that_holds_the_file_for_a_moment_is_waited_for() {
    let folder = Folder::new();
    let file = folder.file("store.db");
    let store = SqliteStore::open(&file).unwrap();
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Reading goes on meanwhile.
    let reader = SqliteStore::open(&file).unwrap();
    let claims = [ownership("p0000", "a")];
    let mut waiting = store.claim_ownership(&claims);
    tokio::select! {
        _ = &mut waiting => panic!("it writes while another one does"),
        listed = reader.list_ownership() => assert_eq!(listed.unwrap(), []),
    }
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(within(waiting).await.unwrap().len(), 1);
    assert_eq!(reader.list_ownership().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_call_that_was_cancelled_is_over_before_the_next_one_reads() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file("store.db")).unwrap();
    for number in 0..200 {
        let claims = [ownership(&format!("p{number}"), "a")];
        let mut call = store.claim_ownership(&claims);
        // Polled once, then dropped.
        let polled = (&mut call).now_or_never();
        drop(call);
        let listed = store.list_ownership().await.unwrap();
        let again = store.list_ownership().await.unwrap();
        assert_eq!(listed, again, "{polled:?}");
    }
}
