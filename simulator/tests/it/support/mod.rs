//! An independent client, which uses only HTTP and WebSocket libraries.

use std::time::{Duration, Instant};

use drivebell_simulator::{Builder, Simulator};
use futures_util::{FutureExt, SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub(crate) const TOKEN: &str = "accepted";
/// Long enough for a busy machine. Only a failing test waits this long.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

pub(crate) fn builder() -> Builder {
    Simulator::builder().token(TOKEN)
}

pub(crate) async fn start() -> Simulator {
    builder().start().await.expect("starts")
}

pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"]
            .as_str()
            .expect("a code")
            .to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).expect("the header");
        value.to_str().expect("text")
    }
}

pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client")
}

pub(crate) async fn send(request: reqwest::RequestBuilder) -> Response {
    let response = request.send().await.expect("a response");
    Response {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.text().await.expect("a body"),
    }
}

pub(crate) async fn call(
    simulator: &Simulator,
    method: &str,
    path: &str,
    body: Option<String>,
) -> Response {
    let method = method.parse().expect("a method");
    let url = format!("{}{path}", simulator.base_url());
    let mut request = http().request(method, url).bearer_auth(TOKEN);
    if let Some(body) = body {
        request = request.body(body);
    }
    send(request).await
}

pub(crate) async fn request_endpoint(simulator: &Simulator, path: &str) -> Response {
    let url = format!("{}/v1.0{path}/subscriptions/socketIo", simulator.base_url());
    let request = http().get(url).bearer_auth(TOKEN);
    send(request.header("content-type", "application/json")).await
}

pub(crate) async fn endpoint(simulator: &Simulator, path: &str) -> Value {
    let response = request_endpoint(simulator, path).await;
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()
}

/// The namespace and the upgrade URL of a notification URL.
pub(crate) fn socket_url(endpoint: &Value) -> (String, String) {
    let url = endpoint["notificationUrl"].as_str().expect("a URL");
    let (origin_and_path, query) = url.split_once('?').expect("a query");
    let authority = origin_and_path.strip_prefix("http://").expect("http");
    let (authority, path) = authority.split_once('/').expect("a path");
    let upgrade = format!("ws://{authority}/socket.io/?{query}&EIO=4&transport=websocket");
    (format!("/{path}"), upgrade)
}

pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) namespace: String,
    pub(crate) open: Value,
}

impl Socket {
    /// Connects and reads the open packet.
    pub(crate) async fn open(endpoint: &Value) -> Self {
        let (namespace, url) = socket_url(endpoint);
        let (stream, _) = connect_async(url).await.expect("an upgrade");
        let mut socket = Self {
            stream,
            namespace,
            open: Value::Null,
        };
        let packet = socket.packet().await;
        let open = packet.strip_prefix('0').expect("an open packet");
        socket.open = serde_json::from_str(open).expect("JSON");
        socket
    }

    /// Connects and joins.
    pub(crate) async fn join(endpoint: &Value) -> Self {
        let mut socket = Self::open(endpoint).await;
        let join = format!("40{},", socket.namespace);
        socket.send(&join).await;
        let packet = socket.packet().await;
        let expected = format!("40{},{{\"sid\":\"", socket.namespace);
        assert!(packet.starts_with(&expected), "{packet}");
        socket
    }

    pub(crate) async fn send(&mut self, packet: &str) {
        self.stream.send(Message::text(packet)).await.expect("sent");
    }

    /// The next packet other than a ping. Pings are answered.
    pub(crate) async fn packet(&mut self) -> String {
        loop {
            let packet = self.frame().await;
            if packet != "2" {
                return packet;
            }
            self.send("3").await;
        }
    }

    /// The next text frame, which may be a ping.
    pub(crate) async fn frame(&mut self) -> String {
        let frame = timeout(DEADLINE, self.stream.next()).await;
        let message = frame
            .expect("a frame in time")
            .expect("open")
            .expect("a frame");
        message.into_text().expect("text").to_string()
    }

    /// The next message other than a heartbeat, or the error of the stream; `None` at its
    /// end.
    pub(crate) async fn message(&mut self) -> Option<Result<Message, tungstenite::Error>> {
        loop {
            let message = timeout(DEADLINE, self.stream.next()).await;
            let message = message.expect("a message or an end in time");
            if !is_heartbeat(message.as_ref()) {
                return message;
            }
        }
    }

    /// Whether nothing but the heartbeat has arrived so far.
    pub(crate) fn nothing_yet(&mut self) -> bool {
        loop {
            match self.stream.next().now_or_never() {
                None => return true,
                Some(message) if is_heartbeat(message.as_ref()) => {}
                Some(_) => return false,
            }
        }
    }

    /// The argument of the next event.
    pub(crate) async fn event(&mut self) -> Value {
        let packet = self.packet().await;
        let event = packet.strip_prefix(&format!("42{},", self.namespace));
        let event: Value = serde_json::from_str(event.expect("an event")).expect("JSON");
        assert_eq!(event[0], "notification");
        assert_eq!(event.as_array().map(Vec::len), Some(2));
        event[1].clone()
    }

    /// All packets before the end.
    pub(crate) async fn until_end(&mut self) -> Vec<String> {
        let mut packets = Vec::new();
        loop {
            match timeout(DEADLINE, self.stream.next())
                .await
                .expect("an end in time")
            {
                Some(Ok(Message::Text(text))) => packets.push(text.to_string()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return packets,
                Some(Ok(_)) => {}
            }
        }
    }

    pub(crate) async fn close(mut self) {
        let _ = self.stream.close(None).await;
    }

    /// Proves that no other event was sent before: events are in order, and this one is the last.
    pub(crate) async fn nothing_but_a_marker(&mut self, simulator: &Simulator, drive: &str) {
        let known = simulator.events().len();
        simulator.notify(drive, 1).expect("a drive");
        self.event().await;
        until(|| simulator.events().len() > known).await;
        assert_eq!(simulator.events().len(), known + 1);
    }
}

fn is_heartbeat(message: Option<&Result<Message, tungstenite::Error>>) -> bool {
    matches!(message, Some(Ok(Message::Text(text))) if text.as_str() == "2")
}

/// Status and body of a refused upgrade.
pub(crate) async fn refused(url: &str) -> (u16, Value) {
    match connect_async(url).await {
        Err(tungstenite::Error::Http(response)) => {
            let body = response.body().as_deref().unwrap_or_default();
            let body = serde_json::from_slice(body).expect("JSON");
            (response.status().as_u16(), body)
        }
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) async fn until(condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(
            started.elapsed() < DEADLINE,
            "the condition is not met in time"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

pub(crate) fn error_body(code: u8, message: &str) -> Value {
    json!({"code": code, "message": message})
}
