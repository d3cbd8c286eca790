//! A program that keeps a copy of a simulated drive.

use std::collections::BTreeMap;
use std::time::Duration;

use drivebell::{ChangeBatch, Changes, ChangesOptions, Item, Resource, Since};
use drivebell_simulator::{Builder, Simulator};
use futures_util::StreamExt;
use serde_json::{Value, json};

use super::graph::TOKEN;
use super::watched::persistent;
use super::within;

/// A copy of a drive, updated by mark and sweep.
#[derive(Default)]
pub(crate) struct Mirror {
    pub(crate) rows: BTreeMap<String, (Row, Option<String>)>,
    pub(crate) checkpoint: Option<String>,
    pub(crate) batches: usize,
}

/// Name, parent and size.
pub(crate) type Row = (Option<String>, Option<String>, Option<u64>);

impl Mirror {
    pub(crate) fn apply(&mut self, batch: &ChangeBatch) {
        for item in &batch.items {
            let Item::Drive(item) = item else {
                panic!("{item:?}")
            };
            if item.is_deleted() {
                self.rows.remove(item.id());
                continue;
            }
            let row = (
                item.name().map(str::to_owned),
                item.parent().id.clone(),
                item.size(),
            );
            self.rows
                .insert(item.id().to_owned(), (row, batch.snapshot.clone()));
        }
        if batch.caught_up && batch.snapshot.is_some() {
            self.rows.retain(|_, (_, mark)| *mark >= batch.snapshot);
        }
        self.checkpoint = Some(batch.checkpoint.clone());
        self.batches += 1;
    }

    /// Applies batches until the copy equals the drive.
    pub(crate) async fn follow(&mut self, changes: &mut Changes, simulator: &Simulator) {
        within(async {
            while !self.equals(simulator).await {
                let batch = changes.next().await.expect("no end").expect("no error");
                self.apply(&batch);
            }
        })
        .await;
    }

    pub(crate) async fn equals(&self, simulator: &Simulator) -> bool {
        let truth = truth(simulator).await;
        let rows = self.rows.iter();
        truth
            == rows
                .map(|(id, (row, _))| (id.clone(), row.clone()))
                .collect()
    }
}

async fn truth(simulator: &Simulator) -> BTreeMap<String, Row> {
    let url = format!("{}/_simulator/items?drive=b!me", simulator.base_url());
    let text = http(simulator, "GET", &url, None).await;
    let items: Vec<Value> = serde_json::from_str(&text).unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    items
        .iter()
        .map(|item| {
            let row = (
                text(&item["name"]),
                text(&item["parent"]),
                item["size"].as_u64(),
            );
            (text(&item["id"]).unwrap(), row)
        })
        .collect()
}

pub(crate) async fn http(
    simulator: &Simulator,
    method: &str,
    url: &str,
    body: Option<Value>,
) -> String {
    let url = if url.starts_with('/') {
        format!("{}/v1.0{url}", simulator.base_url())
    } else {
        url.to_owned()
    };
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = http
        .request(method.parse().unwrap(), url)
        .bearer_auth(TOKEN)
        .header("content-type", "application/json");
    if let Some(body) = body {
        request = request.body(body.to_string());
    }
    let response = request.send().await.unwrap();
    assert!(response.status().is_success(), "{response:?}");
    response.text().await.unwrap()
}

pub(crate) async fn upload(simulator: &Simulator, name: &str) {
    let path = format!("/me/drive/root:/{name}:/content");
    http(simulator, "PUT", &path, Some(json!("content"))).await;
}

pub(crate) fn quick() -> ChangesOptions {
    let mut options = ChangesOptions::default();
    options.quiet_time = Duration::from_millis(50);
    options.lag_delays = vec![Duration::from_millis(200); 3];
    options.overlap = Duration::from_millis(600);
    options.poll_interval = Duration::from_millis(300);
    options
}

pub(crate) async fn follow(server: Builder, since: &Since) -> (Simulator, Changes) {
    let simulator = server.start().await.unwrap();
    let client = persistent(simulator.base_url()).build().unwrap();
    let changes = client.changes_with(&Resource::my_drive(), since, &quick());
    (simulator, changes.unwrap())
}
