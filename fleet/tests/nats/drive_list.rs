//! The list of drives, as a worker watches it.

use async_nats::jetstream::{self, kv};
use drivebell::Since;
use drivebell_fleet::drives::{DriveEvent, DriveEvents, DriveList, StartAt};

use crate::relay::Relay;
use crate::server::Server;
use crate::{until, within};

async fn bucket(client: &async_nats::Client) -> kv::Store {
    let config = kv::Config {
        bucket: "drivebell-drives".to_owned(),
        history: 1,
        ..kv::Config::default()
    };
    let jetstream = jetstream::new(client.clone());
    jetstream.create_key_value(config).await.unwrap()
}

async fn put(bucket: &kv::Store, key: &str, user: &str) {
    let entry = format!(r#"{{"resource":"/me/drive","user":"{user}"}}"#);
    bucket.put(key, entry.into()).await.unwrap();
}

/// The next event, in short.
async fn next(events: &mut DriveEvents) -> String {
    match within(events.next()).await.expect("it goes on") {
        DriveEvent::Added { key, drive } => format!("added {key} {}", drive.user),
        DriveEvent::Changed { key, drive } => format!("changed {key} {}", drive.user),
        DriveEvent::Removed { key } => format!("removed {key}"),
        DriveEvent::Invalid { key, .. } => format!("invalid {key}"),
        DriveEvent::Listed => "listed".to_owned(),
    }
}

/// The next events, in any order.
async fn next_two(events: &mut DriveEvents) -> [String; 2] {
    let mut both = [next(events).await, next(events).await];
    both.sort();
    both
}

#[tokio::test]
async fn drives_come_go_and_change_while_it_is_watched() {
    let server = Server::start();
    let client = async_nats::connect(server.url()).await.unwrap();
    let bucket = bucket(&client).await;
    put(&bucket, "a", "kim@x").await;
    put(&bucket, "b", "alex@y").await;
    bucket.delete("b").await.unwrap();
    let (list, mut events) = DriveList::watch(client, bucket.clone());
    assert_eq!(next(&mut events).await, "added a kim@x");
    assert_eq!(next(&mut events).await, "listed");
    put(&bucket, "c", "kim@x").await;
    assert_eq!(next(&mut events).await, "added c kim@x");
    assert_eq!(list.tenants(), [("x".into(), 2)]);
    bucket.put("c", "{}".into()).await.unwrap();
    assert_eq!(next(&mut events).await, "invalid c");
    assert_eq!(list.invalid()[0].0, "c");
    put(&bucket, "c", "kim@x").await;
    assert_eq!(next(&mut events).await, "added c kim@x");
    put(&bucket, "a", "alex@y").await;
    assert_eq!(next(&mut events).await, "changed a alex@y");
    bucket.purge("a").await.unwrap();
    assert_eq!(next(&mut events).await, "removed a");
    let keys: Vec<_> = list
        .select(|_| true)
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    assert_eq!(keys, ["c"]);
}

#[tokio::test]
async fn an_empty_bucket_is_known_at_once() {
    let server = Server::start();
    let client = async_nats::connect(server.url()).await.unwrap();
    let (list, mut events) = DriveList::watch(client.clone(), bucket(&client).await);
    assert_eq!(next(&mut events).await, "listed");
    assert!(list.is_empty());
}

#[tokio::test]
async fn a_restart_of_nats_loses_nothing() {
    let mut server = Server::start();
    let client = async_nats::connect(server.url()).await.unwrap();
    let drives = bucket(&client).await;
    put(&drives, "a", "kim@x").await;
    let (list, mut events) = DriveList::watch(client, drives);
    assert_eq!(next(&mut events).await, "added a kim@x");
    assert_eq!(next(&mut events).await, "listed");
    server.kill();
    server.restart();
    let other = async_nats::connect(server.url()).await.unwrap();
    let drives = bucket(&other).await;
    put(&drives, "b", "kim@x").await;
    assert_eq!(next(&mut events).await, "added b kim@x");
    drives.delete("a").await.unwrap();
    assert_eq!(next(&mut events).await, "removed a");
    assert_eq!(list.len(), 1);
}

/// The mark of a removal may be gone before the watch is back.
#[tokio::test]
async fn a_removal_is_seen_although_nothing_tells_of_it() {
    let server = Server::start();
    let relay = Relay::to(&server.url()).await;
    let client = async_nats::connect(relay.url()).await.unwrap();
    let other = async_nats::connect(server.url()).await.unwrap();
    let drives = bucket(&other).await;
    for key in ["a", "b"] {
        put(&drives, key, "kim@x").await;
    }
    let (list, mut events) = DriveList::watch(client.clone(), bucket(&client).await);
    assert_eq!(
        next_two(&mut events).await,
        ["added a kim@x", "added b kim@x"]
    );
    assert_eq!(next(&mut events).await, "listed");
    relay.cut();
    until(async || relay.has_seen_an_attempt()).await;
    let purge = drives.stream.purge().filter("$KV.drivebell-drives.a");
    assert_eq!(purge.await.unwrap().purged, 1);
    put(&drives, "c", "kim@x").await;
    relay.mend();
    assert_eq!(next_two(&mut events).await, ["added c kim@x", "removed a"]);
    assert_eq!(list.len(), 2);
}

#[tokio::test]
async fn a_bucket_that_is_made_anew_is_read_again() {
    let server = Server::start();
    let client = async_nats::connect(server.url()).await.unwrap();
    let drives = bucket(&client).await;
    for key in ["a", "b"] {
        put(&drives, key, "kim@x").await;
    }
    let (_, mut events) = DriveList::watch(client.clone(), drives);
    assert_eq!(
        next_two(&mut events).await,
        ["added a kim@x", "added b kim@x"]
    );
    assert_eq!(next(&mut events).await, "listed");
    let jetstream = jetstream::new(client.clone());
    jetstream
        .delete_key_value("drivebell-drives")
        .await
        .unwrap();
    put(&bucket(&client).await, "b", "kim@x").await;
    assert_eq!(next(&mut events).await, "removed a");
}

#[tokio::test]
async fn a_checkpoint_is_read_when_it_is_wanted() {
    let server = Server::start();
    let client = async_nats::connect(server.url()).await.unwrap();
    let drives = bucket(&client).await;
    let content = r#"{"resource":"/me/drive/root","link":"https://host/","snapshot":null}"#;
    let encoded = data_encoding::BASE64URL_NOPAD.encode(content.as_bytes());
    let checkpoint = format!("drivebell1.{encoded}");
    let entry = format!(r#"{{"resource":"/me/drive","user":"k","since":"{checkpoint}"}}"#);
    drives.put("a", entry.into()).await.unwrap();
    put(&drives, "b", "kim@x").await;
    let (list, mut events) = DriveList::watch(client, drives);
    while next(&mut events).await != "listed" {}
    assert_eq!(list.get("a").unwrap().since, StartAt::Checkpoint);
    let since = list.since("a").await.unwrap();
    assert_eq!(since, Some(Since::Checkpoint(checkpoint)));
    assert_eq!(list.since("b").await.unwrap(), Some(Since::Start));
    assert_eq!(list.since("c").await.unwrap(), None);
}
