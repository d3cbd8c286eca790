//! A server that breaks the rules of TLS, and a connection that breaks.

use std::time::Duration;

use rustls::crypto::aws_lc_rs::cipher_suite::{
    TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    TLS13_CHACHA20_POLY1305_SHA256,
};
use rustls::crypto::cipher::{
    InboundOpaqueMessage, MessageDecrypter, MessageEncrypter, OutboundChunks, OutboundPlainMessage,
};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::version::{TLS12, TLS13};
use rustls::{
    AlertDescription, ConnectionTrafficSecrets, ContentType, PeerMisbehaved, ProtocolVersion,
    SupportedCipherSuite,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::tests::{Ends, Version, cause};
use super::*;

const FATAL: u8 = 2;

const LIMIT: Duration = Duration::from_secs(60);

/// A server that has made a correct handshake, and then sends any record.
struct Hostile {
    stream: DuplexStream,
    seal: Box<dyn MessageEncrypter>,
    sealed: u64,
    open: Box<dyn MessageDecrypter>,
    opened: u64,
}

impl Hostile {
    async fn new(version: Version) -> (TlsStream<DuplexStream>, Self) {
        let ends = ends(version);
        let (near, far) = duplex(1_000_000);
        let accepting = TlsAcceptor::from(Arc::clone(&ends.server)).accept(far);
        let (client, server) = tokio::join!(ends.connect_client("localhost", near), accepting);
        let (stream, connection) = server.unwrap().into_inner();
        let suite = connection.negotiated_cipher_suite().unwrap();
        let secrets = connection.dangerous_extract_secrets().unwrap();
        let key = |(sequence, secret)| match secret {
            ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } => (sequence, key, iv),
            _ => panic!("the only cipher suite"),
        };
        let (sealed, seal_key, seal_iv) = key(secrets.tx);
        let (opened, open_key, open_iv) = key(secrets.rx);
        let (seal, open) = match suite {
            SupportedCipherSuite::Tls12(suite) => (
                suite.aead_alg.encrypter(seal_key, seal_iv.as_ref(), &[]),
                suite.aead_alg.decrypter(open_key, open_iv.as_ref()),
            ),
            SupportedCipherSuite::Tls13(suite) => (
                suite.aead_alg.encrypter(seal_key, seal_iv),
                suite.aead_alg.decrypter(open_key, open_iv),
            ),
        };
        let server = Self {
            stream,
            seal,
            sealed,
            open,
            opened,
        };
        (client.unwrap(), server)
    }

    async fn send(&mut self, typ: ContentType, payload: &[u8]) {
        let record = OutboundPlainMessage {
            typ,
            version: ProtocolVersion::TLSv1_2,
            payload: OutboundChunks::Single(payload),
        };
        let record = self.seal.encrypt(record, self.sealed).unwrap().encode();
        self.sealed += 1;
        self.stream.write_all(&record).await.unwrap();
    }

    /// The content of the next record of the client.
    async fn receive(&mut self) -> (ContentType, Vec<u8>) {
        let mut header = [0; 5];
        let read = timeout(LIMIT, self.stream.read_exact(&mut header)).await;
        read.expect("in time").unwrap();
        let [typ, _, _, high, low] = header;
        let mut payload = vec![0; usize::from(u16::from_be_bytes([high, low]))];
        self.stream.read_exact(&mut payload).await.unwrap();
        let record = InboundOpaqueMessage::new(typ.into(), ProtocolVersion::TLSv1_2, &mut payload);
        let record = self.open.decrypt(record, self.opened).unwrap();
        self.opened += 1;
        (record.typ, record.payload.to_vec())
    }

    async fn expect_alert(&mut self, alert: AlertDescription) {
        let received = self.receive().await;
        assert_eq!(received, (ContentType::Alert, vec![FATAL, alert.into()]));
    }
}

/// Both ends, with the one kind of cipher suite that both versions use in the same way.
fn ends(version: Version) -> Ends {
    let provider = CryptoProvider {
        cipher_suites: vec![
            TLS13_CHACHA20_POLY1305_SHA256,
            TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ],
        ..aws_lc_rs::default_provider()
    };
    Ends::with(version, provider)
}

async fn read_error(client: &mut TlsStream<DuplexStream>) -> io::Error {
    let read = timeout(LIMIT, client.read_u8()).await;
    read.expect("in time").unwrap_err()
}

#[tokio::test]
async fn bytes_before_a_bad_record_are_read_before_the_error() {
    for version in [&TLS12, &TLS13] {
        let (mut client, mut server) = Hostile::new(version).await;
        server.send(ContentType::ApplicationData, b"good").await;
        let forged = [&[0x17, 3, 3, 0, 40][..], &[0x42; 40]].concat();
        server.stream.write_all(&forged).await.unwrap();
        let mut all = vec![];
        let error = client.read_to_end(&mut all).await.unwrap_err();
        assert_eq!(all, b"good");
        assert_eq!(cause(&error), &rustls::Error::DecryptError);
        server.expect_alert(AlertDescription::BadRecordMac).await;
        // After that, every call fails at once.
        assert_eq!(
            read_error(&mut client).await.kind(),
            io::ErrorKind::BrokenPipe
        );
        client.write_all(b"more").await.unwrap_err();
        client.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn data_after_close_notify_is_ignored() {
    for version in [&TLS12, &TLS13] {
        let (mut client, mut server) = Hostile::new(version).await;
        server.send(ContentType::ApplicationData, b"the last").await;
        server.send(ContentType::Alert, &[1, 0]).await;
        server.send(ContentType::ApplicationData, b"too late").await;
        server.stream.write_all(&[0xff; 100]).await.unwrap();
        let mut all = vec![];
        client.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, b"the last");
        assert_eq!(client.unfinished.capacity(), 0);
        // The other direction still works.
        client.write_all(b"bye").await.unwrap();
        let received = server.receive().await;
        assert_eq!(received, (ContentType::ApplicationData, b"bye".to_vec()));
    }
}

#[tokio::test]
async fn an_unfinished_message_over_the_limit_is_refused_with_an_alert() {
    for version in [&TLS12, &TLS13] {
        let (mut client, mut server) = Hostile::new(version).await;
        // A certificate request whose announced length is never reached, a byte in each record.
        let flooding = async {
            server
                .send(ContentType::Handshake, &[13, 0, 0xff, 0xf0])
                .await;
            for _ in 0..MAX_UNFINISHED / 20 {
                server.send(ContentType::Handshake, &[0]).await;
            }
        };
        let ((), error) = tokio::join!(flooding, read_error(&mut client));
        let text = error.to_string();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(
            text.contains("unfinished TLS message") && text.contains("65536"),
            "{text}"
        );
        assert_eq!(client.unfinished.capacity(), 0);
        // The bytes that force the alert complete the last record, or are one of no known type.
        let (typ, alert) = server.receive().await;
        assert_eq!((typ, alert[0]), (ContentType::Alert, FATAL));
    }
}

#[tokio::test]
async fn hostile_records_end_with_an_alert() {
    use AlertDescription as Alert;
    let too_long = 0x4801_u16.to_be_bytes();
    for version in [&TLS12, &TLS13] {
        for (record, alert) in [
            // Another version, another type, a length above what any record has.
            (vec![0x17, 9, 9, 0, 1, 0], Alert::DecodeError),
            (vec![0x63, 3, 3, 0, 1, 0], Alert::DecodeError),
            ([&[0x17, 3, 3][..], &too_long].concat(), Alert::DecodeError),
            // 2^14 + 256 is the longest that TLS 1.3 allows. rustls reads 2^14 + 2048, to find that
            // no key fits.
            (
                [&[0x17, 3, 3, 0x41, 1][..], &vec![0; 0x4101]].concat(),
                Alert::BadRecordMac,
            ),
            (
                b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
                Alert::DecodeError,
            ),
        ] {
            let (mut client, mut server) = Hostile::new(version).await;
            server.stream.write_all(&record).await.unwrap();
            read_error(&mut client).await;
            server.expect_alert(alert).await;
        }
    }
}

/// Sends one record again and again, and returns the error and the most that waited to be written.
async fn flood(version: Version, typ: ContentType, payload: &[u8]) -> (rustls::Error, Hostile) {
    let (mut client, mut server) = Hostile::new(version).await;
    for _ in 0..200 {
        server.send(typ, payload).await;
    }
    let error = read_error(&mut client).await;
    assert!(client.readable.is_empty() && client.writable.is_empty());
    (cause(&error).clone(), server)
}

#[tokio::test]
async fn floods_of_records_without_data_end_the_connection() {
    use ContentType::{Alert, ApplicationData, Handshake};
    use PeerMisbehaved as Flood;
    const WARNING: &[u8] = &[1, 90];
    const HELLO_REQUEST: &[u8] = &[0, 0, 0, 0];
    for (version, typ, payload, expected) in [
        (
            &TLS12,
            ApplicationData,
            &[][..],
            Flood::TooManyEmptyFragments,
        ),
        (&TLS13, ApplicationData, &[], Flood::TooManyEmptyFragments),
        (&TLS12, Alert, WARNING, Flood::TooManyWarningAlertsReceived),
        (&TLS13, Alert, WARNING, Flood::TooManyWarningAlertsReceived),
        (
            &TLS12,
            Handshake,
            HELLO_REQUEST,
            Flood::TooManyRenegotiationRequests,
        ),
    ] {
        let (error, mut server) = flood(version, typ, payload).await;
        assert_eq!(error, rustls::Error::PeerMisbehaved(expected));
        // First the answers to the requests before, if there are any.
        while server.receive().await.1[0] != FATAL {}
    }
}

#[tokio::test]
async fn a_flood_of_key_updates_ends_the_connection() {
    let ends = Ends::new(&TLS13);
    let (near, far) = duplex(1_000_000);
    let accepting = TlsAcceptor::from(Arc::clone(&ends.server)).accept(far);
    let (client, server) = tokio::join!(ends.connect_client("localhost", near), accepting);
    let (mut client, mut server) = (client.unwrap(), server.unwrap());
    for _ in 0..200 {
        server.get_mut().1.refresh_traffic_keys().unwrap();
        server.flush().await.unwrap();
    }
    let error = read_error(&mut client).await;
    let expected = PeerMisbehaved::TooManyKeyUpdateRequests;
    assert_eq!(cause(&error), &rustls::Error::PeerMisbehaved(expected));
    assert!(client.writable.is_empty());
    let received = timeout(LIMIT, server.read_u8()).await.expect("in time");
    let received = received.unwrap_err();
    assert!(matches!(cause(&received), rustls::Error::AlertReceived(_)));
}
