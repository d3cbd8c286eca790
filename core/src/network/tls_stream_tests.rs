//! TLS with tokio-rustls as the server.

use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription, RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, server};

use super::*;

const CERTIFICATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/servers/tls");

pub(super) type Version = &'static SupportedProtocolVersion;

type Outcome = (
    io::Result<TlsStream<DuplexStream>>,
    io::Result<server::TlsStream<DuplexStream>>,
);

pub(super) struct Ends {
    pub(super) client: Arc<ClientConfig>,
    pub(super) server: Arc<ServerConfig>,
}

impl Ends {
    pub(super) fn new(version: Version) -> Self {
        Self::with(version, rustls::crypto::aws_lc_rs::default_provider())
    }

    pub(super) fn with(version: Version, provider: CryptoProvider) -> Self {
        let file = |name| Path::new(CERTIFICATES).join(name);
        let certificate = CertificateDer::from_pem_file(file("cert.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(file("key.pem")).unwrap();
        let authority = CertificateDer::from_pem_file(file("ca.pem")).unwrap();
        let mut trusted = RootCertStore::empty();
        trusted.add(authority).unwrap();
        let provider = Arc::new(provider);
        let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(trusted)
            .with_no_client_auth();
        let mut server = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        // The tickets would have to fit into the pipe: the server waits until they are written.
        server.send_tls13_tickets = 0;
        server.enable_secret_extraction = true;
        Self {
            client: Arc::new(client),
            server: Arc::new(server),
        }
    }

    async fn connect(&self, pipe: usize) -> Outcome {
        self.connect_to("localhost", pipe).await
    }

    async fn connect_to(&self, name: &'static str, pipe: usize) -> Outcome {
        let (near, far) = duplex(pipe);
        let connecting = self.connect_client(name, near);
        let accepting = TlsAcceptor::from(Arc::clone(&self.server)).accept(far);
        tokio::join!(connecting, accepting)
    }

    pub(super) async fn connect_client(
        &self,
        name: &'static str,
        stream: DuplexStream,
    ) -> io::Result<TlsStream<DuplexStream>> {
        let name = ServerName::try_from(name).unwrap();
        TlsStream::connect(Arc::clone(&self.client), name, stream).await
    }
}

/// An open connection over a pipe of that size.
async fn open(
    version: Version,
    pipe: usize,
) -> (TlsStream<DuplexStream>, server::TlsStream<DuplexStream>) {
    let (client, server) = Ends::new(version).connect(pipe).await;
    (client.unwrap(), server.unwrap())
}

fn assert_holds_no_buffer(client: &TlsStream<DuplexStream>) {
    let buffers = [&client.unfinished, &client.readable, &client.writable];
    assert_eq!(buffers.map(Vec::capacity), [0; 3]);
}

/// Writes the data at one end and reads it at the other, `portion` bytes at a time.
async fn transfer(
    from: &mut (impl AsyncWrite + Unpin),
    to: &mut (impl AsyncRead + Unpin),
    data: &[u8],
    portion: usize,
) {
    let writing = async {
        from.write_all(data).await.unwrap();
        from.flush().await.unwrap();
    };
    let reading = async {
        let (mut all, mut space) = (vec![], vec![0; portion]);
        while all.len() < data.len() {
            let read = to.read(&mut space).await.unwrap();
            assert_ne!(read, 0);
            all.extend_from_slice(&space[..read]);
        }
        assert!(all == data);
    };
    tokio::join!(writing, reading);
}

fn run<F: Future>(test: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(test)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn written_bytes_are_read_by_the_other_end(
        is_new in any::<bool>(),
        pipe in prop_oneof![1..200_usize, 1_000..100_000_usize],
        portion in prop_oneof![1..200_usize, 1_000..40_000_usize],
        lengths in proptest::collection::vec(prop_oneof![1..300_usize, 15_000..50_000_usize], 1..5),
    ) {
        run(async {
            let limit = Duration::from_secs(60);
            let done = timeout(limit, async {
            let (mut client, mut server) = open(if is_new { &TLS13 } else { &TLS12 }, pipe).await;
            for length in lengths {
                // Byte by byte, much takes long.
                let length = length.min(500 * pipe);
                let data: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
                transfer(&mut client, &mut server, &data, portion).await;
                transfer(&mut server, &mut client, &data, portion).await;
                assert_holds_no_buffer(&client);
            }
            });
            done.await.expect("in time");
        });
    }
}

#[tokio::test]
async fn one_read_can_bring_several_records_and_a_part_of_another() {
    let (mut client, mut server) = open(&TLS13, 100_000).await;
    for _ in 0..3 {
        server.write_all(&[7; 6_000]).await.unwrap();
    }
    server.flush().await.unwrap();
    let mut space = [0; 100];
    client.read_exact(&mut space).await.unwrap();
    assert_eq!(client.readable.len(), 12_000 - 100);
    assert!(!client.unfinished.is_empty());
    let mut rest = vec![0; 18_000 - 100];
    client.read_exact(&mut rest).await.unwrap();
    assert_eq!(rest, vec![7; 18_000 - 100]);
    assert_holds_no_buffer(&client);
}

#[tokio::test]
async fn session_tickets_are_not_data() {
    let mut ends = Ends::new(&TLS13);
    Arc::get_mut(&mut ends.server).unwrap().send_tls13_tickets = 4;
    let (client, server) = ends.connect(10_000).await;
    let (mut client, mut server) = (client.unwrap(), server.unwrap());
    transfer(&mut server, &mut client, b"data", 100).await;
    assert_holds_no_buffer(&client);
    assert_eq!(client.tls.tls13_tickets_received(), 4);
}

#[tokio::test]
async fn either_end_can_request_new_keys() {
    let (mut client, mut server) = open(&TLS13, 10_000).await;
    for _ in 0..3 {
        server.get_mut().1.refresh_traffic_keys().unwrap();
        transfer(&mut server, &mut client, b"with new keys", 100).await;
        transfer(&mut client, &mut server, b"answered with new keys", 100).await;
    }
}

#[tokio::test]
async fn bytes_that_the_stream_does_not_accept_are_written_later() {
    let (mut client, mut server) = open(&TLS13, 1_000).await;
    let data = [5; MAX_PAYLOAD];
    let written = poll_fn(|cx| Pin::new(&mut client).poll_write(cx, &data)).await;
    assert_eq!(written.unwrap(), MAX_PAYLOAD);
    assert!(client.writable.len() > MAX_PAYLOAD - 1_000);
    let more = poll_fn(|cx| Poll::Ready(Pin::new(&mut client).poll_write(cx, &data))).await;
    assert!(more.is_pending());
    let mut all = vec![0; MAX_PAYLOAD];
    let (flushed, read) = tokio::join!(client.flush(), server.read_exact(&mut all));
    flushed.unwrap();
    read.unwrap();
    assert_eq!(all, data);
    assert_holds_no_buffer(&client);
}

#[tokio::test]
async fn an_orderly_end_differs_from_a_cut() {
    for version in [&TLS12, &TLS13] {
        let (mut client, mut server) = open(version, 10_000).await;
        server.write_all(b"the last").await.unwrap();
        server.shutdown().await.unwrap();
        let mut all = vec![];
        client.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, b"the last");
        // Half closed: the other direction still works.
        client.write_all(b"bye").await.unwrap();
        client.shutdown().await.unwrap();
        let mut all = vec![];
        server.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, b"bye");
        let error = client.write_all(b"more").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);

        let (mut client, mut server) = open(version, 10_000).await;
        server.write_all(b"the last").await.unwrap();
        server.flush().await.unwrap();
        drop(server);
        let mut all = vec![];
        let error = client.read_to_end(&mut all).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(all, b"the last");
    }
}

#[tokio::test]
async fn a_cut_in_the_handshake_is_an_error() {
    let ends = Ends::new(&TLS13);
    let (near, mut far) = duplex(10_000);
    let connecting = ends.connect_client("localhost", near);
    let cutting = async {
        far.read_u8().await.unwrap();
        drop(far);
    };
    let (connected, ()) = tokio::join!(connecting, cutting);
    let error = connected.err().unwrap();
    assert!(
        matches!(
            error.kind(),
            io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_that_cannot_prove_its_name_receives_an_alert() {
    for version in [&TLS12, &TLS13] {
        let ends = Ends::new(version);
        let (client, server) = ends.connect_to("elsewhere.example", 10_000).await;
        assert!(matches!(
            cause(&client.err().unwrap()),
            rustls::Error::InvalidCertificate(_)
        ));
        // In TLS 1.3 the server finishes its handshake before the alert arrives.
        let received = match server {
            Err(error) => error,
            Ok(mut server) => server.read_u8().await.unwrap_err(),
        };
        assert!(
            matches!(cause(&received), rustls::Error::AlertReceived(_)),
            "{received:?}"
        );
    }
}

#[tokio::test]
async fn a_forged_record_ends_the_connection() {
    for version in [&TLS12, &TLS13] {
        let (mut client, mut server) = open(version, 10_000).await;
        let forged = [&[0x17, 3, 3, 0, 40][..], &[0x42; 40]].concat();
        server.get_mut().0.write_all(&forged).await.unwrap();
        let error = client.read_u8().await.unwrap_err();
        assert_eq!(cause(&error), &rustls::Error::DecryptError);
        let received = server.read_u8().await.unwrap_err();
        assert_eq!(
            cause(&received),
            &rustls::Error::AlertReceived(AlertDescription::BadRecordMac)
        );
        // After that, every call fails.
        server.get_mut().0.write_all(&forged).await.unwrap();
        client.read_u8().await.unwrap_err();
        client.write_all(b"more").await.unwrap_err();
        client.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn an_endless_handshake_is_refused() {
    let ends = Ends::new(&TLS13);
    let (near, mut far) = duplex(10_000);
    let connecting = ends.connect_client("localhost", near);
    // Handshake records of a message whose announced length is never reached.
    let flooding = async {
        let mut record = [&[0x16, 3, 3, 0x10, 0, 2, 0, 0xff, 0xf0][..], &[0; 4092]].concat();
        while far.write_all(&record).await.is_ok() {
            record[5..9].fill(0);
        }
    };
    let (connected, ()) = tokio::join!(connecting, flooding);
    assert_eq!(connected.err().unwrap().kind(), io::ErrorKind::InvalidData);
}

pub(super) fn cause(error: &io::Error) -> &rustls::Error {
    error.get_ref().unwrap().downcast_ref().unwrap()
}
