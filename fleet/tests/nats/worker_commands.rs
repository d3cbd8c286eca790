//! `status`, `drain` and `budget`, with workers that only say what they do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use drivebell_fleet::signals::Shutdown;
use drivebell_fleet::status::{
    DrainResponder, DriveState, DriveView, DrivesWanted, NatsView, Responder, Views, WorkerState,
    WorkerView, respond,
};
use serde_json::json;

use crate::command::run;
use crate::server::Server;
use crate::within;

/// What a worker of these drives says, of which every tenth is refused.
fn views(worker: &'static str, drives: usize, partitions: &Arc<AtomicU64>) -> Views {
    let partitions = Arc::clone(partitions);
    let all: Vec<DriveView> = (0..drives)
        .map(|number| DriveView {
            drive: format!("{worker}/{number:05}"),
            resource: "/me/drive".to_owned(),
            user: format!("user{number}@contoso.com"),
            label: None,
            worker: String::new(),
            state: if number % 10 == 0 {
                DriveState::Refused
            } else {
                DriveState::Live
            },
            reason: (number % 10 == 0).then(|| "the user must sign in again".to_owned()),
            lag: Duration::from_millis(1500),
            since_last_change: None,
        })
        .collect();
    let mut view = WorkerView {
        worker: worker.to_owned(),
        version: "1.2.3".to_owned(),
        state: WorkerState::Running,
        uptime: Duration::from_secs(100),
        drives_listed: 3000,
        nats: NatsView {
            connected: true,
            ..NatsView::default()
        },
        ..WorkerView::default()
    };
    for drive in &all {
        view.drives.add(drive.state, 1);
    }
    Views::new(
        move || WorkerView {
            partitions: partitions.load(Ordering::Relaxed),
            ..view.clone()
        },
        move |wanted| match wanted {
            DrivesWanted::All => all.clone(),
            DrivesWanted::Problems(most) => {
                let problems = all.iter().filter(|drive| drive.state.is_problem());
                problems.take(most).cloned().collect()
            }
        },
    )
}

async fn worker(server: &Server, views: Views) -> (async_nats::Client, Responder) {
    let client = async_nats::connect(server.url()).await.unwrap();
    let responder = respond(&client, "drivebell", views).await.unwrap();
    client.flush().await.unwrap();
    (client, responder)
}

#[tokio::test]
async fn every_worker_answers_for_itself() {
    let server = Server::start();
    let alone = run(&server, &["status", "--wait", "5s"]).await;
    assert_eq!(alone.code, 9);
    assert!(
        alone
            .stderr
            .contains("no worker of the fleet \"drivebell\""),
        "{}",
        alone.stderr
    );

    let partitions = Arc::new(AtomicU64::new(512));
    let _a = worker(&server, views("a-00000001", 2500, &partitions)).await;
    let _b = worker(&server, views("b-00000002", 500, &partitions)).await;
    let status = run(&server, &["status", "--wait", "1s"]).await.ok();
    let lines = status.lines();
    let workers: Vec<_> = lines
        .iter()
        .filter(|line| line["type"] == "worker")
        .collect();
    let ids: Vec<_> = workers.iter().map(|worker| &worker["worker"]).collect();
    assert_eq!(ids, ["a-00000001", "b-00000002"]);
    assert_eq!(workers[0]["drives"]["live"], 2250);
    assert_eq!(workers[0]["complete"], true);
    // Those with problems, of which each worker tells some.
    let drives: Vec<_> = lines
        .iter()
        .filter(|line| line["type"] == "drive")
        .collect();
    assert_eq!(drives.len(), 150);
    assert_eq!(drives[0]["state"], "refused");
    assert_eq!(drives[0]["lag_seconds"], 1.5);
    assert_eq!(drives[0]["worker"], "a-00000001");

    let status = run(&server, &["status", "--drives", "--wait", "3s"])
        .await
        .ok();
    let lines = status.lines();
    assert!(lines.iter().all(|line| line["complete"] != false));
    assert_eq!(lines.len(), 2 + 3000);
}

#[tokio::test]
async fn a_worker_is_drained_by_its_id_or_its_name() {
    let server = Server::start();
    let partitions = Arc::new(AtomicU64::new(2));
    let views = views("a-00000001", 10, &partitions);
    let (client, _status) = worker(&server, views.clone()).await;
    for words in ["drain b-00000001", "drain b", "drain ?"] {
        let words: Vec<&str> = words.split(' ').collect();
        let missing = run(&server, &words).await;
        assert_eq!(missing.code, 9, "{words:?}");
        assert!(
            missing.stderr.contains("there is no worker"),
            "{}",
            missing.stderr
        );
    }
    for name in ["a", "a-00000001"] {
        let shutdown = Shutdown::new();
        let responder =
            DrainResponder::listen(&client, "drivebell", views.clone(), shutdown.clone());
        let responder = responder.await.unwrap();
        client.flush().await.unwrap();
        let working = tokio::spawn(async move {
            within(shutdown.drain_requested()).await;
            responder.finish().await;
        });
        let drained = run(&server, &["drain", name]).await.ok();
        let expected = json!({"type": "drained", "worker": "a-00000001"});
        assert_eq!(drained.lines(), [expected]);
        working.await.unwrap();
    }

    let stuck = DrainResponder::listen(&client, "drivebell", views, Shutdown::new())
        .await
        .unwrap();
    client.flush().await.unwrap();
    let late = run(&server, &["drain", "a-00000001", "--wait", "2s"]).await;
    assert_eq!(late.code, 1);
    assert!(
        late.stderr.contains("it still owns 2 partitions"),
        "{}",
        late.stderr
    );
    drop(stuck);
}

#[tokio::test]
async fn a_budget_is_set_shown_and_reset() {
    let server = Server::start();
    let shown = run(&server, &["budget", "contoso.com"]).await.ok();
    let nothing = json!({"type": "budget", "tenant": "contoso.com", "set": {}});
    assert_eq!(shown.lines()[0], nothing);
    let set = [
        "budget",
        "contoso.com",
        "--units",
        "6250",
        "--endpoint-calls",
        "0.5",
    ];
    run(&server, &set).await.ok();
    let more = ["budget", "contoso.com", "--user-requests", "1000"];
    let shown = run(&server, &more).await.ok();
    let expected = json!({
        "resource_units_per_minute": 6250.0, "endpoint_calls_per_second": 0.5,
        "requests_per_user_in_five_minutes": 1000.0,
    });
    assert_eq!(shown.lines()[0]["set"], expected);
    let client = async_nats::connect(server.url()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    let control = jetstream.get_key_value("drivebell-control").await.unwrap();
    let record = control.get("budget/contoso=2Ecom").await.unwrap().unwrap();
    let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
    assert_eq!(record, expected);
    let reset = run(&server, &["budget", "contoso.com", "--reset"])
        .await
        .ok();
    assert_eq!(reset.lines(), [nothing]);
    assert_eq!(control.get("budget/contoso=2Ecom").await.unwrap(), None);
}
