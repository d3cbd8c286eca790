//! The editor that changes random drives, and the record of when each drive is watched.

use std::collections::{HashMap, HashSet};

use crate::support::{DEADLINE, Socket, builder, call, endpoint, http, send, until};
use drivebell_simulator::Simulator;
use serde_json::{Value, json};
use tokio::time::timeout;

async fn ask(simulator: &Simulator, method: &str, path: &str, body: Option<Value>) -> Value {
    let path = format!("/_simulator/{path}");
    let response = call(simulator, method, &path, body.map(|it| it.to_string())).await;
    assert!(response.status < 300, "{}", response.body);
    serde_json::from_str(&response.body).unwrap_or_default()
}

/// Asks for a list until it has this many entries.
async fn list_of(simulator: &Simulator, path: &str, length: usize) -> Vec<Value> {
    let asking = async {
        loop {
            let list = ask(simulator, "GET", path, None).await;
            let list = list.as_array().expect("an array").clone();
            if list.len() >= length {
                return list;
            }
        }
    };
    timeout(DEADLINE, asking).await.expect("in time")
}

/// What a delta query returns of a drive: the eTag of each item, `Null` for deleted ones.
async fn changed(simulator: &Simulator, drive: &str) -> HashMap<String, Value> {
    let path = format!("/v1.0/drives/{drive}/root/delta?token=2020-01-01T00%3A00%3A00Z&$top=9999");
    let page = call(simulator, "GET", &path, None).await.json();
    let items = page["value"].as_array().expect("items").iter();
    let states = items.map(|item| {
        let id = item["id"].as_str().expect("an id").to_owned();
        let gone = item.get("deleted").is_some();
        (
            id,
            if gone {
                Value::Null
            } else {
                item["eTag"].clone()
            },
        )
    });
    states.collect()
}

#[tokio::test]
async fn the_editor_records_the_state_of_each_item_that_it_changed() {
    let simulator = builder().numbered_drives(3).start().await.expect("starts");
    let drives = ["drive-00001", "drive-00003"];
    let orders = json!({"rate": 2000, "drives": drives, "seed": 7});
    ask(&simulator, "PUT", "editor", Some(orders)).await;
    list_of(&simulator, "editor", 400).await;
    let stopped = ask(&simulator, "DELETE", "editor", None).await;
    let record = list_of(&simulator, "editor", 0).await;
    assert_eq!(stopped["edits"], record.len());

    let mut last: HashMap<(String, String), Value> = HashMap::new();
    for edit in &record {
        let text = |index: usize| edit[index].as_str().expect("text").to_owned();
        last.insert((text(1), text(2)), edit[3].clone());
    }
    let edited: HashSet<_> = last.keys().map(|(drive, _)| drive.as_str()).collect();
    assert_eq!(edited, HashSet::from(drives));
    let deleted = last.values().filter(|state| state.is_null()).count();
    assert!(deleted > 0 && deleted < last.len());
    for drive in drives {
        let mut changed = changed(&simulator, drive).await;
        changed.retain(|id, _| last.contains_key(&(drive.to_owned(), id.clone())));
        let of_drive = last.iter().filter(|((of, _), _)| of == drive);
        let expected = of_drive.map(|((_, id), state)| (id.clone(), state.clone()));
        assert_eq!(changed, expected.collect::<HashMap<_, _>>());
    }
    let rest = format!("editor?after={}", record.len() - 2);
    let rest = ask(&simulator, "GET", &rest, None).await;
    assert_eq!(
        rest.as_array().expect("an array")[..],
        record[record.len() - 2..]
    );
}

#[tokio::test]
async fn orders_that_make_no_sense_are_refused() {
    let simulator = builder().start().await.expect("starts");
    for (orders, reason) in [
        (json!({"rate": 0, "drives": ["b!me"]}), "rate"),
        (json!({"rate": 1, "drives": []}), "drives is empty"),
        (json!({"rate": 1, "drives": ["b!no"]}), "b!no"),
        (json!({"rate": 1, "drive": "b!me"}), "drive"),
    ] {
        let url = format!("{}/_simulator/editor", simulator.base_url());
        let response = send(http().put(url).body(orders.to_string())).await;
        assert_eq!(response.status, 400, "{orders}");
        assert!(response.body.contains(reason), "{}", response.body);
    }
    let refused = builder().numbered_drives(1_000_001).start().await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn it_is_known_when_a_drive_was_watched() {
    let simulator = builder().numbered_drives(1).start().await.expect("starts");
    let path = "/v1.0/drives/drive-00001/root/delta";
    let socket = Socket::join(&endpoint(&simulator, "/drives/drive-00001/root").await).await;
    until(|| simulator.connected() == 1).await;
    call(&simulator, "GET", path, None).await;
    drop(socket);
    let entries = list_of(&simulator, "watching", 3).await;
    for (index, what) in ["joined", "queried", "left"].into_iter().enumerate() {
        assert_eq!(entries[index][1], what);
        assert_eq!(entries[index][2], "drive-00001");
    }
    assert!(entries[0][0].as_i64() <= entries[2][0].as_i64());
    let rest = ask(&simulator, "GET", "watching?after=2", None).await;
    assert_eq!(rest, json!([entries[2]]));
}
