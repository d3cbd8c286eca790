mod pipe;

use std::future::Future;
use std::io::{self, Read, Write};
use std::pin::{Pin, pin};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

use drivebell::fuzzing::TlsStream;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, ServerConfig, ServerConnection, crypto::aws_lc_rs};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use pipe::Pipe;

/// The version of TLS, and then steps of two bytes: what happens, and how much of it.
///
/// The keys are new each time, so the same input may damage another record.
pub fn run(data: &[u8]) {
    let ([version], steps) = crate::choices(data);
    let pipe = Pipe::default();
    let config = &CONFIGS[usize::from(version & 1)];
    let name = ServerName::try_from("localhost").expect("a name");
    let connecting = TlsStream::connect(Arc::clone(&config.0), name, pipe.clone());
    let mut connecting = pin!(connecting);
    let server = ServerConnection::new(Arc::clone(&config.1)).expect("a configuration");
    let mut server = Server {
        tls: server,
        pipe: pipe.clone(),
        written: 0,
        has_closed: false,
    };
    let mut client = Client::default();
    let cx = &mut Context::from_waker(Waker::noop());

    let mut steps = steps.chunks(2);
    let mut open = None;
    loop {
        let step = steps.next();
        match step {
            Some(step) => server.step(
                step[0],
                step.get(1).copied().unwrap_or_default(),
                &mut client,
            ),
            None => pipe.cut(),
        }
        // Until neither end has anything to say.
        for _ in 0..8 {
            server.turn();
            match &mut open {
                None => match connecting.as_mut().poll(cx) {
                    Poll::Ready(Ok(stream)) => open = Some(stream),
                    Poll::Ready(Err(_)) => return,
                    Poll::Pending => {}
                },
                Some(stream) => client.turn(stream, cx, &server),
            }
        }
        if step.is_none() || client.has_ended {
            break;
        }
    }
    let Some(mut stream) = open else {
        panic!("the handshake did not end with the connection");
    };
    assert!(client.has_ended, "reading did not end with the connection");
    let _ = Pin::new(&mut stream).poll_shutdown(cx);
}

type Config = (Arc<ClientConfig>, Arc<ServerConfig>);

/// For both versions of TLS.
static CONFIGS: LazyLock<[Config; 2]> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/servers/tls/");
    let certificate = |name| CertificateDer::from_pem_file(format!("{folder}{name}"));
    let mut trusted = RootCertStore::empty();
    trusted
        .add(certificate("ca.pem").expect("a certificate"))
        .expect("an authority");
    [&TLS12, &TLS13].map(|version| {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_root_certificates(trusted.clone())
            .with_no_client_auth();
        let key = PrivateKeyDer::from_pem_file(format!("{folder}key.pem")).expect("a key");
        let server = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_no_client_auth()
            .with_single_cert(vec![certificate("cert.pem").expect("a certificate")], key)
            .expect("an identity");
        (Arc::new(client), Arc::new(server))
    })
});

struct Server {
    tls: ServerConnection,
    pipe: Pipe,
    /// How many bytes it has sent to the client.
    written: usize,
    has_closed: bool,
}

impl Server {
    fn step(&mut self, what: u8, amount: u8, client: &mut Client) {
        let amount = usize::from(amount);
        match what % 9 {
            0 => {
                let data: Vec<u8> = (0..amount * 100)
                    .map(|at| byte(self.written + at))
                    .collect();
                if !self.has_closed && !self.tls.is_handshaking() {
                    self.written += self.tls.writer().write(&data).unwrap_or_default();
                }
            }
            1 => self.pipe.damage_next(amount),
            2 => self.pipe.insert(&vec![0x16_u8.wrapping_add(what); amount]),
            3 => self
                .pipe
                .insert(&[0x17, 3, 3, what & 0x7f, u8::try_from(amount).unwrap_or(0)]),
            4 => self.pipe.cut(),
            5 => client.to_write += amount * 100,
            6 => {
                let _ = self.tls.refresh_traffic_keys();
            }
            7 if !self.tls.is_handshaking() => {
                self.has_closed = true;
                self.tls.send_close_notify();
            }
            7 => {}
            _ => self.pipe.limit(amount),
        }
    }

    /// Reads and writes as much as there is.
    fn turn(&mut self) {
        let received = self.pipe.sent_by_client();
        let mut received = received.as_slice();
        while !received.is_empty() && matches!(self.tls.read_tls(&mut received), Ok(1..)) {
            if self.tls.process_new_packets().is_err() {
                break;
            }
            let _ = self.tls.reader().read_to_end(&mut Vec::new());
        }
        let mut sent = Vec::new();
        while self.tls.wants_write() && self.tls.write_tls(&mut sent).is_ok() {}
        self.pipe.send_to_client(&sent);
    }
}

/// The byte at this place of everything that the server sends.
fn byte(at: usize) -> u8 {
    u8::try_from(at % 251).unwrap_or_default()
}

#[derive(Default)]
struct Client {
    to_write: usize,
    read: usize,
    has_ended: bool,
}

impl Client {
    fn turn(&mut self, stream: &mut TlsStream<Pipe>, cx: &mut Context<'_>, server: &Server) {
        let mut stream = Pin::new(stream);
        while self.to_write > 0 {
            let data = vec![7; self.to_write];
            match stream.as_mut().poll_write(cx, &data) {
                Poll::Ready(Ok(written)) => self.to_write -= written,
                Poll::Ready(Err(_)) => self.to_write = 0,
                Poll::Pending => break,
            }
        }
        let _ = stream.as_mut().poll_flush(cx);
        while !self.has_ended {
            let mut space = [0; 1000];
            let mut read = ReadBuf::new(&mut space);
            match stream.as_mut().poll_read(cx, &mut read) {
                Poll::Pending => return,
                Poll::Ready(Ok(())) if read.filled().is_empty() => {
                    // Only the server can end it in order, after everything that it has sent.
                    assert!(server.has_closed);
                    assert_eq!(self.read, server.written);
                    self.has_ended = true;
                }
                Poll::Ready(Ok(())) => {
                    for byte_read in read.filled() {
                        assert_eq!(*byte_read, byte(self.read), "at {}", self.read);
                        self.read += 1;
                    }
                    assert!(self.read <= server.written);
                }
                Poll::Ready(Err(error)) => {
                    assert_ne!(error.kind(), io::ErrorKind::Other, "{error:?}");
                    self.has_ended = true;
                }
            }
        }
    }
}
