use std::io::{Read, Write};
use std::time::Duration;

use drivebell_fleet::Secret;
use drivebell_fleet::nats::{Connection, Login, NatsError, NatsErrorKind, NatsOptions, Tls};

use crate::DEADLINE;
use crate::fixture::{connect, options};
use crate::server::Server;

async fn refused(options: &NatsOptions, kind: NatsErrorKind, says: &str) -> NatsError {
    let error = Connection::open(options).await.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(says), "{error}");
    error
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let server = Server::prepare("", true);
    let error = refused(&options(&server), NatsErrorKind::Unreachable, "127.0.0.1").await;
    assert!(error.is_transient());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_may_wait_for_its_server() {
    let mut server = Server::prepare("", true);
    let options = NatsOptions {
        wait_for_server: true,
        ..options(&server)
    };
    let opening = tokio::spawn(async move { Connection::open(&options).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!opening.is_finished());
    server.restart();
    let opened = tokio::time::timeout(DEADLINE, opening)
        .await
        .unwrap()
        .unwrap();
    assert!(opened.unwrap().is_connected());
}

/// Greets like an old server.
#[tokio::test]
async fn an_old_server_is_refused() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let info = r#"{"server_id":"x","version":"2.10.26","headers":true,"max_payload":1048576}"#;
        write!(socket, "INFO {info}\r\n").unwrap();
        let mut bytes = [0; 4096];
        let mut received = String::new();
        while !received.contains("PING") {
            let count = socket.read(&mut bytes).unwrap();
            received.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        write!(socket, "PONG\r\n").unwrap();
        // Until the client leaves.
        while socket.read(&mut bytes).is_ok_and(|count| count > 0) {}
    });
    let options = NatsOptions {
        servers: vec![format!("nats://127.0.0.1:{port}")],
        wait_for_server: true,
        ..NatsOptions::default()
    };
    let error = refused(&options, NatsErrorKind::TooOld, "2.10.26").await;
    assert!(error.to_string().contains("2.11.0"), "{error}");
}

#[tokio::test]
async fn other_credentials_are_refused_and_not_shown() {
    let config = "authorization { user: kim, password: right }";
    let server = Server::start_with(config, true);
    let user = |password: &str| Login::User {
        user: "kim".to_owned(),
        password: Secret::new(password),
    };
    let with = |login| NatsOptions {
        login,
        wait_for_server: true,
        ..options(&server)
    };
    let error = refused(&with(user("s3cret")), NatsErrorKind::Refused, "password").await;
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    let token = with(Login::Token(Secret::new("s3cret")));
    refused(&token, NatsErrorKind::Refused, "this token").await;
    refused(
        &with(Login::Anonymous),
        NatsErrorKind::Refused,
        "without credentials",
    )
    .await;
    Connection::open(&with(user("right"))).await.unwrap();
}

#[tokio::test]
async fn an_nkey_is_read_from_its_file() {
    // From the documentation of NATS.
    let public = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";
    let seed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
    let config = format!("authorization {{ users: [ {{ nkey: {public} }} ] }}");
    let server = Server::start_with(&config, true);
    let path = server.directory().join("seed");
    std::fs::write(&path, format!("{seed}\n")).unwrap();
    let with = |path: &std::path::Path| NatsOptions {
        login: Login::NkeyFile(path.to_owned()),
        ..options(&server)
    };
    Connection::open(&with(&path)).await.unwrap();
    std::fs::write(&path, "SUA-not-a-seed").unwrap();
    let error = refused(&with(&path), NatsErrorKind::Refused, "this nkey").await;
    assert!(!format!("{error:?}").contains("not-a-seed"), "{error:?}");
    let missing = server.directory().join("missing");
    refused(&with(&missing), NatsErrorKind::Options, "missing").await;
    let credentials = NatsOptions {
        login: Login::CredentialsFile(path),
        ..options(&server)
    };
    refused(&credentials, NatsErrorKind::Options, "nsc").await;
}

#[tokio::test]
async fn a_server_without_jetstream_is_refused() {
    let server = Server::start_with("", false);
    refused(&options(&server), NatsErrorKind::NoJetStream, "-js").await;
}

#[tokio::test]
async fn an_account_without_jetstream_is_refused() {
    let config = "accounts { A { users: [ { user: a, password: b } ] } }";
    let server = Server::start_with(config, true);
    let options = NatsOptions {
        login: Login::User {
            user: "a".to_owned(),
            password: Secret::new("b"),
        },
        ..options(&server)
    };
    refused(&options, NatsErrorKind::NoJetStream, "for this account").await;
}

#[tokio::test]
async fn tls_is_checked_on_both_sides() {
    let files = Certificates::new();
    let config = files.server_config();
    let server = Server::start_with(&config, true);
    let with = |tls| NatsOptions {
        tls,
        ..options(&server)
    };

    refused(&with(Tls::default()), NatsErrorKind::Tls, "certificate").await;
    let trusting = Tls {
        ca_file: Some(files.path("ca.pem")),
        ..Tls::default()
    };
    // The server wants a certificate too.
    let error = Connection::open(&with(trusting.clone())).await.unwrap_err();
    assert_eq!(error.kind(), NatsErrorKind::Tls, "{error}");
    let both = Tls {
        client: Some((files.path("client.pem"), files.path("client.key"))),
        required: true,
        ..trusting.clone()
    };
    Connection::open(&with(both.clone())).await.unwrap();
    let swapped = Tls {
        client: Some((files.path("client.key"), files.path("client.pem"))),
        ..trusting
    };
    refused(&with(swapped), NatsErrorKind::Options, "private key").await;
    let plain = Server::start();
    let options = NatsOptions {
        tls: both,
        ..options(&plain)
    };
    Connection::open(&options).await.unwrap_err();
}

struct Certificates(std::path::PathBuf);

impl Certificates {
    fn new() -> Self {
        use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
        let directory = std::env::temp_dir().join(format!("drivebell-tls-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let files = Self(directory);
        let ca_key = KeyPair::generate().unwrap();
        let mut ca = CertificateParams::new(vec![]).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_certificate = ca.self_signed(&ca_key).unwrap();
        std::fs::write(files.path("ca.pem"), ca_certificate.pem()).unwrap();
        let issuer = Issuer::new(ca, ca_key);
        for name in ["server", "client"] {
            let key = KeyPair::generate().unwrap();
            let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
            let certificate = params.signed_by(&key, &issuer).unwrap();
            std::fs::write(files.path(&format!("{name}.pem")), certificate.pem()).unwrap();
            std::fs::write(files.path(&format!("{name}.key")), key.serialize_pem()).unwrap();
        }
        files
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.join(name)
    }

    fn server_config(&self) -> String {
        let path = |name| self.path(name).display().to_string();
        format!(
            "tls {{ cert_file: {:?}, key_file: {:?}, ca_file: {:?}, verify: true }}",
            path("server.pem"),
            path("server.key"),
            path("ca.pem"),
        )
    }
}

impl Drop for Certificates {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_is_noticed_and_made_again() {
    let mut server = Server::start();
    let connection = connect(&server).await;
    server.kill();
    tokio::time::timeout(DEADLINE, connection.until_lost())
        .await
        .unwrap();
    assert!(!connection.is_connected());
    server.restart();
    tokio::time::timeout(DEADLINE, connection.until_connected())
        .await
        .unwrap();
    assert!(connection.is_connected());
}
