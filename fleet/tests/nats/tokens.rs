//! Tokens from a service on NATS, and from one on HTTP.

use std::path::Path;
use std::time::Duration;

use drivebell::{Client, Error, ErrorKind};
use drivebell_fleet::config::{TokenService, Tokens};
use drivebell_fleet::tokens::TokenSource;
use drivebell_simulator::Simulator;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::server::Server;
use crate::within;

fn over_nats() -> Tokens {
    Tokens {
        service: TokenService::Nats {
            subject: "drivebell.token".to_owned(),
        },
        timeout: Duration::from_millis(500),
    }
}

async fn get(source: &TokenSource) -> Result<(), Error> {
    let credential = source.credential_for("kim@contoso.com", "contoso.com");
    let client = Client::builder(credential).build().unwrap();
    within(client.sign_in()).await
}

/// A failure, which must not show what a token service says by mistake.
async fn failure(source: &TokenSource) -> Error {
    let error = get(source).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert!(
        !format!("{error} {error:?}").contains("s3cr3t"),
        "{error:?}"
    );
    error
}

#[tokio::test]
async fn a_service_on_nats_gives_and_refuses_tokens() {
    let server = Server::start();
    let client = async_nats::connect(server.url()).await.unwrap();
    let source = TokenSource::new(&over_nats(), &client).unwrap();

    let nobody = failure(&source).await;
    assert!(nobody.retryable(), "{nobody}");
    assert!(
        nobody
            .to_string()
            .contains("nothing answers on drivebell.token.* of NATS: start the token service"),
        "{nobody}"
    );

    let service = async_nats::connect(server.url()).await.unwrap();
    let mut requests = service.subscribe("drivebell.token.*").await.unwrap();
    service.flush().await.unwrap();
    let replies = [
        json!({"token": "bearer-s3cr3t", "expires_in": 3600}).to_string(),
        json!({"error": "invalid_grant", "error_description": "AADSTS70008: expired"}).to_string(),
        json!({"error": "temporarily_unavailable"}).to_string(),
        "s3cr3t".to_owned(),
        json!({"token": "s3cr3t".repeat(20_000)}).to_string(),
    ];
    let (seen, mut asked) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for reply in replies {
            let request = requests.next().await.unwrap();
            let body: Value = serde_json::from_slice(&request.payload).unwrap();
            seen.send((request.subject.to_string(), body)).unwrap();
            service
                .publish(request.reply.unwrap(), reply.into())
                .await
                .unwrap();
        }
        // The next one waits for ever.
        requests.next().await;
        std::future::pending::<()>().await;
    });

    get(&source).await.unwrap();
    let (subject, request) = asked.recv().await.unwrap();
    assert_eq!(subject, "drivebell.token.kim=40contoso=2Ecom");
    assert_eq!(
        request,
        json!({
            "user": "kim@contoso.com", "tenant": "contoso.com", "refresh": false,
            "scopes": ["https://graph.microsoft.com/.default"],
        })
    );
    let refused = failure(&source).await;
    assert!(!refused.retryable(), "{refused}");
    let text = refused.to_string();
    assert!(text.contains("invalid_grant"), "{text}");
    assert_eq!(text.matches("AADSTS70008").count(), 1, "{text}");
    for says in [
        "temporarily_unavailable",
        "something that is not JSON",
        "more than 65536 bytes",
        "has not answered on drivebell.token.* of NATS within 500ms",
    ] {
        let outage = failure(&source).await;
        assert!(outage.retryable(), "{outage}");
        assert!(outage.to_string().contains(says), "{outage}");
    }
    let counts = source.view();
    assert_eq!((counts.requests, counts.refused, counts.failed), (7, 1, 5));
}

/// Answers each request with the next of these, and tells what was asked.
async fn http_service(
    answers: Vec<(&'static str, String)>,
) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "http://{}/tokens?key=s3cr3t",
        listener.local_addr().unwrap()
    );
    let (seen, asked) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            // The body is one object, without others in it.
            while !request.ends_with(b"}") {
                let mut bytes = [0; 4096];
                let count = stream.read(&mut bytes).await.unwrap();
                request.extend_from_slice(&bytes[..count]);
            }
            seen.send(String::from_utf8(request).unwrap()).unwrap();
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            // A client that has read enough goes away.
            let _ = stream.write_all((head + &body).as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (url, asked)
}

fn over_http(url: &str, header_file: Option<&Path>, ca_file: Option<&Path>) -> Tokens {
    Tokens {
        service: TokenService::Http {
            url: url.parse().unwrap(),
            header_file: header_file.map(Into::into),
            ca_file: ca_file.map(Into::into),
        },
        timeout: Duration::from_secs(10),
    }
}

#[tokio::test]
async fn a_service_on_http_gives_and_refuses_tokens() {
    let server = Server::start();
    let nats = async_nats::connect(server.url()).await.unwrap();
    let refusal = json!({"error": "interaction_required", "error_description": "AADSTS50076"});
    let (url, mut asked) = http_service(vec![
        (
            "200 OK",
            json!({"token": "bearer-s3cr3t", "expires_in": 3600}).to_string(),
        ),
        ("400 Bad Request", refusal.to_string()),
        ("401 Unauthorized", "s3cr3t".to_owned()),
        ("302 Found", String::new()),
        ("500 Oh", json!({"token": "s3cr3t"}).to_string()),
        (
            "200 OK",
            format!("{{\"token\":\"{}", "s3cr3t".repeat(200_000)),
        ),
    ])
    .await;
    let headers = server.directory().join("headers");
    std::fs::write(&headers, "Authorization: Bearer of-the-gateway\n").unwrap();
    let source = TokenSource::new(&over_http(&url, Some(&headers), None), &nats).unwrap();

    get(&source).await.unwrap();
    let request = asked.recv().await.unwrap();
    assert!(
        request.starts_with("POST /tokens?key=s3cr3t HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("authorization: Bearer of-the-gateway\r\n"),
        "{request}"
    );
    assert!(
        request.contains("\"user\":\"kim@contoso.com\""),
        "{request}"
    );

    let refused = failure(&source).await;
    assert!(!refused.retryable(), "{refused}");
    assert!(
        refused.to_string().contains("interaction_required"),
        "{refused}"
    );
    for says in [
        "status 401: check the headers in tokens.header_file",
        "redirects are not followed",
        "status 500",
        "more than 65536 bytes",
        "cannot be reached",
    ] {
        let outage = failure(&source).await;
        assert!(outage.retryable(), "{outage}");
        assert!(outage.to_string().contains(says), "{outage}");
    }
    std::fs::write(&headers, "s3cr3t\n").unwrap();
    let unreadable = failure(&source).await;
    assert!(
        unreadable.to_string().contains("line 1 is not a header"),
        "{unreadable}"
    );
}

#[tokio::test]
async fn a_service_on_https_is_trusted_with_the_certificates_of_a_file() {
    let server = Server::start();
    let nats = async_nats::connect(server.url()).await.unwrap();
    let authority = server.directory().join("ca.pem");
    let simulator = Simulator::builder()
        .identity_tls_port(0)
        .identity_ca(&authority)
        .start()
        .await
        .unwrap();
    let url = format!("{}/tokens", simulator.identity_url());
    for (ca_file, says) in [
        (
            None,
            "has a certificate that is not trusted: UnknownIssuer; if an authority of your own has issued \
             it, name its file in tokens.tls_ca_file",
        ),
        (Some(&*authority), "status 404: check tokens.http"),
    ] {
        let source = TokenSource::new(&over_http(&url, None, ca_file), &nats).unwrap();
        let outage = failure(&source).await;
        assert!(outage.to_string().contains(says), "{outage}");
    }

    let other = server.directory().join("other.pem");
    for (content, says) in [
        ("", "holds no certificates in PEM"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "cannot be trusted: ",
        ),
    ] {
        std::fs::write(&other, content).unwrap();
        let refused = TokenSource::new(&over_http(&url, None, Some(&other)), &nats).unwrap_err();
        let problem = format!("tokens.tls_ca_file {}", other.display());
        assert!(refused.to_string().starts_with(&problem), "{refused}");
        assert!(refused.to_string().contains(says), "{refused}");
    }
}
