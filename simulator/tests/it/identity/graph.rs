//! Which tokens of the identity service Graph accepts.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use drivebell_simulator::Simulator;
use serde_json::Value;
use tokio::time::sleep;

use super::client::{assert_error, claims, control, graph, refresh, sign_in, token};
use crate::support::start;

const SOCKET_IO: &str = "/me/drive/root/subscriptions/socketIo";

async fn with_scope(simulator: &Simulator, scope: &str) -> Value {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "x"),
        ("scope", scope),
    ];
    token(simulator, &form).await.json()
}

#[tokio::test]
async fn the_audience_and_the_scopes_count() {
    let simulator = start().await;
    let own = format!("{}/Files.Read.All", simulator.base_url());
    for (scope, status, message) in [
        ("Files.Read", 200, ""),
        ("https://graph.microsoft.com/.default", 200, ""),
        ("https://graph.microsoft.com//Sites.Read.All", 200, ""),
        ("00000003-0000-0000-c000-000000000000/.default", 200, ""),
        (&own, 200, ""),
        ("User.Read", 403, "Access denied"),
        ("openid", 403, "Access denied"),
        ("api://other/Files.Read", 401, "Invalid audience"),
    ] {
        let tokens = with_scope(&simulator, scope).await;
        for path in [SOCKET_IO, "/me/drive/root/delta"] {
            let response = graph(&simulator, path, &tokens).await;
            assert_eq!(response.status, status, "{scope}: {}", response.body);
            assert!(response.body.contains(message), "{}", response.body);
        }
    }
}

#[tokio::test]
async fn an_application_gets_no_notifications() {
    let simulator = start().await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_secret", "any"),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let tokens = token(&simulator, &form).await.json();
    let response = graph(&simulator, SOCKET_IO, &tokens).await;
    assert_eq!(
        (response.status, response.code().as_str()),
        (403, "accessDenied")
    );
    let response = graph(&simulator, "/drives/b!me/root/delta", &tokens).await;
    assert_eq!(response.status, 200);
}

#[tokio::test]
async fn tokens_expire() {
    let lifetime = Duration::from_secs(1);
    let simulator = Simulator::builder().access_token_lifetime(lifetime);
    let simulator = simulator.start().await.expect("starts");
    let tokens = sign_in(&simulator).await;
    sleep(lifetime).await;
    let response = graph(&simulator, SOCKET_IO, &tokens).await;
    assert_eq!(
        (response.status, response.code().as_str()),
        (401, "InvalidAuthenticationToken")
    );
    assert!(response.body.contains("the token is expired"));
}

#[tokio::test]
async fn users_reach_their_own_drive() {
    let simulator = Simulator::builder()
        .account("kim@x.com", "b!kim")
        .account("lee@x.com", "b!lee");
    let simulator = simulator.start().await.expect("starts");
    let tokens = sign_in(&simulator).await;
    for (path, status) in [
        ("/me/drive", 200),
        ("/drives/b!kim", 200),
        ("/groups/team/drive", 200),
        ("/drives/b!lee", 403),
    ] {
        assert_eq!(
            graph(&simulator, path, &tokens).await.status,
            status,
            "{path}"
        );
    }
    // A token of another run.
    let other = start().await;
    let response = graph(&other, "/me/drive", &tokens).await;
    assert!(response.body.contains("Invalid token"));
}

#[tokio::test]
async fn a_revocation_challenges_clients_with_cae() {
    let simulator = start().await;
    let without = sign_in(&simulator).await;
    let cae = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;
    let with = refresh(&simulator, &without, &[("claims", cae)])
        .await
        .json();
    let response = control(&simulator, "POST", "/revoke").await;
    assert_eq!(response.status, 204);

    assert_eq!(graph(&simulator, "/me/drive", &without).await.status, 200);
    let response = graph(&simulator, "/me/drive", &with).await;
    assert_eq!(
        (response.status, response.code().as_str()),
        (401, "InvalidAuthenticationToken")
    );
    let challenge = response.header("www-authenticate");
    assert!(challenge.contains("error=\"insufficient_claims\""));
    let (_, challenge) = challenge.split_once(" claims=\"").expect("claims");
    let challenge = STANDARD.decode(challenge.trim_end_matches('"'));
    let challenge: Value = serde_json::from_slice(&challenge.expect("base64")).expect("JSON");
    let since = challenge["access_token"]["nbf"]["value"].as_str();
    let since: i64 = since.expect("text").parse().expect("seconds");
    let issued = claims(&with["access_token"])["iat"].as_i64();
    assert!(Some(since) >= issued);

    let response = refresh(&simulator, &with, &[]).await;
    assert_error(&response, "invalid_grant", 50173);
    let again = sign_in(&simulator).await;
    let again = refresh(&simulator, &again, &[("claims", cae)]).await.json();
    assert_eq!(graph(&simulator, "/me/drive", &again).await.status, 200);
}
