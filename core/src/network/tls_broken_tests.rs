//! A connection that breaks: in the middle of a record, for one direction, or while both ends close.

use std::time::Duration;

use rustls::AlertDescription;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, server};

use super::tests::{Ends, Version, cause};
use super::*;

const LIMIT: Duration = Duration::from_secs(60);

/// A stream that breaks.
struct Breaking {
    stream: DuplexStream,
    /// How many more bytes can be read before the end.
    left: usize,
    /// The most that is read at once.
    portion: usize,
    refuses_writes: bool,
}

impl Breaking {
    fn new(stream: DuplexStream) -> Self {
        Self {
            stream,
            left: usize::MAX,
            portion: usize::MAX,
            refuses_writes: false,
        }
    }
}

impl AsyncRead for Breaking {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let limit = self.left.min(self.portion).min(out.remaining());
        if limit == 0 {
            return Poll::Ready(Ok(()));
        }
        let mut space = vec![0; limit];
        let mut read = ReadBuf::new(&mut space);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
        out.put_slice(read.filled());
        self.left -= read.filled().len();
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Breaking {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.refuses_writes {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

type Server = server::TlsStream<DuplexStream>;

async fn open(version: Version) -> (TlsStream<Breaking>, Server) {
    let ends = Ends::new(version);
    let (near, far) = duplex(1_000_000);
    let accepting = TlsAcceptor::from(Arc::clone(&ends.server)).accept(far);
    let (client, server) = tokio::join!(connect(&ends, Breaking::new(near)), accepting);
    (client.unwrap(), server.unwrap())
}

async fn connect(ends: &Ends, stream: Breaking) -> io::Result<TlsStream<Breaking>> {
    let name = ServerName::try_from("localhost").unwrap();
    let connecting = TlsStream::connect(Arc::clone(&ends.client), name, stream);
    timeout(LIMIT, connecting).await.expect("in time")
}

async fn read_to_end(client: &mut TlsStream<Breaking>) -> (Vec<u8>, io::Result<usize>) {
    let mut all = vec![];
    let read = timeout(LIMIT, client.read_to_end(&mut all)).await;
    (all, read.expect("in time"))
}

#[tokio::test]
async fn everything_that_arrived_is_read_before_a_failed_write() {
    let (mut client, mut server) = open(&TLS13).await;
    // An answer of ours that waits to be written, and fails with the first read.
    client.encrypt(Outgoing::Data(b"a pong")).unwrap();
    client.stream.refuses_writes = true;
    server.write_all(&vec![7; 40_000]).await.unwrap();
    server.flush().await.unwrap();
    let (all, end) = read_to_end(&mut client).await;
    assert_eq!(all, vec![7; 40_000]);
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn an_orderly_end_counts_more_than_a_failed_write() {
    let (mut client, mut server) = open(&TLS13).await;
    client.encrypt(Outgoing::Data(b"a pong")).unwrap();
    client.stream.refuses_writes = true;
    server.write_all(b"the last").await.unwrap();
    server.shutdown().await.unwrap();
    let (all, end) = read_to_end(&mut client).await;
    assert_eq!(all, b"the last");
    end.unwrap();
    let error = client.write_all(b"more").await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_server_that_refuses_the_handshake_is_heard_although_writes_fail() {
    let ends = Ends::new(&TLS13);
    let (near, mut far) = duplex(10_000);
    let mut near = Breaking::new(near);
    near.refuses_writes = true;
    far.write_all(&[0x15, 3, 3, 0, 2, 2, 70]).await.unwrap();
    let error = connect(&ends, near).await.err().unwrap();
    let refusal = rustls::Error::AlertReceived(AlertDescription::ProtocolVersion);
    assert_eq!(cause(&error), &refusal);

    // A server that says nothing does not hide the failure.
    let (near, _far) = duplex(10_000);
    let mut near = Breaking::new(near);
    near.refuses_writes = true;
    let error = connect(&ends, near).await.err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_handshake_cut_at_any_byte_is_an_error() {
    for version in [&TLS12, &TLS13] {
        let ends = Ends::new(version);
        for left in 0.. {
            let (near, far) = duplex(1_000_000);
            let mut near = Breaking::new(near);
            near.left = left;
            let accepting = TlsAcceptor::from(Arc::clone(&ends.server)).accept(far);
            // The server ends when the client does.
            let (client, _) = tokio::join!(connect(&ends, near), accepting);
            match client {
                Ok(_) => {
                    assert!(left > 500, "{left}");
                    break;
                }
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{left}"),
            }
        }
    }
}

#[tokio::test]
async fn data_cut_at_any_byte_ends_with_whole_records() {
    for version in [&TLS12, &TLS13] {
        for left in 0..200 {
            let (mut client, mut server) = open(version).await;
            client.stream.left = left;
            for _ in 0..3 {
                server.write_all(&[7; 20]).await.unwrap();
                server.flush().await.unwrap();
            }
            server.shutdown().await.unwrap();
            let (all, end) = read_to_end(&mut client).await;
            assert_eq!(all.len() % 20, 0, "{left}");
            match end {
                Ok(_) => assert_eq!(all.len(), 60, "{left}"),
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{left}"),
            }
        }
    }
}

#[tokio::test]
async fn bytes_may_arrive_one_by_one() {
    for version in [&TLS12, &TLS13] {
        let ends = Ends::new(version);
        let (near, far) = duplex(1_000_000);
        let mut near = Breaking::new(near);
        near.portion = 1;
        let accepting = TlsAcceptor::from(Arc::clone(&ends.server)).accept(far);
        let (client, server) = tokio::join!(connect(&ends, near), accepting);
        let (mut client, mut server) = (client.unwrap(), server.unwrap());
        server.write_all(&vec![7; 20_000]).await.unwrap();
        server.shutdown().await.unwrap();
        let (all, end) = read_to_end(&mut client).await;
        assert_eq!(all, vec![7; 20_000]);
        end.unwrap();
    }
}

#[tokio::test]
async fn both_ends_can_close_at_once() {
    for version in [&TLS12, &TLS13] {
        let (mut client, mut server) = open(version).await;
        let (one, other) = tokio::join!(client.shutdown(), server.shutdown());
        one.unwrap();
        other.unwrap();
        let (all, end) = read_to_end(&mut client).await;
        assert_eq!((all.len(), end.unwrap()), (0, 0));
        assert_eq!(server.read(&mut [0; 9]).await.unwrap(), 0);
        // Closing again changes nothing.
        client.shutdown().await.unwrap();
        client.flush().await.unwrap();

        // What the server sends before it hears of our end is still read.
        let (mut client, mut server) = open(version).await;
        client.shutdown().await.unwrap();
        server.write_all(b"on its way").await.unwrap();
        server.shutdown().await.unwrap();
        let (all, end) = read_to_end(&mut client).await;
        assert_eq!(all, b"on its way");
        end.unwrap();
    }
}
