use std::time::Duration;

use async_nats::jetstream::stream::{Config, RetentionPolicy, Source};
use drivebell_fleet::nats::{
    Buckets, Connection, Discard, NatsError, NatsErrorKind, Settings, StreamOptions,
};

use crate::fixture::{connect, fleet, open};
use crate::server::Server;

async fn refused(connection: &Connection, says: &str) -> NatsError {
    let error = open(connection, &StreamOptions::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), NatsErrorKind::Mismatch, "{error}");
    assert!(error.to_string().contains(says), "{error}");
    error
}

type Change = fn(&mut Config);

/// A stream as the fleet makes it.
async fn made(server: &Server, name: &str) -> (Connection, Config) {
    let connection = connect(server).await;
    open(&connection, &StreamOptions::default()).await.unwrap();
    let stream = connection.jetstream().get_stream(name).await.unwrap();
    let config = stream.cached_info().config.clone();
    (connection, config)
}

async fn replace(connection: &Connection, config: Config) {
    let jetstream = connection.jetstream();
    jetstream.delete_stream(&config.name).await.unwrap();
    jetstream.create_stream(config).await.unwrap();
}

#[tokio::test]
async fn two_workers_open_the_same_buckets() {
    let server = Server::start();
    let (one, other) = (connect(&server).await, connect(&server).await);
    let options = StreamOptions {
        max_bytes: Some(1 << 20),
        max_age: Some(Duration::from_secs(3600)),
        discard: Discard::Old,
        ..StreamOptions::default()
    };
    let (first, second) = tokio::join!(open(&one, &options), open(&other, &options));
    let config = first.unwrap().changes.cached_info().config.clone();
    second.unwrap();
    assert_eq!(config.max_bytes, 1 << 20);
    assert_eq!(config.max_age, Duration::from_secs(3600));
    assert_eq!(config.duplicate_window, Duration::from_secs(600));
    assert_eq!(config.subjects, ["test.changes.>", "test.fence.*"]);

    // The limits are the user's.
    let again = open(&other, &StreamOptions::default()).await.unwrap();
    assert_eq!(again.changes.cached_info().config, config);
}

#[tokio::test]
async fn other_settings_are_refused() {
    let server = Server::start();
    let connection = connect(&server).await;
    let options = StreamOptions::default();
    open(&connection, &options).await.unwrap();
    let other = Settings::new(128);
    let error = Buckets::open(&connection, &fleet(), &other, &options)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), NatsErrorKind::Mismatch);
    let text = error.to_string();
    assert!(
        text.contains("64 partitions") && text.contains("128"),
        "{text}"
    );
}

#[tokio::test]
async fn buckets_of_other_versions_and_programs_are_refused() {
    let server = Server::start();
    let connection = connect(&server).await;
    let buckets = open(&connection, &StreamOptions::default()).await.unwrap();
    drop(buckets);
    for bucket in ["test-leases", "test-checkpoints"] {
        let store = connection.jetstream().get_key_value(bucket).await.unwrap();
        let settings = store.get("settings").await.unwrap().unwrap();
        store
            .put("settings", r#"{"version":9}"#.into())
            .await
            .unwrap();
        refused(&connection, "format 9").await;
        store.put("settings", "hello".into()).await.unwrap();
        refused(&connection, "another program").await;
        store.delete("settings").await.unwrap();
        refused(&connection, "were deleted").await;
        store.put("settings", settings).await.unwrap();
        open(&connection, &StreamOptions::default()).await.unwrap();
    }
}

#[tokio::test]
async fn a_stream_that_does_not_fit_is_refused() {
    let server = Server::start();
    let (connection, config) = made(&server, "test-changes").await;
    let with = |change: Change| {
        let mut config = config.clone();
        change(&mut config);
        config
    };
    let cases: [(Change, &str); 5] = [
        (
            |it| it.subjects = vec!["test.changes.>".to_owned()],
            "--subjects=",
        ),
        (
            |it| it.duplicate_window = Duration::from_secs(5),
            "--dupe-window",
        ),
        (
            |it| it.retention = RetentionPolicy::WorkQueue,
            "--retention=limits",
        ),
        (|it| it.allow_direct = false, "--allow-direct"),
        (
            |it| {
                it.subjects = vec![];
                it.mirror = Some(Source {
                    name: "other".to_owned(),
                    ..Source::default()
                });
            },
            "mirror",
        ),
    ];
    let other = Config {
        name: "other".to_owned(),
        subjects: vec!["other".to_owned()],
        ..Config::default()
    };
    connection.jetstream().create_stream(other).await.unwrap();
    for (change, says) in cases {
        replace(&connection, with(change)).await;
        refused(&connection, says).await;
    }
    replace(&connection, config.clone()).await;
    connection
        .jetstream()
        .update_stream(with(|it| it.sealed = true))
        .await
        .unwrap();
    refused(&connection, "sealed").await;
}

#[tokio::test]
async fn a_wider_stream_of_the_users_is_accepted() {
    let server = Server::start();
    let (connection, config) = made(&server, "test-changes").await;
    let config = Config {
        subjects: vec!["test.>".to_owned()],
        max_messages: 7,
        ..config
    };
    replace(&connection, config).await;
    let buckets = open(&connection, &StreamOptions::default()).await.unwrap();
    assert_eq!(buckets.changes.cached_info().config.max_messages, 7);
}

#[tokio::test]
async fn a_bucket_that_forgets_is_refused() {
    let server = Server::start();
    let (connection, config) = made(&server, "KV_test-drives").await;
    let config = Config {
        max_age: Duration::from_secs(3600),
        ..config
    };
    replace(&connection, config).await;
    refused(&connection, "--max-age=0").await;
}

#[tokio::test]
async fn what_the_server_does_not_make_is_an_error() {
    let server = Server::start();
    let connection = connect(&server).await;
    let options = StreamOptions {
        bucket_replicas: 3,
        ..StreamOptions::default()
    };
    let error = open(&connection, &options).await.unwrap_err();
    assert_eq!(error.kind(), NatsErrorKind::Mismatch);
    assert!(error.to_string().contains("replicas"), "{error}");
}
