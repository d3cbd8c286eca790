//! A pause that Graph requests of one worker reaches the others.

use std::time::Duration;

use drivebell::{Client, Credential, ErrorKind, Resource};
use drivebell_fleet::pauses::SharedPause;
use drivebell_simulator::Simulator;
use tokio::time::sleep;

use crate::control::Worker;
use crate::server::Server;
use crate::{until, within};

const KEY: &str = "pause/22c49a0d-app/contoso=2Ecom";

/// A client family that shares its pauses.
struct Member {
    client: Client,
    _shared: SharedPause,
}

impl Member {
    fn new(worker: &Worker, simulator: &Simulator, tenant: &str) -> Self {
        let client = Client::builder(Credential::token("kims-token").unwrap())
            .base_url(simulator.base_url())
            .retry_timeout(Duration::ZERO);
        let client = client.build().unwrap();
        let shared = worker
            .pauses
            .attach("22c49a0d-app", tenant, client.pacing());
        Self {
            client,
            _shared: shared,
        }
    }

    async fn is_throttled(&self) {
        let result = within(self.client.endpoint(&Resource::my_drive())).await;
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Throttled);
    }

    fn left(&self) -> Option<u64> {
        let left = self.client.pacing().paused_for()?;
        Some(left.as_secs())
    }
}

async fn simulator(pause: u64) -> Simulator {
    let fault = format!("answer=429,retryAfter={pause},on=endpoint");
    let simulator = Simulator::builder().token("kims-token");
    let fault: drivebell_simulator::Fault = fault.parse().unwrap();
    simulator.fault(fault).start().await.unwrap()
}

/// How many times anything was written to the bucket.
async fn writes(worker: &Worker) -> u64 {
    let mut stream = worker.bucket.stream.clone();
    stream.info().await.unwrap().state.last_sequence
}

#[tokio::test]
async fn a_pause_reaches_every_worker_and_who_comes_late() {
    let server = Server::start();
    let [long, short] = [simulator(600).await, simulator(300).await];
    let [a, b] = [Worker::start(&server).await, Worker::start(&server).await];
    let [one, two, other] = [
        Member::new(&a, &long, "contoso.com"),
        Member::new(&b, &short, "contoso.com"),
        Member::new(&b, &short, "fabrikam.com"),
    ];
    one.is_throttled().await;
    until(async || two.left() >= Some(590)).await;
    assert!(two.left() <= Some(600));
    assert_eq!(other.left(), None);
    // Nothing goes out, although its Graph would request less.
    two.is_throttled().await;
    assert_eq!(two.client.pacing().usage().requests, 0);

    let late = Member::new(&b, &short, "contoso.com");
    assert!(late.left() >= Some(500), "{:?}", late.left());
    let c = Worker::start(&server).await;
    let later = Member::new(&c, &short, "contoso.com");
    until(async || later.left() >= Some(500)).await;
    assert!(later.left() <= Some(600));

    other.is_throttled().await;
    let fabrikam = "pause/22c49a0d-app/fabrikam=2Ecom";
    until(async || b.bucket.get(fabrikam).await.unwrap().is_some()).await;
    assert_eq!(writes(&a).await, 2, "one for each tenant, and no echo");
    let value = a.bucket.get(KEY).await.unwrap().unwrap();
    assert_eq!(&value[..], b"600");
}

#[tokio::test]
async fn a_record_is_as_old_as_the_server_says() {
    let server = Server::start();
    let graph = simulator(1).await;
    let a = Worker::start(&server).await;
    a.put(KEY, "3").await;
    // As long as the pause.
    sleep(Duration::from_secs(3)).await;
    a.put("pause/22c49a0d-app/fabrikam=2Ecom", "600").await;
    let b = Worker::start(&server).await;
    let [over, on] = [
        Member::new(&b, &graph, "contoso.com"),
        Member::new(&b, &graph, "fabrikam.com"),
    ];
    // Records are read in their order.
    until(async || on.left() >= Some(500)).await;
    assert_eq!(over.left().unwrap_or_default(), 0);
}

#[tokio::test]
async fn a_server_that_comes_back_is_told_and_tells() {
    let mut server = Server::start();
    let graph = simulator(600).await;
    let [a, b] = [Worker::start(&server).await, Worker::start(&server).await];
    let [one, two] = [
        Member::new(&a, &graph, "contoso.com"),
        Member::new(&b, &graph, "contoso.com"),
    ];
    b.put("budget/default", r#"{"endpoint_calls_per_second": 5}"#)
        .await;
    server.kill();
    one.is_throttled().await;
    assert_eq!(two.left(), None);
    server.restart();
    until(async || two.left() >= Some(500)).await;
    assert_eq!(two.client.pacing().usage().requests, 0);
}
