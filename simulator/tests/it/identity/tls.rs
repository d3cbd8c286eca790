//! The identity service over TLS.

use std::time::Duration;

use drivebell_simulator::Simulator;
use reqwest::{Certificate, Client};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::client::{CLIENT, SCOPE};
use crate::support::{DEADLINE, Response, builder, send};

async fn start() -> Simulator {
    let started = builder().identity_tls_port(0).start().await;
    started.expect("starts")
}

/// A client that trusts the simulator alone.
fn https(simulator: &Simulator) -> Client {
    let pem = simulator.identity_ca_pem().expect("an authority");
    let authority = Certificate::from_pem(pem.as_bytes()).expect("PEM");
    let client = Client::builder().no_proxy().tls_certs_only([authority]);
    client.build().expect("a client")
}

fn device_code(client: &Client, simulator: &Simulator) -> reqwest::RequestBuilder {
    let url = format!("{}/common/oauth2/v2.0/devicecode", simulator.identity_url());
    client
        .post(url)
        .form(&[("client_id", CLIENT), ("scope", SCOPE)])
}

async fn reach(client: &Client, simulator: &Simulator) -> Response {
    let response = send(device_code(client, simulator)).await;
    assert_eq!(response.status, 200, "{}", response.body);
    response
}

#[tokio::test]
async fn urls_lead_to_the_tls_port() {
    let simulator = start().await;
    let client = https(&simulator);
    let url = simulator.identity_url();
    assert!(url.starts_with("https://localhost:"), "{url}");
    let authorization = reach(&client, &simulator).await.json();
    assert_eq!(
        authorization["verification_uri"],
        format!("{url}/devicelogin")
    );
    let path = "/common/v2.0/.well-known/openid-configuration";
    let configuration = send(client.get(format!("{url}{path}"))).await.json();
    let expected = format!("{url}/common/oauth2/v2.0/token");
    assert_eq!(configuration["token_endpoint"], expected);
    // By address too.
    let url = url.replace("localhost", "127.0.0.1");
    assert_eq!(send(client.get(format!("{url}{path}"))).await.status, 200);
    // Graph is not there.
    let graph = format!("{url}/v1.0/me/drive");
    assert_eq!(send(client.get(graph)).await.status, 404);
    assert_eq!(simulator.requests().len(), 4);
}

#[tokio::test]
async fn the_authority_is_written_to_a_file() {
    let file = std::env::temp_dir().join(format!("drivebell-ca-{}.pem", std::process::id()));
    let simulator = builder().identity_tls_port(0).identity_ca(&file);
    let simulator = simulator.start().await.expect("starts");
    let written = std::fs::read_to_string(&file).expect("a file");
    std::fs::remove_file(file).expect("removed");
    assert_eq!(simulator.identity_ca_pem(), Some(written.as_str()));
    let plain = builder().start().await.expect("starts");
    assert_eq!(plain.identity_ca_pem(), None);
    assert_eq!(plain.identity_url(), plain.base_url());
}

#[tokio::test]
async fn a_client_must_trust_the_authority() {
    let simulator = start().await;
    let other = https(&start().await);
    assert!(device_code(&other, &simulator).send().await.is_err());
    // The port still serves.
    reach(&https(&simulator), &simulator).await;
}

#[tokio::test]
async fn faults_act_on_tls_connections() {
    let simulator = start().await;
    let client = https(&simulator);
    reach(&client, &simulator).await;
    let fault = |text: &str| {
        let fault: drivebell_simulator::Fault = text.parse().expect("valid");
        simulator.fault(fault).expect("valid")
    };
    for text in ["reset,on=identity", "cut,on=devicecode"] {
        let id = fault(text);
        assert!(
            device_code(&client, &simulator).send().await.is_err(),
            "{text}"
        );
        simulator.release(id);
        reach(&client, &simulator).await;
    }
    let id = fault("hold,on=identity");
    let held = tokio::spawn(device_code(&client, &simulator).send());
    sleep(Duration::from_millis(100)).await;
    assert!(!held.is_finished());
    simulator.release(id);
    let response = timeout(DEADLINE, held).await.expect("in time");
    let response = response.expect("no panic").expect("a response");
    assert_eq!(response.status(), 200);
    fault("split=7,on=identity");
    reach(&client, &simulator).await;
}

#[tokio::test]
async fn it_stops_with_open_connections() {
    let simulator = start().await;
    let client = https(&simulator);
    reach(&client, &simulator).await;
    let url = simulator.identity_url();
    let address = url
        .strip_prefix("https://")
        .expect("TLS")
        .replace("localhost", "127.0.0.1");
    // A handshake that never ends.
    let _idle = TcpStream::connect(&address).await.expect("a connection");
    timeout(DEADLINE, simulator.shutdown())
        .await
        .expect("stops");
    assert!(TcpStream::connect(&address).await.is_err());
}
