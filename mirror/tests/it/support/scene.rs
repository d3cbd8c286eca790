//! A drive of the simulator, edited as its users do, and a mirror of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use drivebell::{ChangesOptions, Client, Credential, Error, MirrorOptions, Resource};
use drivebell_mirror::{Mirror, MirrorClient as _, Tree};
use drivebell_simulator::{Builder, Simulator};
use fastrand::Rng;
use serde_json::{Value, json};

use super::folder::Folder;
use super::{until, within};

pub(crate) const TOKEN: &str = "bearer-s3cr3t";

/// A simulator whose silence the client notices soon.
pub(crate) fn simulator() -> Builder {
    Simulator::builder()
        .token(TOKEN)
        .ping_interval(Duration::from_millis(200))
        .ping_timeout(Duration::from_secs(1))
}

/// A client that tries again soon.
pub(crate) fn client(base_url: &str) -> Client {
    client_of(base_url, TOKEN)
}

pub(crate) fn client_of(base_url: &str, token: &str) -> Client {
    Client::builder(Credential::token(token).unwrap())
        .base_url(base_url)
        .start_timeout(None)
        .retry_timeout(Duration::ZERO)
        .first_refusal_timeout(Duration::ZERO)
        .retry_min(Duration::from_millis(10))
        .retry_max(Duration::from_millis(50))
        .request_timeout(Duration::from_secs(5))
        .max_endpoint_calls_per_second(1_000)
        .build()
        .unwrap()
}

/// Queries soon after a change, and again soon.
pub(crate) fn quick() -> ChangesOptions {
    let mut options = ChangesOptions::default();
    options.quiet_time = Duration::from_millis(30);
    options.lag_delays = vec![Duration::from_millis(200); 3];
    options.overlap = Duration::from_millis(600);
    options.poll_interval = Duration::from_millis(300);
    options
}

pub(crate) fn drive(id: &str) -> Resource {
    Resource::drive(id).unwrap()
}

pub(crate) struct Scene {
    pub(crate) simulator: Simulator,
    pub(crate) client: Client,
    pub(crate) folder: Folder,
    http: reqwest::Client,
}

impl Scene {
    pub(crate) async fn start() -> Self {
        Self::with(simulator()).await
    }

    pub(crate) async fn with(server: Builder) -> Self {
        let simulator = server.start().await.unwrap();
        Self {
            client: client(&simulator.base_url()),
            simulator,
            folder: Folder::new(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.file("drive.db")
    }

    /// A mirror of `/me/drive`.
    pub(crate) fn mirror(&self) -> Mirror {
        self.mirror_with(|_| {})
    }

    pub(crate) fn mirror_with(&self, change: impl FnOnce(&mut MirrorOptions)) -> Mirror {
        self.try_mirror(change).unwrap()
    }

    pub(crate) fn try_mirror(
        &self,
        change: impl FnOnce(&mut MirrorOptions),
    ) -> Result<Mirror, Error> {
        let mut options = MirrorOptions::default();
        change(&mut options);
        self.client
            .mirror_with(&Resource::my_drive(), self.file(), &options, &quick())
    }

    /// Creates or replaces a file. Returns its id.
    pub(crate) async fn upload(&self, path: &str, content: &str) -> String {
        self.upload_to("/me/drive", path, content).await
    }

    pub(crate) async fn upload_to(&self, drive: &str, path: &str, content: &str) -> String {
        let path = format!("{drive}/root:{path}:/content");
        id(&self.request("PUT", &path, Some(json!(content))).await)
    }

    /// Creates a folder in an existing one. Returns its id.
    pub(crate) async fn make_folder(&self, path: &str) -> String {
        let (parent, name) = path.rsplit_once('/').unwrap();
        let parent = if parent.is_empty() {
            "/me/drive/root/children".to_owned()
        } else {
            format!("/me/drive/root:{parent}:/children")
        };
        let body = json!({"name": name, "folder": {}});
        id(&self.request("POST", &parent, Some(body)).await)
    }

    pub(crate) async fn rename(&self, path: &str, name: &str) {
        let item = format!("/me/drive/root:{path}:");
        self.request("PATCH", &item, Some(json!({"name": name})))
            .await;
    }

    /// Moves an item into a folder, perhaps under another name.
    pub(crate) async fn relocate(&self, path: &str, folder: &str, name: Option<&str>) {
        let folder = self.id(folder).await;
        let mut body = json!({"parentReference": {"id": folder}});
        if let Some(name) = name {
            body["name"] = json!(name);
        }
        self.request("PATCH", &format!("/me/drive/root:{path}:"), Some(body))
            .await;
    }

    pub(crate) async fn delete(&self, path: &str) {
        self.request("DELETE", &format!("/me/drive/root:{path}:"), None)
            .await;
    }

    pub(crate) async fn id(&self, path: &str) -> String {
        let path = if path == "/" {
            "/me/drive/root".to_owned()
        } else {
            format!("/me/drive/root:{path}:")
        };
        id(&self.request("GET", &path, None).await)
    }

    /// Changes something at random, as a user does. What cannot be is not done.
    pub(crate) async fn edit(&self, random: &mut Rng) {
        let paths: Vec<String> = self.paths("b!me").await.into_keys().collect();
        let Some(path) = random.choice(&paths) else {
            return;
        };
        let item = format!("/me/drive/root:{path}:");
        let name = format!("n{}", random.u32(0..50));
        let (method, url, body) = match random.u32(0..10) {
            0..4 => {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let url = format!("/me/drive/root:{folder}/{name}:/content");
                ("PUT", url, Some(json!(random.u32(..).to_string())))
            }
            4..6 => ("PATCH", item, Some(json!({"name": name}))),
            6..8 => {
                let folder = random.choice(&paths).unwrap();
                let folder = self.paths("b!me").await.remove(folder);
                let body = json!({"name": name, "parentReference": {"id": folder}});
                ("PATCH", item, Some(body))
            }
            // Folders are few.
            8 if !path.contains("folder") => ("DELETE", item, None),
            _ => {
                let body = json!({"name": name, "folder": {}});
                ("POST", format!("{item}/children"), Some(body))
            }
        };
        self.send(method, &url, body).await;
    }

    async fn request(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let response = self.send(method, path, body).await;
        assert!(response.status().is_success(), "{path}: {response:?}");
        let text = within(response.text()).await.unwrap();
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> reqwest::Response {
        let url = format!("{}/v1.0{path}", self.simulator.base_url());
        let mut request = self
            .http
            .request(method.parse().unwrap(), url)
            .bearer_auth(TOKEN)
            .header("content-type", "application/json");
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        within(request.send()).await.unwrap()
    }

    /// The paths of a drive, and their ids.
    pub(crate) async fn paths(&self, drive: &str) -> BTreeMap<String, String> {
        let base = self.simulator.base_url();
        let url = format!("{base}/_simulator/items?drive={drive}");
        let response = within(self.http.get(url).send()).await.unwrap();
        let items: Vec<Value> = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        let by_id: BTreeMap<&str, &Value> = items
            .iter()
            .map(|item| (item["id"].as_str().unwrap(), item))
            .collect();
        let path = |id: &str| {
            let mut path = String::new();
            let mut item = by_id[id];
            while let Some(parent) = item["parent"].as_str() {
                path = format!("/{}{path}", item["name"].as_str().unwrap());
                item = by_id[parent];
            }
            path
        };
        let paths = by_id.keys().map(|id| (path(id), (*id).to_owned()));
        paths.filter(|(path, _)| !path.is_empty()).collect()
    }

    /// Waits until a tree is that of its drive.
    pub(crate) async fn until_equal(&self, tree: &Tree, drive: &str) {
        until(async || walked(tree) == self.paths(drive).await).await;
    }
}

/// The paths of a tree, and their ids.
pub(crate) fn walked(tree: &Tree) -> BTreeMap<String, String> {
    let items = tree.walk("/").unwrap().map(Result::unwrap);
    items
        .map(|(path, item)| (path, item.id().to_owned()))
        .collect()
}

fn id(item: &Value) -> String {
    item["id"].as_str().unwrap_or_default().to_owned()
}
