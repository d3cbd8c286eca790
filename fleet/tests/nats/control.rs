//! A worker, as far as budgets and pauses go.

use std::sync::Arc;

use async_nats::jetstream::{self, kv};
use drivebell_fleet::budget::{Budget, Budgets};
use drivebell_fleet::control::{Control, NatsControl, follow_control};
use drivebell_fleet::pauses::Pauses;
use tokio::task::JoinHandle;

use crate::server::Server;

pub(crate) struct Worker {
    pub(crate) bucket: kv::Store,
    pub(crate) budgets: Budgets,
    pub(crate) pauses: Pauses,
    follows: JoinHandle<()>,
}

impl Worker {
    pub(crate) async fn start(server: &Server) -> Self {
        let connection = async_nats::connect(server.url()).await.unwrap();
        let context = jetstream::new(connection);
        let config = kv::Config {
            bucket: "drivebell-control".to_owned(),
            ..kv::Config::default()
        };
        let bucket = context.create_or_update_key_value(config).await.unwrap();
        let control = NatsControl::new(context, bucket.clone());
        let control: Arc<dyn Control> = Arc::new(control);
        let pauses = Pauses::new(Arc::clone(&control));
        let budgets = Budgets::new(Budget::default());
        let follows = follow_control(control, budgets.clone(), pauses.clone());
        Self {
            bucket,
            budgets,
            pauses,
            follows: tokio::spawn(follows),
        }
    }

    pub(crate) async fn put(&self, key: &str, value: &str) {
        let value = value.to_owned().into();
        self.bucket.put(key, value).await.unwrap();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.follows.abort();
    }
}
