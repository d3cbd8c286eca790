//! Forms to the identity service, which the command line sends.

use drivebell::{ErrorKind, FormClient, FormResponse};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::support::graph::builder;
use crate::support::raw_server::{RawServer, Request};
use crate::support::{log, within};

const PATH: &str = "/common/oauth2/v2.0/token";
const FORM: [(&str, &str); 2] = [("grant_type", "x"), ("refresh_token", "a s3cr3t/+")];

fn client(server: &RawServer) -> FormClient {
    let builder = builder("https://graph.example").user_agent("test/1");
    builder.form_client(&server.base_url()).unwrap()
}

/// Posts the form, and responds to it once.
async fn post(
    server: &RawServer,
    respond: impl AsyncFnOnce(Request),
) -> Result<FormResponse, drivebell::Error> {
    let client = client(server);
    let serve = async { respond(server.request().await).await };
    let (response, ()) = within(async { tokio::join!(client.post(PATH, &FORM), serve) }).await;
    response
}

#[tokio::test]
async fn a_form_and_its_answer_arrive_whole() {
    let server = RawServer::start().await;
    let response = post(&server, async |mut request| {
        assert_eq!((&*request.method, &*request.target), ("POST", PATH));
        assert_eq!(request.header("user-agent"), Some("test/1"));
        let form_type = Some("application/x-www-form-urlencoded");
        assert_eq!(request.header("content-type"), form_type);
        assert_eq!(request.header("authorization"), None);
        let expected = b"grant%5Ftype=x&refresh%5Ftoken=a%20s3cr3t%2F%2B";
        let mut form = vec![0; expected.len()];
        request.stream.read_exact(&mut form).await.unwrap();
        assert_eq!(form, expected);
        request.respond("400 Bad Request", "", b"{}").await;
    });
    let response = response.await.unwrap();
    assert_eq!((response.status, &*response.body), (400, &b"{}"[..]));
}

/// It would carry the secrets of the form to another server.
#[tokio::test]
async fn a_redirect_of_a_form_is_not_followed() {
    for status in [
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let (server, target) = (RawServer::start().await, RawServer::start().await);
        let headers = format!("Location: {}{PATH}\r\n", target.base_url());
        let response = post(&server, async |request| {
            request.respond(status, &headers, b"").await;
        });
        assert_eq!(response.await.unwrap().status.to_string(), status[..3]);
        // Connections are accepted in order: if ours comes first, there was no other.
        let ours = TcpStream::connect(target.authority()).await.unwrap();
        let first = within(target.accept()).await;
        assert_eq!(first.peer_addr().ok(), ours.local_addr().ok());
    }
}

#[tokio::test]
async fn an_answer_that_is_too_long_or_missing_is_an_error() {
    let server = RawServer::start().await;
    let long = vec![b'x'; 64 * 1024 + 1];
    let error = post(&server, async |request| {
        request.respond("200 OK", "", &long).await;
    });
    let error = error.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.to_string().contains("65536"), "{error}");
    let error = post(&server, async |request| drop(request))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionFailed);
    assert!(error.retryable());
}

#[tokio::test]
async fn no_part_of_a_form_or_of_its_answer_is_logged() {
    log::start();
    let server = RawServer::start().await;
    let response = post(&server, async |request| {
        request.respond("200 OK", "", b"answer-s3cr3t").await;
    });
    let response = response.await.unwrap();
    let log = log::of_this_thread();
    assert!(log.contains("drivebell::sign_in"), "{log}");
    assert!(!log.contains("s3cr3t"), "{log}");
    assert!(!format!("{response:?}").contains("s3cr3t"));
}
