//! A server whose every byte the test decides: HTTP/1.1 by hand.
//!
//! Its cases do not run on a second server, which could only send the same bytes.

use std::net::Ipv4Addr;

pub(crate) use drivebell_simulator::websocket::{accept_key, switching_protocols};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::graph::{self, NAMESPACE, QUERY};
use super::raw_socket::RawSocket;

pub(crate) struct RawServer {
    listener: TcpListener,
}

impl RawServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        Self {
            listener: listener.expect("a free port"),
        }
    }

    pub(crate) fn authority(&self) -> String {
        let address = self.listener.local_addr().expect("bound");
        address.to_string()
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.authority())
    }

    pub(crate) fn notification_url(&self) -> String {
        format!("{}{NAMESPACE}?{QUERY}", self.base_url())
    }

    pub(crate) async fn accept(&self) -> TcpStream {
        let (stream, _) = self.listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        stream
    }

    /// The request of the next connection. Each response closes its connection, so each request
    /// has its own.
    pub(crate) async fn request(&self) -> Request {
        Request::read(self.accept().await).await
    }

    /// Responds to the endpoint request with a notification URL of this server.
    pub(crate) async fn give_endpoint(&self) {
        self.give_url(&self.notification_url()).await;
    }

    pub(crate) async fn give_url(&self, notification_url: &str) {
        let body = graph::endpoint(notification_url).to_string();
        let request = self.request().await;
        assert!(request.target.ends_with("/subscriptions/socketIo"));
        request.respond("200 OK", "", body.as_bytes()).await;
    }

    /// Serves both requests of a subscription, until the WebSocket is open.
    pub(crate) async fn upgraded(&self) -> RawSocket {
        self.give_endpoint().await;
        self.request().await.upgrade().await
    }

    /// Serves a subscription until it is live. Its heartbeat is longer than any test.
    pub(crate) async fn live(&self) -> RawSocket {
        self.live_with_open(r#"{"sid":"s","pingInterval":25000,"pingTimeout":20000}"#)
            .await
    }

    pub(crate) async fn live_with_open(&self, open: &str) -> RawSocket {
        let mut socket = self.upgraded().await;
        socket.send(&format!("0{open}")).await;
        socket.accept_join().await;
        socket
    }
}

/// The head of a request, and the connection that waits for the response.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) version: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) stream: TcpStream,
}

impl Request {
    async fn read(mut stream: TcpStream) -> Self {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("a complete head"));
        }
        let head = String::from_utf8(head).expect("text");
        let mut lines = head.trim_end().split("\r\n");
        let mut words = lines.next().expect("a request line").split(' ');
        let mut word = || words.next().expect("three words").to_owned();
        Self {
            method: word(),
            target: word(),
            version: word(),
            headers: lines
                .map(|line| line.split_once(':').expect("a header"))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect(),
            stream,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(known, _)| known == name)?;
        Some(value)
    }

    /// `headers` are lines, each with its end.
    pub(crate) async fn respond(mut self, status: &str, headers: &str, body: &[u8]) {
        let head = format!(
            "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
            body.len()
        );
        self.stream.write_all(head.as_bytes()).await.expect("sent");
        self.stream.write_all(body).await.expect("sent");
    }

    pub(crate) async fn send_raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("sent");
    }

    pub(crate) async fn upgrade(self) -> RawSocket {
        self.upgrade_and_send(&[]).await
    }

    /// Switches protocols, with the first frames in the same segment.
    pub(crate) async fn upgrade_and_send(mut self, frames: &[u8]) -> RawSocket {
        let key = self.header("sec-websocket-key").expect("a key");
        let mut bytes = switching_protocols(&accept_key(key)).into_bytes();
        bytes.extend_from_slice(frames);
        self.send_raw(&bytes).await;
        RawSocket::new(self.stream)
    }
}
