//! Budgets in the bucket reach the clients of a worker.

use drivebell::{ChangesOptions, Client, Credential, PushMode, Resource, Since};
use drivebell_simulator::Simulator;
use futures_util::StreamExt;

use crate::control::Worker;
use crate::server::Server;
use crate::{until, within};

const TENANT: &str = "contoso.com";

fn own_units(worker: &Worker) -> Option<f64> {
    let status = worker.budgets.status();
    status.get(TENANT)?.own_budget.resource_units_per_minute
}

fn queries(simulator: &Simulator) -> usize {
    let requests = simulator.requests();
    let queries = requests
        .iter()
        .filter(|request| request.path.contains("/delta"));
    queries.count()
}

#[tokio::test]
async fn a_record_paces_the_clients_of_its_tenant_while_they_run() {
    let server = Server::start();
    let worker = Worker::start(&server).await;
    let drives: Vec<_> = (0..8).map(|drive| format!("b!{drive}")).collect();
    let simulator = drives.iter().fold(
        Simulator::builder().token("kims-token"),
        |simulator, drive| simulator.drive(drive).seed(drive, 3),
    );
    let simulator = simulator.start().await.unwrap();

    // Half of the drives are here.
    for (partition, drive) in (0..).zip(&drives) {
        worker
            .budgets
            .drive_added(drive, TENANT, "kim", partition % 2);
    }
    worker.budgets.partition_gained(0);
    let credential = Credential::token("kims-token").unwrap();
    let client = Client::builder(credential).base_url(simulator.base_url());
    let client = client.build().unwrap();
    let attached = worker.budgets.attach(TENANT, "kim", client.pacing());
    assert_eq!(own_units(&worker), None);
    worker
        .put(
            "budget/contoso=2Ecom",
            r#"{"resource_units_per_minute": 0.00001}"#,
        )
        .await;
    until(async || own_units(&worker) == Some(0.000_005)).await;

    let mut options = ChangesOptions::default();
    options.push = Some(PushMode::Off);
    let own = drives.iter().step_by(2);
    let own: Vec<_> = own.map(|id| Resource::drive(id).unwrap()).collect();
    let members = own.iter().map(|drive| (drive, &Since::Start));
    let mut changes = client.changes_all(members, &options).unwrap();
    let first = within(changes.next()).await.unwrap();
    assert!(first.batch.unwrap().caught_up);
    assert_eq!(queries(&simulator), 1);

    // Nobody can read this one.
    worker
        .put("budget/contoso=2Ecom", r#"{"resource_units_per_hour": 1}"#)
        .await;
    until(async || !worker.budgets.problems().is_empty()).await;
    assert_eq!(own_units(&worker), Some(0.000_005));
    assert_eq!(queries(&simulator), 1);

    worker
        .put("budget/default", r#"{"resource_units_per_minute": 60000}"#)
        .await;
    worker.bucket.delete("budget/contoso=2Ecom").await.unwrap();
    for _ in 1..own.len() {
        let next = within(changes.next()).await.unwrap();
        assert!(next.batch.unwrap().caught_up);
    }
    assert_eq!(own_units(&worker), Some(30000.0));
    assert!(worker.budgets.problems().is_empty());
    let status = &worker.budgets.status()[TENANT];
    assert_eq!((status.drives, status.own_drives), (8, 4));
    assert_eq!(status.usage.resource_units, 8);
    drop(attached);
    assert!(worker.budgets.status().is_empty());
}

#[tokio::test]
async fn a_worker_that_starts_reads_what_is_there() {
    let server = Server::start();
    let first = Worker::start(&server).await;
    first
        .put("budget/contoso.com", r#"{"resource_units_per_minute": 8}"#)
        .await;
    let second = Worker::start(&server).await;
    second.budgets.drive_added("a", TENANT, "kim", 0);
    second.budgets.partition_gained(0);
    let credential = Credential::token("t").unwrap();
    let client = Client::builder(credential).build().unwrap();
    let _attached = second.budgets.attach(TENANT, "kim", client.pacing());
    until(async || own_units(&second) == Some(8.0)).await;
}
