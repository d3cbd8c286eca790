//! The whole service, by either of two independent servers: the simulator, and
//! `tests/servers/service.mjs`, which uses npm socket.io.
//!
//! A client that shares a misunderstanding with one server fails on the other.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use drivebell_simulator::{Argument, Builder, EndpointShape, Fault, Payload, Simulator};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::graph::TOKEN;
use super::within;

const SERVERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/servers");

/// Makes two tests of an `async fn` that takes a [`Server`]: `case::simulator` and
/// `case::socket_io`.
macro_rules! on_both_servers {
    ($case:ident) => {
        mod $case {
            use crate::support::service::Server;

            #[tokio::test]
            async fn simulator() {
                super::$case(Server::Simulator).await;
            }

            #[tokio::test]
            async fn socket_io() {
                super::$case(Server::SocketIo).await;
            }
        }
    };
}
pub(crate) use on_both_servers;

/// The server that the case runs on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Server {
    Simulator,
    SocketIo,
}

impl Server {
    /// Starts with default options, and accepts [`TOKEN`].
    pub(crate) async fn start(self) -> Service {
        self.accepting(TOKEN).start().await
    }

    /// Configures one that accepts this token.
    pub(crate) fn accepting(self, token: &str) -> Setup {
        let setup = Setup {
            server: self,
            builder: Simulator::builder(),
            arguments: Vec::new(),
        };
        setup.option(|builder| builder.token(token), "token", token)
    }
}

/// The options of a server, in the form that each of them understands.
pub(crate) struct Setup {
    server: Server,
    builder: Builder,
    arguments: Vec<String>,
}

impl Setup {
    /// A user's token, and the drive of that user.
    pub(crate) fn user(self, (token, drive): (&str, &str)) -> Self {
        let value = format!("{token}={drive}");
        self.option(|builder| builder.user(token, drive), "user", &value)
    }

    pub(crate) fn payload(self, payload: Payload) -> Self {
        let value = match payload {
            Payload::Observed => "observed",
            Payload::Flat => "flat",
        };
        self.option(|builder| builder.payload(payload), "payload", value)
    }

    pub(crate) fn argument(self, argument: Argument) -> Self {
        let value = match argument {
            Argument::String => "string",
            Argument::Object => "object",
        };
        self.option(|builder| builder.argument(argument), "argument", value)
    }

    pub(crate) fn endpoint_shape(self, shape: EndpointShape) -> Self {
        let value = match shape {
            EndpointShape::Observed => "observed",
            EndpointShape::Documented => "documented",
        };
        self.option(|builder| builder.endpoint_shape(shape), "endpoint", value)
    }

    /// In whole seconds.
    pub(crate) fn lifetime(self, lifetime: Duration) -> Self {
        let value = lifetime.as_secs().to_string();
        self.option(|builder| builder.lifetime(lifetime), "lifetime", &value)
    }

    pub(crate) fn ping_interval(self, interval: Duration) -> Self {
        let value = interval.as_millis().to_string();
        let set = |builder: Builder| builder.ping_interval(interval);
        self.option(set, "ping-interval", &value)
    }

    pub(crate) fn ping_timeout(self, timeout: Duration) -> Self {
        let value = timeout.as_millis().to_string();
        let set = |builder: Builder| builder.ping_timeout(timeout);
        self.option(set, "ping-timeout", &value)
    }

    fn option(mut self, set: impl FnOnce(Builder) -> Builder, name: &str, value: &str) -> Self {
        self.builder = set(self.builder);
        self.arguments.push(format!("--{name}={value}"));
        self
    }

    pub(crate) async fn start(self) -> Service {
        match self.server {
            Server::Simulator => {
                let simulator = self.builder.start().await.expect("a free port");
                Service {
                    base_url: simulator.base_url(),
                    running: Running::Simulator(simulator),
                }
            }
            Server::SocketIo => within(start_node(&self.arguments)).await,
        }
    }
}

async fn start_node(arguments: &[String]) -> Service {
    assert!(
        Path::new(SERVERS).join("node_modules/socket.io").is_dir(),
        "{SERVERS}/node_modules is missing: run `npm ci` in tests/servers"
    );
    // If it cannot start, it says why on the stderr of the tests.
    let mut child = Command::new("node")
        .arg(Path::new(SERVERS).join("service.mjs"))
        .arg("--exit-with-stdin")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("node can be started");
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    stdout.read_line(&mut line).await.expect("text");
    let base_url = line.trim_end().strip_prefix("listening on ");
    let http = reqwest::Client::builder().no_proxy().build();
    Service {
        base_url: base_url.expect("the first line has its address").to_owned(),
        running: Running::SocketIo {
            child,
            http: http.expect("usable options"),
        },
    }
}

/// A running service. It ends when it is dropped.
pub(crate) struct Service {
    base_url: String,
    running: Running,
}

enum Running {
    Simulator(Simulator),
    SocketIo {
        /// Ends when its stdin closes, so it does not survive a test that is killed.
        child: Child,
        http: reqwest::Client,
    },
}

/// A request as it arrived.
#[derive(Debug, Deserialize)]
pub(crate) struct RecordedRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
}

impl RecordedRequest {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(known, _)| known == name)?;
        Some(value)
    }
}

impl Service {
    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// All requests that have arrived, except those of the control API.
    pub(crate) async fn requests(&self) -> Vec<RecordedRequest> {
        let requests = match &self.running {
            Running::Simulator(simulator) => serde_json::to_value(simulator.requests()),
            Running::SocketIo { http, .. } => {
                Ok(self.control(http.get(self.route("requests"))).await)
            }
        };
        let requests = requests.and_then(serde_json::from_value);
        requests.expect("requests")
    }

    /// Announces a change of this drive `count` times.
    pub(crate) async fn notify(&self, drive: &str, count: u32) {
        match &self.running {
            Running::Simulator(simulator) => {
                simulator.notify(drive, count).expect("a known drive");
            }
            Running::SocketIo { http, .. } => {
                let route = self.route(&format!("notify?drive={drive}&count={count}"));
                self.control(http.post(route)).await;
            }
        }
    }

    /// How many sockets have joined the namespace and are still open.
    pub(crate) async fn connected(&self) -> usize {
        match &self.running {
            Running::Simulator(simulator) => simulator.connected(),
            Running::SocketIo { http, .. } => {
                let state = self.control(http.get(self.route("state"))).await;
                serde_json::from_value(state["connected"].clone()).expect("a number")
            }
        }
    }

    /// Ends all connections by an action of `simulator/README.md`.
    pub(crate) async fn end_sockets(&self, action: &Value) {
        let fault = json!({"action": action, "on": "socket", "when": "now"}).to_string();
        let acted = match &self.running {
            Running::Simulator(simulator) => {
                let fault: Fault = fault.parse().expect("a fault");
                let id = simulator.fault(fault).expect("a fault");
                let faults = simulator.faults();
                let mut same = faults.iter().filter(|status| status.id == id);
                same.next().map(|status| status.acted)
            }
            Running::SocketIo { http, .. } => {
                let request = http.post(self.route("faults")).body(fault);
                self.control(request).await["acted"].as_u64()
            }
        };
        assert!(acted > Some(0), "{action} acted on no connection");
    }

    /// Ends it with all of its sockets, and waits for the end.
    pub(crate) async fn shutdown(self) {
        match self.running {
            Running::Simulator(simulator) => simulator.shutdown().await,
            Running::SocketIo { mut child, .. } => {
                drop(child.stdin.take());
                child.wait().await.expect("a status");
            }
        }
    }

    fn route(&self, name: &str) -> String {
        format!("{}/_simulator/{name}", self.base_url)
    }

    async fn control(&self, request: reqwest::RequestBuilder) -> Value {
        within(async {
            let response = request.send().await.expect("a response");
            let status = response.status();
            let body = response.bytes().await.expect("a complete response");
            let text = String::from_utf8_lossy(&body);
            assert!(status.is_success(), "{status}: {text}");
            serde_json::from_str(&text).expect("JSON")
        })
        .await
    }
}
