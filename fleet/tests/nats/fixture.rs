use std::time::Duration;

use drivebell::{ChangeBatch, DriveItem, Item};
use drivebell_fleet::nats::{
    Buckets, Connection, Fleet, NatsError, NatsOptions, NatsStore, Settings, StreamOptions,
};
use drivebell_fleet::outbox::{Drive, Outbox, Published};
use drivebell_store::{CheckpointStore, Ownership};

use crate::DEADLINE;
use crate::server::Server;

pub(crate) const PARTITION: &str = "p0001";

pub(crate) const DRIVE: Drive<'static> = Drive {
    key: "kim",
    resource: "/me/drive/root",
    label: None,
};

pub(crate) fn options(server: &Server) -> NatsOptions {
    NatsOptions {
        servers: vec![server.url()],
        request_timeout: Duration::from_secs(2),
        ..NatsOptions::default()
    }
}

pub(crate) fn fleet() -> Fleet {
    Fleet::new("test").unwrap()
}

pub(crate) async fn connect(server: &Server) -> Connection {
    Connection::open(&options(server)).await.unwrap()
}

/// One worker's view of the fleet.
pub(crate) struct Worker {
    pub(crate) connection: Connection,
    pub(crate) buckets: Buckets,
    pub(crate) store: NatsStore,
    pub(crate) outbox: Outbox,
    pub(crate) name: String,
}

impl Worker {
    pub(crate) async fn start(server: &Server, name: &str) -> Self {
        Self::start_with(server, name, &StreamOptions::default()).await
    }

    pub(crate) async fn start_with(server: &Server, name: &str, options: &StreamOptions) -> Self {
        let connection = connect(server).await;
        let buckets = open(&connection, options).await.unwrap();
        let name = format!("worker/{name}");
        Self {
            store: NatsStore::new(&connection, &buckets),
            outbox: Outbox::new(&connection, &buckets, &name),
            connection,
            buckets,
            name,
        }
    }

    /// Claims the partition from whoever has it, and returns its epoch.
    pub(crate) async fn claim(&self) -> u64 {
        let known = self.store.list_ownership().await.unwrap();
        let known = known.into_iter().find(|it| it.partition == PARTITION);
        let claim = Ownership {
            partition: PARTITION.to_owned(),
            owner: self.name.clone(),
            epoch: known.as_ref().map_or(0, |known| known.epoch) + 1,
            weight: 1,
            revision: known.and_then(|known| known.revision),
        };
        let claimed = self
            .store
            .claim_ownership(std::slice::from_ref(&claim))
            .await;
        assert_eq!(claimed.unwrap().len(), 1, "claimed");
        claim.epoch
    }

    pub(crate) async fn publish(
        &self,
        fence: &drivebell_fleet::outbox::Fence,
        batch: &ChangeBatch,
        memo: &str,
    ) -> Option<String> {
        let published = self.outbox.publish(&DRIVE, fence, batch, memo);
        match tokio::time::timeout(DEADLINE, published).await.unwrap() {
            Published::Done { memo } => Some(memo),
            Published::Fenced => None,
        }
    }
}

pub(crate) async fn open(
    connection: &Connection,
    options: &StreamOptions,
) -> Result<Buckets, NatsError> {
    Buckets::open(connection, &fleet(), &Settings::new(64), options).await
}

pub(crate) fn item(id: &str, rest: &str) -> Item {
    let raw = format!(r#"{{"id":"{id}"{rest}}}"#);
    Item::Drive(DriveItem::from_raw(&raw).unwrap())
}

pub(crate) fn batch(items: Vec<Item>, snapshot: &str) -> ChangeBatch {
    let mut batch = ChangeBatch::new(items, "checkpoint");
    batch.snapshot = Some(snapshot.to_owned());
    batch.caught_up = false;
    batch
}
