//! A client that follows the changes of a drive, and the items that it should have.

use std::collections::BTreeMap;

use drivebell_simulator::Simulator;
use serde_json::Value;

use crate::support::{Response, TOKEN, call, http, send};

pub(crate) const DELTA: &str = "/v1.0/me/drive/root/delta";

/// Name, parent and size by id.
pub(crate) type Known = BTreeMap<String, (String, Option<String>, u64)>;

pub(crate) struct Follower {
    client: reqwest::Client,
    /// The next link.
    pub(crate) link: String,
    pub(crate) known: Known,
    /// How many items each page had.
    pub(crate) pages: Vec<usize>,
}

impl Follower {
    pub(crate) fn new(simulator: &Simulator, path: &str) -> Self {
        Self {
            client: http(),
            link: format!("{}{path}", simulator.base_url()),
            known: Known::new(),
            pages: Vec::new(),
        }
    }

    /// A client that has completed a round, so that the next rounds return only changes.
    pub(crate) async fn caught_up(simulator: &Simulator, path: &str) -> Self {
        let mut follower = Self::new(simulator, path);
        follower.round().await;
        follower
    }

    pub(crate) async fn get(&self, link: &str) -> Response {
        send(self.client.get(link).bearer_auth(TOKEN)).await
    }

    /// Sends a change over the existing connection.
    pub(crate) async fn call(
        &self,
        simulator: &Simulator,
        method: &str,
        path: &str,
        body: Option<String>,
    ) -> Response {
        let url = format!("{}{path}", simulator.base_url());
        let method = method.parse().expect("a method");
        let request = self.client.request(method, url).bearer_auth(TOKEN);
        send(request.body(body.unwrap_or_default())).await
    }

    /// Reads one page. True if it was the last of its round.
    pub(crate) async fn page(&mut self) -> (Vec<Value>, bool) {
        let response = self.get(&self.link).await;
        assert_eq!(response.status, 200, "{}", response.body);
        let body = response.json();
        let next = body["@odata.nextLink"].as_str();
        let delta = body["@odata.deltaLink"].as_str();
        assert!(next.is_some() != delta.is_some(), "{body}");
        let link = next.or(delta).expect("a link");
        link.clone_into(&mut self.link);
        let items = body["value"].as_array().expect("an array").clone();
        self.pages.push(items.len());
        for item in &items {
            self.learn(item);
        }
        (items, delta.is_some())
    }

    /// Reads all pages up to the next deltaLink.
    pub(crate) async fn round(&mut self) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            let (items, last) = self.page().await;
            all.extend(items);
            if last {
                return all;
            }
        }
    }

    fn learn(&mut self, item: &Value) {
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let id = text(&item["id"]).expect("an id");
        if item["deleted"].is_object() {
            self.known.remove(&id);
            return;
        }
        let name = text(&item["name"]).expect("a name");
        let parent = text(&item["parentReference"]["id"]);
        let size = item["size"].as_u64().expect("a size");
        self.known.insert(id, (name, parent, size));
    }
}

/// The current items, as the control API lists them.
pub(crate) async fn truth(simulator: &Simulator, drive: &str) -> Known {
    let path = format!("/_simulator/items?drive={drive}");
    let items = call(simulator, "GET", &path, None).await.json();
    let items = items.as_array().expect("an array").iter().map(|item| {
        assert_eq!(item["deleted"], false);
        let text = |name: &str| item[name].as_str().map(ToOwned::to_owned);
        let size = item["size"].as_u64().expect("a size");
        let name = text("name").expect("a name");
        (text("id").expect("an id"), (name, text("parent"), size))
    });
    items.collect()
}

pub(crate) fn names(items: &[Value]) -> Vec<&str> {
    let names = items.iter().map(|item| item["name"].as_str());
    names.map(|name| name.unwrap_or("-")).collect()
}

pub(crate) async fn put(simulator: &Simulator, path: &str, content: &str) -> String {
    let path = format!("/v1.0/me/drive/root:/{path}:/content");
    let response = call(simulator, "PUT", &path, Some(content.to_owned())).await;
    assert!(matches!(response.status, 200 | 201), "{}", response.body);
    response.json()["id"].as_str().expect("an id").to_owned()
}

pub(crate) async fn patch(simulator: &Simulator, id: &str, body: Value) {
    let path = format!("/v1.0/me/drive/items/{id}");
    let response = call(simulator, "PATCH", &path, Some(body.to_string())).await;
    assert_eq!(response.status, 200, "{}", response.body);
}

pub(crate) async fn delete(simulator: &Simulator, path: &str) {
    let path = format!("/v1.0/me/drive{path}");
    let response = call(simulator, "DELETE", &path, None).await;
    assert_eq!(response.status, 204, "{}", response.body);
}
