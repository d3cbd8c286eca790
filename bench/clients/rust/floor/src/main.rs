//! The floor: the least work that any client must do. A bare WebSocket answers pings and either
//! counts frames (`FLOOR=count`) or parses each into the same typed notification.

use std::env;
use std::error::Error;
use std::sync::Arc;

use bench_report::{Report, Turn, start_sessions};
use futures_util::{SinkExt, StreamExt};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

#[derive(Deserialize)]
struct Envelope {
    value: Vec<Notification>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    subscription_id: Option<String>,
    #[expect(dead_code, reason = "the same typed notification")]
    client_state: Option<String>,
    expiration_date_time: Option<String>,
    resource: Option<String>,
    #[expect(dead_code, reason = "the same typed notification")]
    tenant_id: Option<String>,
    #[expect(dead_code, reason = "the same typed notification")]
    site_url: Option<String>,
    #[expect(dead_code, reason = "the same typed notification")]
    web_id: Option<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let report = Report::start();
    let counts = env::var("FLOOR").is_ok_and(|floor| floor == "count");
    let tls = env::var("CA_BUNDLE").ok().map(tls).transpose()?;
    let url = env::var("NOTIFICATION_URL")?;
    let sessions = start_sessions(move |turn| {
        let (tls, url) = (tls.clone(), url.clone());
        async move {
            let (_, rest) = url.split_once("://").expect("a URL");
            let (authority, target) = rest.split_once('/').expect("a path");
            let (_, query) = target.split_once('?').expect("a query");
            let request = format!("ws://{authority}/socket.io/?{query}&EIO=4&transport=websocket");
            let stream = TcpStream::connect(authority).await.expect("a server");
            stream.set_nodelay(true).expect("an option");
            match tls {
                None => watch(report, counts, request, stream, turn).await,
                Some(tls) => {
                    let name = ServerName::try_from("127.0.0.1").expect("a name");
                    let stream = tls.connect(name, stream).await.expect("TLS");
                    watch(report, counts, request, stream, turn).await;
                }
            }
        }
    });
    for session in sessions {
        session.await?;
    }
    Ok(())
}

fn tls(ca_bundle: String) -> Result<TlsConnector, Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca_bundle)? {
        roots.add(certificate?)?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

async fn watch<S>(report: &Report, counts: bool, request: String, stream: S, turn: Turn)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0);
    let connected = tokio_tungstenite::client_async_with_config(request, stream, Some(config));
    let (mut socket, _) = connected.await.expect("an upgrade");
    let join = Message::text("40/notifications,");
    socket.send(join).await.expect("joined");
    let mut turn = Some(turn);
    while let Some(message) = socket.next().await {
        let message = message.expect("a message");
        let text = message.to_text().expect("a text");
        match text.strip_prefix("42/notifications,") {
            Some(_) if counts => report.count_frame(),
            Some(event) => read(report, event),
            None if text == "2" => socket.send(Message::text("3")).await.expect("a pong"),
            None if text.starts_with("40") => {
                turn.take();
                report.event("connected", "");
            }
            None => {}
        }
    }
}

fn read(report: &Report, event: &str) {
    let (_name, argument): (&str, String) = serde_json::from_str(event).expect("an event");
    let envelope: Envelope = serde_json::from_str(&argument).expect("an envelope");
    for note in envelope.value {
        let expires_at = note
            .expiration_date_time
            .and_then(|text| text.parse::<jiff::Timestamp>().ok());
        report.read(
            note.subscription_id.as_deref(),
            note.resource.as_deref(),
            expires_at,
        );
    }
}
