//! Three servers, of which each may be behind the others.

use std::collections::HashSet;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use drivebell_fleet::nats::{
    Buckets, Connection, Discard, NatsError, NatsStore, Settings, Storage, StreamOptions,
};
use drivebell_fleet::outbox::Published;
use drivebell_store::{CheckpointStore, StoreError, contract};

use crate::consumer::events;
use crate::fixture::{DRIVE, PARTITION, Worker, batch, fleet, item, open, options};
use crate::server::Server;
use crate::{until, within};

const THREE: StreamOptions = StreamOptions {
    bucket_replicas: 3,
    replicas: 3,
    storage: Storage::File,
    max_bytes: None,
    max_age: None,
    discard: Discard::New,
    duplicate_window: Duration::from_secs(600),
};

/// Starts three servers, and waits until they have agreed on a leader.
async fn start() -> Vec<Server> {
    let sockets: Vec<_> = (0..3)
        .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    let ports: Vec<_> = sockets
        .iter()
        .map(|it| it.local_addr().unwrap().port())
        .collect();
    drop(sockets);
    let routes: Vec<_> = ports
        .iter()
        .map(|port| format!("\"nats://127.0.0.1:{port}\""))
        .collect();
    let servers: Vec<_> = ports
        .iter()
        .enumerate()
        .map(|(number, port)| {
            let config = format!(
                "server_name: s{number}\n\
                 cluster {{ name: c, listen: \"127.0.0.1:{port}\", routes: [{}] }}",
                routes.join(", "),
            );
            Server::start_with(&config, true)
        })
        .collect();
    until(async || ready(&servers).await.is_ok()).await;
    servers
}

async fn ready(servers: &[Server]) -> Result<(), NatsError> {
    let connection = Connection::open(&options(&servers[0])).await?;
    // The first request for a stream needs all of them.
    Buckets::open(&connection, &fleet(), &Settings::new(64), &THREE)
        .await
        .map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_keeps_the_contract_on_three_servers() {
    let servers = start().await;
    let mut next = servers.iter().cycle();
    let open = || {
        let server = next.next().unwrap();
        async move {
            let connection = Connection::open(&options(server)).await;
            let connection = connection.map_err(|error| StoreError::new(error.to_string()))?;
            let buckets = open(&connection, &THREE).await;
            let buckets = buckets.map_err(|error| StoreError::new(error.to_string()))?;
            Ok(Arc::new(NatsStore::new(&connection, &buckets)) as Arc<dyn CheckpointStore>)
        }
    };
    contract::check(open).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_survives_the_death_of_each_server() {
    const ITEMS: usize = 6000;
    let mut servers = start().await;
    let worker = Arc::new(Worker::start_with(&servers[0], "a", &THREE).await);
    let epoch = worker.claim().await;
    let fence = worker.outbox.raise(PARTITION, epoch).await.unwrap();
    let mut changes = batch(
        (0..ITEMS).map(|id| item(&id.to_string(), "")).collect(),
        "01",
    );
    changes.caught_up = true;
    let publishing = {
        let worker = Arc::clone(&worker);
        tokio::spawn(async move { worker.outbox.publish(&DRIVE, &fence, &changes, "").await })
    };
    for server in &mut servers {
        let before = worker.outbox.stats();
        until(async || {
            let now = worker.outbox.stats();
            now.open == 0 || now.published > before.published + 300
        })
        .await;
        server.kill();
        server.restart();
    }
    let published = within(publishing).await.unwrap();
    assert!(matches!(published, Published::Done { .. }));
    assert!(worker.outbox.stats().retries > 0);
    let stored = within(events(&worker)).await;
    assert_eq!(stored.len(), ITEMS + 2);
    let ids: HashSet<_> = stored.iter().map(|event| &event.id).collect();
    assert_eq!(ids.len(), stored.len());
    assert_eq!(stored.last().unwrap().kind(), "snapshot.completed");
}
