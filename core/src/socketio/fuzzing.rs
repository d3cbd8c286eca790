use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http::header::{CONNECTION, UPGRADE};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::connection::Connection;
use super::event::SocketEvent;
use super::frames::Frames;
use super::handshake::WebSocketBytes;
use super::options::SocketOptions;
use super::packet::EnginePacket;
use super::url::NotificationUrl;
use crate::{DisconnectReason, Error};

/// What a live connection has received, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Received {
    /// The name of each event, and its first argument.
    pub events: Vec<(String, Option<String>)>,
    /// Why it ended.
    pub end: DisconnectReason,
    /// How many bytes were sent in reply.
    pub sent: usize,
}

/// Receives the frames in these pieces, after which the server is gone.
pub async fn receive(url: &Url, pieces: &[&[u8]], max_message_size: usize) -> Received {
    let (near, mut far) = duplex(1 << 20);
    let (bytes, ()) = tokio::join!(upgraded(near), answer(&mut far));
    let options = SocketOptions {
        max_message_size,
        ..SocketOptions::default()
    };
    let mut connection = Connection {
        frames: Frames::new(bytes, &options).await,
        url: url.0.clone(),
    };
    connection.frames.expect_heartbeat(Duration::from_secs(10));
    let serving = async {
        for piece in pieces {
            if far.write_all(piece).await.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
        let _ = far.shutdown().await;
        let mut sent = vec![];
        let _ = far.read_to_end(&mut sent).await;
        sent.len()
    };
    let receiving = async {
        let mut events = vec![];
        loop {
            match connection.next_event().await {
                Ok(SocketEvent { name, argument }) => {
                    let argument = argument.map(|argument| argument.text().to_owned());
                    events.push((name, argument));
                }
                Err(end) => {
                    drop(connection);
                    return (events, end);
                }
            }
        }
    };
    let (sent, (events, end)) = tokio::join!(serving, receiving);
    Received { events, end, sent }
}

async fn upgraded(stream: DuplexStream) -> WebSocketBytes {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("open");
    let mut request = Request::new(Empty::<Bytes>::new());
    let headers = request.headers_mut();
    headers.insert(CONNECTION, http::HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, http::HeaderValue::from_static("websocket"));
    let exchange = async {
        let response = sender.send_request(request).await.expect("a response");
        hyper::upgrade::on(response).await.expect("an upgrade")
    };
    let (upgraded, _) = tokio::join!(exchange, connection.with_upgrades());
    TokioIo::new(upgraded)
}

/// Switches protocols. What follows is left to read.
async fn answer(stream: &mut DuplexStream) {
    let mut request = vec![];
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.expect("a request"));
    }
    let response =
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    stream.write_all(response).await.expect("open");
}

/// The ping interval and timeout of an open packet, which has no type.
pub fn open_packet(json: &str) -> Option<(Duration, Duration)> {
    match EnginePacket::parse(&format!("0{json}")).ok()? {
        EnginePacket::Open(open) => Some((open.ping_interval, open.ping_timeout)),
        _ => None,
    }
}

/// A notification URL.
#[derive(Debug)]
pub struct Url(NotificationUrl);

impl Url {
    /// Parses it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        NotificationUrl::parse(text).map(Self)
    }

    /// Its namespace.
    pub fn namespace(&self) -> &str {
        self.0.namespace()
    }

    /// The URL of the Engine.IO request.
    pub fn engine_uri(&self) -> String {
        self.0.engine_uri().to_string()
    }

    /// Makes a text of the server safe to show.
    pub fn redact(&self, text: &str) -> String {
        self.0.redact(text)
    }
}
