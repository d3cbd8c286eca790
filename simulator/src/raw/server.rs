//! The scripted server: who is played what.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fmt, io};

use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::client::Client;
use super::play::Player;
use super::record::{Record, Sent};
use super::script::Script;
use crate::config::EndpointShape;
use crate::recorder::RecordedRequest;
use crate::shared::lock;

const DEADLINE: Duration = Duration::from_secs(10);
const QUERY: &str = "token=w1-s3cr3t%2Fz%3D%3D&applicationId=22c49a0d";
const ASKS_FOR_ENDPOINT: &str = "/subscriptions/socketIo";
const ASKS_FOR_SOCKET: &str = "/socket.io";

/// A server on a loopback port that plays scripts. Dropping it ends it.
///
/// It answers Graph's endpoint request with a notification URL of its own, and plays the scripts
/// to the upgrades that follow, one to each; further upgrades are answered by 503.
#[derive(Debug)]
pub struct RawServer {
    port: u16,
    stage: Arc<Stage>,
    _ends: DropGuard,
}

/// Configures a [`RawServer`].
#[derive(Debug)]
#[must_use]
pub struct RawServerBuilder {
    sockets: VecDeque<Script>,
    endpoints: VecDeque<Script>,
    deadline: Duration,
}

/// A script that could not be played to its end, or was not in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptFailure(String);

impl fmt::Display for ScriptFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ScriptFailure {}

/// What the connections share.
pub(super) struct Stage {
    pub(super) deadline: Duration,
    scripts: usize,
    inner: Mutex<Inner>,
    changed: Notify,
    resume: Semaphore,
}

#[derive(Default)]
struct Inner {
    sockets: VecDeque<Script>,
    endpoints: VecDeque<Script>,
    connections: usize,
    played: usize,
    paused: usize,
    failure: Option<ScriptFailure>,
    record: Record,
}

impl RawServerBuilder {
    /// Plays this to the next upgrade.
    pub fn script(mut self, script: Script) -> Self {
        self.sockets.push_back(script);
        self
    }

    /// Plays this to the next endpoint request instead of the usual answer.
    pub fn endpoint_script(mut self, script: Script) -> Self {
        self.endpoints.push_back(script);
        self
    }

    /// How long a step, and whoever waits for one, is patient; 10 s by default.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Binds a port and plays.
    pub async fn start(self) -> io::Result<RawServer> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let stage = Arc::new(Stage {
            deadline: self.deadline,
            scripts: self.sockets.len() + self.endpoints.len(),
            inner: Mutex::new(Inner {
                sockets: self.sockets,
                endpoints: self.endpoints,
                ..Inner::default()
            }),
            changed: Notify::new(),
            resume: Semaphore::new(0),
        });
        let stop = CancellationToken::new();
        tokio::spawn(serve(listener, Arc::clone(&stage), port, stop.clone()));
        Ok(RawServer {
            port,
            stage,
            _ends: stop.drop_guard(),
        })
    }
}

impl RawServer {
    /// Starts from no script.
    pub fn builder() -> RawServerBuilder {
        RawServerBuilder {
            sockets: VecDeque::new(),
            endpoints: VecDeque::new(),
            deadline: DEADLINE,
        }
    }

    /// `http://127.0.0.1:PORT`, where Graph is.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What the endpoint request answers.
    pub fn notification_url(&self) -> String {
        notification_url(self.port)
    }

    /// What the clients sent: the last 10,000 requests, frames and ends.
    pub fn sent(&self) -> Vec<Sent> {
        lock(&self.stage.inner).record.all()
    }

    /// Waits until a script stands at a pause that nobody has resumed.
    pub async fn paused(&self) -> Result<(), ScriptFailure> {
        let paused = |inner: &Inner| inner.paused > 0;
        self.until("no script came to a pause", paused).await
    }

    /// Lets the script go on that stands at a pause, or comes to one next.
    pub fn resume(&self) {
        self.stage.resume.add_permits(1);
    }

    /// Waits until all scripts have been played to their end.
    pub async fn finished(&self) -> Result<(), ScriptFailure> {
        let scripts = self.stage.scripts;
        let played = move |inner: &Inner| inner.played == scripts;
        self.until("not all scripts were played", played).await
    }

    /// Waits until what the clients sent fulfils this.
    pub async fn received(&self, condition: impl Fn(&[Sent]) -> bool) -> Result<(), ScriptFailure> {
        let received = move |inner: &Inner| condition(&inner.record.all());
        self.until("the clients did not send that", received).await
    }

    async fn until(
        &self,
        otherwise: &str,
        condition: impl Fn(&Inner) -> bool,
    ) -> Result<(), ScriptFailure> {
        let deadline = self.stage.deadline;
        let come = timeout(deadline, async {
            loop {
                let changed = self.stage.changed.notified();
                {
                    let inner = lock(&self.stage.inner);
                    if let Some(failure) = &inner.failure {
                        return Err(failure.clone());
                    }
                    if condition(&inner) {
                        return Ok(());
                    }
                }
                changed.await;
            }
        });
        match come.await {
            Ok(come) => come,
            Err(_) => Err(ScriptFailure(format!("{otherwise} within {deadline:?}"))),
        }
    }
}

impl Stage {
    pub(super) fn record(&self, sent: Sent) {
        lock(&self.inner).record.push(sent);
        self.changed.notify_waiters();
    }

    pub(super) fn pause_begins(&self) {
        lock(&self.inner).paused += 1;
        self.changed.notify_waiters();
    }

    pub(super) async fn resumed(&self) {
        // It is never closed.
        if let Ok(permit) = self.resume.acquire().await {
            permit.forget();
        }
        lock(&self.inner).paused -= 1;
    }

    fn over(&self, connection: usize, outcome: Result<(), String>) {
        let mut inner = lock(&self.inner);
        inner.played += 1;
        if let Err(reason) = outcome {
            let failure = ScriptFailure(format!("connection {connection}, {reason}"));
            inner.failure.get_or_insert(failure);
        }
        drop(inner);
        self.changed.notify_waiters();
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").finish_non_exhaustive()
    }
}

async fn serve(listener: TcpListener, stage: Arc<Stage>, port: u16, stop: CancellationToken) {
    // Dropped at the end, and its tasks with it.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(attend(stream, Arc::clone(&stage), port));
                }
                // Out of file descriptors, as a rule: without a pause this loop would spin.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }
}

/// Serves one connection, on which an upgrade may follow the endpoint request.
async fn attend(stream: TcpStream, stage: Arc<Stage>, port: u16) {
    let connection = {
        let mut inner = lock(&stage.inner);
        inner.connections += 1;
        inner.connections
    };
    let mut player = Player::new(&stage, connection, Client::new(stream));
    while let Some(request) = player.request().await {
        if let Some(script) = script_for(&stage, &request) {
            let outcome = player.play(script, &request).await;
            return stage.over(connection, outcome);
        }
        if player
            .client
            .send(&usual_answer(&request, port))
            .await
            .is_err()
        {
            return;
        }
    }
}

fn script_for(stage: &Stage, request: &RecordedRequest) -> Option<Script> {
    let mut inner = lock(&stage.inner);
    if asks_for_endpoint(request) {
        inner.endpoints.pop_front()
    } else if request.path.starts_with(ASKS_FOR_SOCKET) {
        inner.sockets.pop_front()
    } else {
        None
    }
}

fn asks_for_endpoint(request: &RecordedRequest) -> bool {
    request.path.ends_with(ASKS_FOR_ENDPOINT)
}

fn usual_answer(request: &RecordedRequest, port: u16) -> Vec<u8> {
    let (status, body) = if asks_for_endpoint(request) {
        let body = json!({
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity",
            "clientState": crate::push::CLIENT_STATE,
            "expirationDateTime": "2125-12-24T03:32:50.8792357Z",
            "id": "f267729a-51a1-4e7b-a65d-fe76017a5b81",
            "notificationUrl": notification_url(port),
        });
        ("200 OK", body.to_string())
    } else if request.path.starts_with(ASKS_FOR_SOCKET) {
        ("503 Service Unavailable", String::new())
    } else {
        ("404 Not Found", String::new())
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
}

fn notification_url(port: u16) -> String {
    let namespace = EndpointShape::Observed.namespace();
    format!("http://127.0.0.1:{port}{namespace}?{QUERY}")
}
