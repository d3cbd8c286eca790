//! What a consumer of the stream makes of it.

use std::collections::{BTreeMap, HashSet};

use async_nats::jetstream::consumer::{DeliverPolicy, push};
use futures_util::StreamExt;
use serde_json::Value;

use crate::fixture::Worker;

#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) json: Value,
}

impl Event {
    pub(crate) fn item(&self) -> &str {
        self.json["subject"].as_str().unwrap_or_default()
    }

    pub(crate) fn kind(&self) -> &str {
        let kind = self.json["type"].as_str().unwrap();
        kind.strip_prefix("io.github.drivebell.").unwrap()
    }
}

/// Everything that the stream has of changes.
pub(crate) async fn events(worker: &Worker) -> Vec<Event> {
    let changes = &worker.buckets.changes;
    let info = changes.get_info().await.unwrap();
    let filter = format!("{}.changes.>", worker.buckets.fleet);
    let mut expected = 0;
    let mut counts = changes.info_with_subjects(&filter).await.unwrap();
    while let Some(count) = counts.next().await {
        expected += count.unwrap().1;
    }
    let mut events = Vec::new();
    if info.state.messages == 0 || expected == 0 {
        return events;
    }
    let config = push::OrderedConfig {
        deliver_subject: worker.connection.client().new_inbox(),
        filter_subject: filter,
        deliver_policy: DeliverPolicy::All,
        ..push::OrderedConfig::default()
    };
    let consumer = changes.create_consumer(config).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    while events.len() < expected {
        let message = messages.next().await.unwrap().unwrap();
        let json: Value = serde_json::from_slice(&message.payload).unwrap();
        let id = message
            .headers
            .as_ref()
            .unwrap()
            .get("Nats-Msg-Id")
            .unwrap();
        assert_eq!(json["id"].as_str(), Some(id.as_str()));
        events.push(Event {
            id: id.to_string(),
            json,
        });
    }
    events
}

/// The rows of a table that follows the rules: id of the item, its JSON.
pub(crate) fn table(events: &[Event]) -> BTreeMap<String, String> {
    let mut ids = HashSet::new();
    let mut rows = BTreeMap::<String, (String, String)>::new();
    for event in events.iter().filter(|event| ids.insert(&event.id)) {
        let data = &event.json["data"];
        let mark = data["snapshot"].as_str().unwrap_or_default().to_owned();
        match event.kind() {
            "item.changed" => {
                let row = (mark, data["item"].to_string());
                rows.insert(event.item().to_owned(), row);
            }
            "item.deleted" => drop(rows.remove(event.item())),
            "snapshot.completed" => rows.retain(|_, (row, _)| *row >= mark),
            _ => {}
        }
    }
    rows.into_iter().map(|(id, (_, json))| (id, json)).collect()
}
