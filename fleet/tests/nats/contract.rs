use std::sync::Arc;

use drivebell_fleet::nats::{NatsStore, StreamOptions};
use drivebell_store::{CheckpointStore, StoreError, contract};

use crate::fixture::{connect, open};
use crate::server::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_keeps_the_contract() {
    let server = Server::start();
    let open = async || {
        let connection = connect(&server).await;
        let buckets = open(&connection, &StreamOptions::default()).await;
        let buckets = buckets.map_err(|error| StoreError::new(error.to_string()))?;
        Ok(Arc::new(NatsStore::new(&connection, &buckets)) as Arc<dyn CheckpointStore>)
    };
    contract::check(open).await.unwrap();
}
