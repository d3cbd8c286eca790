//! The server's side of a WebSocket (RFC 6455, section 5), frame by frame.

use std::io;

pub(crate) use drivebell_simulator::websocket::{
    BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT, close_frame, frame, text_frame,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::graph::NAMESPACE;

pub(crate) struct RawSocket {
    stream: TcpStream,
}

/// What the client sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) opcode: u8,
    pub(crate) payload: Vec<u8>,
}

/// The pong for a ping.
pub(crate) fn pong_frame(ping: &Frame) -> Vec<u8> {
    assert_eq!(ping.opcode, PING, "{ping:?}");
    frame(FIN | PONG, &ping.payload)
}

impl RawSocket {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream }
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.send_raw(&text_frame(text)).await;
    }

    /// An event in the namespace of the notification URL.
    pub(crate) async fn send_event(&mut self, data: &str) {
        self.send(&format!("42{NAMESPACE},{data}")).await;
    }

    pub(crate) async fn send_raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("sent");
    }

    pub(crate) async fn try_send(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(&text_frame(text)).await
    }

    /// The next frame; none once the client has closed the connection.
    pub(crate) async fn receive(&mut self) -> Option<Frame> {
        self.read_frame().await.ok()
    }

    async fn read_frame(&mut self) -> io::Result<Frame> {
        let first = self.stream.read_u8().await?;
        let second = self.stream.read_u8().await?;
        assert_eq!(first & 0xF0, FIN, "unfragmented, without extensions");
        assert_eq!(second & 0x80, 0x80, "a client masks its frames");
        let length = match second & 0x7F {
            126 => self.stream.read_u16().await?.into(),
            127 => self.stream.read_u64().await?,
            length => length.into(),
        };
        let mut mask = [0; 4];
        self.stream.read_exact(&mut mask).await?;
        let mut payload = vec![0; usize::try_from(length).expect("fits")];
        self.stream.read_exact(&mut payload).await?;
        for (index, byte) in payload.iter_mut().enumerate() {
            *byte ^= mask[index % 4];
        }
        Ok(Frame {
            opcode: first & 0x0F,
            payload,
        })
    }

    /// The next frame, which must be this text.
    pub(crate) async fn expect(&mut self, text: &str) {
        assert_eq!(self.receive_text().await, text);
    }

    pub(crate) async fn receive_text(&mut self) -> String {
        let frame = self.receive().await.expect("a frame");
        assert_eq!(frame.opcode, TEXT, "{frame:?}");
        String::from_utf8(frame.payload).expect("text")
    }

    pub(crate) async fn accept_join(&mut self) {
        self.expect(&format!("40{NAMESPACE},")).await;
        self.send(&format!(r#"40{NAMESPACE},{{"sid":"n"}}"#)).await;
    }

    /// Returns once the client has read everything that was sent before: it answers pings in order.
    pub(crate) async fn round_trip(&mut self) {
        self.send("2round-trip").await;
        self.expect("3round-trip").await;
    }

    /// Waits until the client has closed the connection, and ignores what it still sends.
    pub(crate) async fn until_closed(&mut self) {
        while self.receive().await.is_some() {}
    }

    /// Ends the stream in this direction: a FIN. The client may have closed it first.
    pub(crate) async fn finish(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// Ends the connection with a RST.
    pub(crate) fn reset(self) {
        self.stream.set_zero_linger().expect("a socket");
    }
}
