use drivebell_simulator::Simulator;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::{TOKEN, within};

/// What a user does in `/me/drive`, through Graph. Paths begin with a slash.
pub(crate) struct Drive<'a> {
    simulator: &'a Simulator,
    http: Client,
}

impl<'a> Drive<'a> {
    pub(crate) fn new(simulator: &'a Simulator) -> Self {
        let http = Client::builder().no_proxy().build().expect("a client");
        Self { simulator, http }
    }

    /// Creates or replaces a file, and the folders above it.
    pub(crate) async fn put(&self, path: &str, content: &str) {
        let url = format!("{path}:/content");
        self.request(Method::PUT, &url, content.to_owned()).await;
    }

    pub(crate) async fn rename(&self, path: &str, name: &str) {
        self.patch(path, &json!({ "name": name })).await;
    }

    /// Moves an item into a folder.
    pub(crate) async fn put_into(&self, path: &str, folder: &str) {
        let folder = self.request(Method::GET, &format!("{folder}:"), "").await;
        let parent = json!({ "parentReference": { "id": folder["id"] } });
        self.patch(path, &parent).await;
    }

    pub(crate) async fn delete(&self, path: &str) {
        self.request(Method::DELETE, &format!("{path}:"), "").await;
    }

    async fn patch(&self, path: &str, fields: &Value) {
        let url = format!("{path}:");
        self.request(Method::PATCH, &url, fields.to_string()).await;
    }

    async fn request(&self, method: Method, item: &str, body: impl Into<String>) -> Value {
        let url = format!("{}/v1.0/me/drive/root:{item}", self.simulator.base_url());
        let request = self.http.request(method, &url).bearer_auth(TOKEN);
        let request = request.header("Content-Type", "application/json");
        let response = within(request.body(body.into()).send()).await;
        let response = response.expect("a response");
        assert!(response.status().is_success(), "{url}: {response:?}");
        let body = within(response.bytes()).await.expect("a body");
        serde_json::from_slice(&body).unwrap_or_default()
    }
}
