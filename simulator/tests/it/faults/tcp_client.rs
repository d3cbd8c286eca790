//! A client that reads raw bytes, and how its connection ended.

use drivebell_simulator::Simulator;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{DEADLINE, TOKEN, socket_url};

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    Fin,
    Reset,
}

pub(crate) struct TcpClient {
    stream: TcpStream,
    pub(crate) largest_read: usize,
}

impl TcpClient {
    pub(crate) async fn connect(simulator: &Simulator) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", simulator.port())).await;
        Self {
            stream: stream.expect("a connection"),
            largest_read: 0,
        }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("sent");
    }

    pub(crate) async fn get(&mut self, path: &str) {
        let head =
            format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n");
        self.send(head.as_bytes()).await;
    }

    pub(crate) async fn upgrade(&mut self, endpoint: &Value) {
        let (_, url) = socket_url(endpoint);
        let path = &url[url.find("/socket.io/").expect("a path")..];
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        self.send(head.as_bytes()).await;
    }

    /// Reads until the bytes end with `end`.
    pub(crate) async fn read_until(&mut self, end: &[u8]) -> Vec<u8> {
        let mut all = Vec::new();
        while !all.ends_with(end) {
            let read = self.read(&mut all).await.expect("more");
            assert_ne!(read, 0, "ended after {}", String::from_utf8_lossy(&all));
        }
        all
    }

    pub(crate) async fn read_to_end(&mut self) -> (Vec<u8>, End) {
        let mut all = Vec::new();
        loop {
            match self.read(&mut all).await {
                Ok(0) => return (all, End::Fin),
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
                    return (all, End::Reset);
                }
            }
        }
    }

    async fn read(&mut self, all: &mut Vec<u8>) -> std::io::Result<usize> {
        let mut buffer = [0; 4096];
        let read = timeout(DEADLINE, self.stream.read(&mut buffer)).await;
        let read = read.expect("bytes or an end in time")?;
        self.largest_read = self.largest_read.max(read);
        all.extend_from_slice(&buffer[..read]);
        Ok(read)
    }
}
