//! Health and metrics.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use drivebell_fleet::http::{HttpServer, serve};
use drivebell_fleet::status::{
    BudgetView, DriveState, LeaseView, NatsView, OutboxView, PauseView, TokenView, Views,
    WorkerState, WorkerView,
};
use tokio::time::timeout;

/// A worker about which everything is known.
fn worker() -> WorkerView {
    let mut view = WorkerView {
        worker: "a-00000001".to_owned(),
        version: "1.2.3".to_owned(),
        state: WorkerState::Running,
        uptime: Duration::from_secs(60),
        capacity: 100,
        partitions: 512,
        drives_listed: 3000,
        lag: Duration::from_millis(1500),
        since_last_change: Some(Duration::from_secs(5)),
        nats: NatsView {
            connected: true,
            lease_time: Duration::from_secs(8),
            ..NatsView::default()
        },
        outbox: OutboxView {
            published: 12,
            ..OutboxView::default()
        },
        tokens: TokenView::default(),
        leases: LeaseView::default(),
        budgets: vec![BudgetView {
            tenant: "a\"b\\c\nd".to_owned(),
            resource_units_per_minute: Some(1250.0),
            endpoint_calls_per_second: Some(0.5),
            ..BudgetView::default()
        }],
        pauses: vec![PauseView {
            app: "app".to_owned(),
            tenant: "t".to_owned(),
            rest: Duration::from_secs(30),
        }],
        ..WorkerView::default()
    };
    view.drives.add(DriveState::Live, 7);
    view
}

async fn start(view: &Arc<Mutex<WorkerView>>) -> HttpServer {
    let view = Arc::clone(view);
    let views = Views::new(move || view.lock().unwrap().clone(), |_| Vec::new());
    serve("127.0.0.1:0".parse().unwrap(), views).await.unwrap()
}

async fn get(server: &HttpServer, path: &str) -> (u16, String, String) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.get(format!("http://{}{path}", server.address()));
    let response = timeout(Duration::from_secs(30), request.send())
        .await
        .unwrap()
        .unwrap();
    let status = response.status().as_u16();
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    (status, kind, response.text().await.unwrap())
}

#[tokio::test]
async fn health_is_the_reachability_of_nats_and_what_is_followed() {
    let view = Arc::new(Mutex::new(worker()));
    let server = start(&view).await;
    let (status, kind, body) = get(&server, "/healthz").await;
    assert_eq!((status, kind.as_str()), (200, "application/json"));
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["status"], "ok");
    view.lock().unwrap().nats.since_contact = Duration::from_secs(9);
    let (status, _, body) = get(&server, "/healthz").await;
    assert_eq!(status, 503);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert!(
        body["reason"]
            .as_str()
            .unwrap()
            .starts_with("NATS has not answered for 9.0 s")
    );
    assert_eq!(get(&server, "/nowhere").await.0, 404);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let posted = client.post(format!("http://{}/metrics", server.address()));
    assert_eq!(posted.send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn an_address_that_is_taken_is_an_error() {
    let server = start(&Arc::default()).await;
    let views = Views::new(WorkerView::default, |_| Vec::new());
    let error = serve(server.address(), views).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}

/// The README has a table of all metrics.
#[tokio::test]
async fn the_metrics_are_those_that_are_documented() {
    let server = start(&Arc::new(Mutex::new(worker()))).await;
    let (status, kind, text) = get(&server, "/metrics").await;
    assert_eq!(
        (status, kind.as_str()),
        (200, "text/plain; version=0.0.4; charset=utf-8")
    );

    let mut told: BTreeMap<String, (String, String, String)> = BTreeMap::new();
    let mut last = String::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').unwrap();
            last = name.to_owned();
            let metric = (String::new(), String::new(), help.to_owned());
            assert_eq!(
                told.insert(last.clone(), metric),
                None,
                "{name} is there twice"
            );
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert_eq!(name, last);
            told.get_mut(name).unwrap().0 = kind.to_owned();
            assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            assert_eq!(name, last, "{line}");
            let names: Vec<_> = labels
                .split("\",")
                .filter_map(|label| Some(format!("`{}`", label.split_once('=')?.0)))
                .collect();
            told.get_mut(name).unwrap().1 = names.join(", ");
        }
    }
    let readme = include_str!("../../README.md");
    let documented: BTreeMap<String, (String, String, String)> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `drivebell_fleet_"))
        .map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let name = format!("drivebell_fleet_{}", cells[0].trim_end_matches('`'));
            (
                name,
                (
                    cells[1].to_owned(),
                    cells[2].to_owned(),
                    cells[3].to_owned(),
                ),
            )
        })
        .collect();
    assert_eq!(documented, told);

    for line in [
        "drivebell_fleet_worker_info{worker=\"a-00000001\",version=\"1.2.3\"} 1",
        "drivebell_fleet_drives{state=\"live\"} 7",
        "drivebell_fleet_drives{state=\"away\"} 0",
        "drivebell_fleet_lag_seconds 1.5",
        "drivebell_fleet_nats_connected 1",
        "drivebell_fleet_messages_published_total 12",
        "drivebell_fleet_budget_endpoint_calls_per_second{tenant=\"a\\\"b\\\\c\\nd\"} 0.5",
        "drivebell_fleet_pause_seconds{app=\"app\",tenant=\"t\"} 30",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} in\n{text}");
    }
}
