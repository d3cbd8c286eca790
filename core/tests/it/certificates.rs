//! A server whose certificate is not trusted: the error says why, for REST and for the socket.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{env, fs, process};

use drivebell::{ClientBuilder, Error, ErrorKind, Event, Lifecycle, NetworkFailure, Resource};
use futures_util::StreamExt;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::support::graph::builder;
use crate::support::raw_server::RawServer;
use crate::support::within;

/// An authority, in a file for the option `ca_bundle`.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    bundle: Bundle,
}

/// A file that is removed with its owner.
struct Bundle(PathBuf);

impl Bundle {
    fn new(pem: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("drivebell-ca-{}-{number}.pem", process::id());
        let path = env::temp_dir().join(name);
        fs::write(&path, pem).unwrap();
        Self(path)
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = params(&[]);
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let certificate = params.self_signed(&key).unwrap();
        Self {
            bundle: Bundle::new(&certificate.pem()),
            certificate: certificate.der().clone(),
            issuer: Issuer::new(params, key),
        }
    }

    fn issue(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.der().clone(), key)
    }
}

type Identity = (CertificateDer<'static>, KeyPair);

fn params(names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().copied().map(str::to_owned).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, "test");
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2120, 1, 1);
    params
}

fn self_signed(is_authority: bool) -> Identity {
    let mut params = params(&["localhost"]);
    if is_authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    (certificate.der().clone(), key)
}

/// Offers this certificate to every connection. Returns the port.
async fn serve((certificate, key): Identity) -> u16 {
    serve_chain(vec![certificate], key).await
}

async fn serve_chain(chain: Vec<CertificateDer<'static>>, key: KeyPair) -> u16 {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let accepting = acceptor.accept(stream);
            tokio::spawn(async move {
                if let Ok(mut stream) = accepting.await {
                    let response = b"HTTP/1.1 418 Trusted\r\nContent-Length: 0\r\n\r\n";
                    let _ = stream.write_all(response).await;
                    let _ = stream.shutdown().await;
                }
            });
        }
    });
    port
}

/// The error in the first event of a session, which continues.
async fn unavailable(client: ClientBuilder) -> Error {
    let client = client.build().unwrap();
    let mut subscription = client.subscribe_without_waiting(&Resource::my_drive());
    let event = within(subscription.next()).await.unwrap().unwrap();
    let Event::Lifecycle {
        change: Lifecycle::Unavailable { error, .. },
        ..
    } = event
    else {
        panic!("{event:?}")
    };
    within(subscription.close()).await;
    error
}

/// What a session reports about a server, as Graph and as the notification server.
async fn reports(authority: &Authority, host: &str, identity: Identity) -> [Error; 2] {
    let port = serve(identity).await;
    let start = |base_url: String| {
        builder(base_url)
            .ca_bundle(&authority.bundle.0)
            .start_timeout(Duration::from_secs(60))
    };
    let rest = unavailable(start(format!("https://{host}:{port}"))).await;

    let graph = RawServer::start().await;
    let url = format!("https://{host}:{port}/notifications?token=s3cr3t-s3cr3t");
    let giving = async {
        loop {
            graph.give_url(&url).await;
        }
    };
    let socket = tokio::select! {
        error = unavailable(start(graph.base_url())) => error,
        () = giving => unreachable!("it gives for ever"),
    };
    [rest, socket]
}

#[tokio::test]
async fn an_untrusted_certificate_is_reported_with_its_reason() {
    let authority = Authority::new("known");
    let stranger = Authority::new("unknown");
    let impostor = Authority::new("known");
    let mut expired = params(&["localhost"]);
    expired.not_after = date_time_ymd(2021, 2, 3);
    let mut early = params(&["localhost"]);
    early.not_before = date_time_ymd(2110, 2, 3);
    let others = ["a.example", "10.0.0.1", "*.b.example", "c.example"];
    for (host, identity, failure, says) in [
        (
            "localhost",
            authority.issue(&params(&others)),
            NetworkFailure::CertificateWrongName,
            [
                "it is for a.example, 10.0.0.1, *.b.example, others, not for localhost",
                "check the address",
            ],
        ),
        (
            "127.0.0.1",
            authority.issue(&params(&["localhost"])),
            NetworkFailure::CertificateWrongName,
            [
                "it is for localhost, not for 127.0.0.1",
                "check the address",
            ],
        ),
        (
            "localhost",
            authority.issue(&params(&["127.0.0.1"])),
            NetworkFailure::CertificateWrongName,
            ["it is for 127.0.0.1, not for localhost", "captive portal"],
        ),
        (
            "localhost",
            authority.issue(&params(&[])),
            NetworkFailure::CertificateWrongName,
            ["it is not for localhost", "check the address"],
        ),
        (
            "localhost",
            authority.issue(&expired),
            NetworkFailure::CertificateExpired,
            [
                "it expired at 2021-02-03T00:00:00Z",
                "clock of this machine, which says 20",
            ],
        ),
        (
            "localhost",
            authority.issue(&early),
            NetworkFailure::CertificateNotYetValid,
            [
                "it is not valid before 2110-02-03T00:00:00Z",
                "clock of this machine",
            ],
        ),
        (
            "localhost",
            stranger.issue(&params(&["localhost"])),
            NetworkFailure::CertificateUnknownIssuer,
            ["its issuer is unknown", "(option ca_bundle)"],
        ),
        (
            "localhost",
            impostor.issue(&params(&["localhost"])),
            NetworkFailure::CertificateBadSignature,
            ["its issuer has not signed it", "(option ca_bundle)"],
        ),
        (
            "localhost",
            self_signed(false),
            NetworkFailure::CertificateSelfSigned,
            ["it is self-signed", "(option ca_bundle)"],
        ),
        (
            "localhost",
            self_signed(true),
            NetworkFailure::CertificateSelfSigned,
            ["it is self-signed", "(option ca_bundle)"],
        ),
    ] {
        for error in reports(&authority, host, identity).await {
            let text = error.to_string();
            assert_eq!(error.kind(), ErrorKind::ConnectionFailed, "{text}");
            assert!(error.retryable(), "{text}");
            assert_eq!(error.network_failure(), Some(failure), "{text}");
            assert_eq!(error.host(), Some(host));
            let peer = format!("{host}:{}", error.port().unwrap());
            assert!(
                text.starts_with(&peer) && text.contains("not trusted"),
                "{text}"
            );
            assert!(says.iter().all(|says| text.contains(says)), "{text}");
            assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
        }
    }
}

#[tokio::test]
async fn an_authority_in_the_chain_that_is_not_trusted_is_told_from_one_that_is_missing() {
    let (known, stranger) = (Authority::new("known"), Authority::new("stranger"));
    let (leaf, key) = stranger.issue(&params(&["localhost"]));
    let port = serve_chain(vec![leaf, stranger.certificate.clone()], key).await;
    let client = builder(format!("https://localhost:{port}")).ca_bundle(&known.bundle.0);
    let error = within(client.build().unwrap().endpoint(&Resource::my_drive())).await;
    let error = error.unwrap_err();
    let expected = NetworkFailure::CertificateSelfSignedInChain;
    assert_eq!(error.network_failure(), Some(expected), "{error}");
    assert_eq!(expected.code(), "SELF_SIGNED_CERT_IN_CHAIN");
    assert!(error.to_string().contains("unknown authority"), "{error}");
}

#[tokio::test]
async fn a_self_signed_certificate_can_be_trusted() {
    let (certificate, key) = self_signed(false);
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        data_encoding::BASE64.encode(&certificate)
    );
    let bundle = Bundle::new(&pem);
    let port = serve((certificate, key)).await;
    let client = builder(format!("https://localhost:{port}")).ca_bundle(&bundle.0);
    let error = within(client.build().unwrap().endpoint(&Resource::my_drive())).await;
    assert_eq!(error.unwrap_err().status(), Some(418));
}

#[tokio::test]
async fn a_server_without_tls_1_2_is_reported_as_one() {
    // What a server of TLS 1.1 answers to a client that does not offer it, and what a server
    // answers that does not speak TLS.
    let refusal: &[u8] = &[0x15, 3, 2, 0, 2, 2, 70];
    for (answer, says) in [
        (refusal, "ProtocolVersion"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "InvalidContentType"),
    ] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.write_all(answer).await.unwrap();
                let _ = stream.shutdown().await;
            }
        });
        let client = builder(format!("https://localhost:{port}"));
        let error = within(client.build().unwrap().endpoint(&Resource::my_drive())).await;
        let text = error.unwrap_err().to_string();
        assert!(text.contains("TLS failed") && text.contains(says), "{text}");
        assert!(text.contains("TLS 1.2"), "{text}");
    }
}
