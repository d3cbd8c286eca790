//! The simulator, in its own process: its memory must not be counted as ours.

use std::path::PathBuf;
use std::process::Stdio;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub(crate) const TOKEN: &str = "soaked";

/// After this time without a packet, a session drops the connection: the sum of ping interval and
/// ping timeout.
pub(crate) const HEARTBEAT_WINDOW_MS: u64 = 1_500;

#[derive(Debug)]
pub(crate) struct Service {
    _process: Child,
    control: Control,
}

/// The control interface of the simulator.
#[derive(Debug, Clone)]
pub(crate) struct Control {
    base_url: String,
    http: reqwest::Client,
}

impl Service {
    pub(crate) async fn start(drives: &[String]) -> Result<Self, String> {
        let mut command = Command::new(binary()?);
        command.args(["--token", TOKEN]);
        // Short, so that endpoints are renewed often and silence is noticed soon.
        command.args(["--lifetime", "20", "--at-expiry", "quiet"]);
        command.args(["--ping-interval", "500", "--ping-timeout", "1000"]);
        for drive in drives {
            command.args(["--drive", drive]);
        }
        Self::run(command).await
    }

    /// Starts one with a drive for each token, and the service's usual heartbeat.
    pub(crate) async fn start_with_users(users: &[(String, String)]) -> Result<Self, String> {
        let mut command = Command::new(binary()?);
        command.args(["--token", TOKEN]);
        for (token, drive) in users {
            command.args(["--user", &format!("{token}={drive}")]);
        }
        Self::run(command).await
    }

    async fn run(mut command: Command) -> Result<Self, String> {
        let mut process = command
            .args(["--port", "0", "--exit-with-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("cannot start the simulator: {error}"))?;
        let stdout = process.stdout.take().ok_or("it has no stdout")?;
        let line = BufReader::new(stdout).lines().next_line().await;
        let line = line
            .ok()
            .flatten()
            .ok_or("the simulator printed no address")?;
        let base_url = line.trim_start_matches("listening on ").to_owned();
        let http = reqwest::Client::builder()
            .no_proxy()
            // An idle connection would look like a leak.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            _process: process,
            control: Control { base_url, http },
        })
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.control.base_url
    }

    pub(crate) fn control(&self) -> Control {
        self.control.clone()
    }
}

impl Control {
    /// Sends a notification.
    pub(crate) async fn notify(&self, drive: &str) -> Result<(), String> {
        let path = format!("notify?drive={drive}");
        self.send(self.http.post(self.url(&path))).await.map(drop)
    }

    /// Sets a fault, in the notation of the simulator's README.
    pub(crate) async fn fault(&self, fault: &str) -> Result<(), String> {
        let request = self.http.post(self.url("faults"));
        self.send(request.body(fault.to_owned()))
            .await
            .map(drop)
            .map_err(|error| format!("{fault}: {error}"))
    }

    /// The number of connected sockets.
    pub(crate) async fn connected(&self) -> Result<u64, String> {
        self.get("connected").await
    }

    /// The time of each endpoint call, in microseconds since 1970.
    pub(crate) async fn endpoint_calls(&self) -> Result<Vec<i64>, String> {
        self.get("endpoint-calls").await
    }

    async fn get<T: DeserializeOwned>(&self, what: &str) -> Result<T, String> {
        let text = self.send(self.http.get(self.url(what))).await?;
        serde_json::from_str(&text).map_err(|error| error.to_string())
    }

    pub(crate) async fn release_faults(&self) -> Result<(), String> {
        self.send(self.http.delete(self.url("faults")))
            .await
            .map(drop)
    }

    fn url(&self, path: &str) -> String {
        format!("{}/_simulator/{path}", self.base_url)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<String, String> {
        let response = request.send().await.map_err(|error| error.to_string())?;
        let status = response.status();
        let text = response.text().await.map_err(|error| error.to_string())?;
        if status.is_success() {
            Ok(text)
        } else {
            Err(format!("HTTP {status}: {text}"))
        }
    }
}

/// The build puts it beside this program.
fn binary() -> Result<PathBuf, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let path = here.with_file_name("drivebell-simulator");
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!(
            "{} is missing: cargo build -p drivebell-simulator",
            path.display()
        ))
    }
}
