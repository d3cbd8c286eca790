//! Sign-in by device code.

use std::time::Duration;

use drivebell_simulator::{Builder, SignInTime, Simulator};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::client::{
    CLIENT, SCOPE, assert_error, claims, control, device_code, graph, poll, post, refresh, token,
};
use crate::support::{DEADLINE, http, send, start};

/// Nobody signs in by themselves, and clients may poll at once.
async fn start_unattended(configure: impl FnOnce(Builder) -> Builder) -> Simulator {
    let builder = Simulator::builder()
        .sign_in_takes(SignInTime::Never)
        .device_code_interval(Duration::ZERO);
    configure(builder).start().await.expect("starts")
}

#[tokio::test]
async fn a_person_signs_in() {
    let simulator = start_unattended(|builder| builder.account("kim@x.com", "b!kim")).await;
    let authorization = device_code(&simulator).await;
    assert_eq!(authorization["expires_in"], 900);
    let user_code = authorization["user_code"].as_str().expect("a code");
    let uri = format!("{}/devicelogin", simulator.base_url());
    assert_eq!(authorization["verification_uri"], uri);
    let message = authorization["message"].as_str().expect("text");
    assert!(message.contains(user_code) && message.contains(&uri));
    assert_eq!(send(http().get(uri)).await.status, 200);

    let response = poll(&simulator, &authorization).await;
    assert_eq!(response.status, 400);
    assert_error(&response, "authorization_pending", 70016);
    let path = format!("/approve?user_code={user_code}");
    let response = control(&simulator, "POST", &path).await;
    assert_eq!(response.json(), json!({"approved": 1}));
    assert_eq!(control(&simulator, "POST", &path).await.status, 404);
    let response = poll(&simulator, &authorization).await;
    assert_eq!(response.header("cache-control"), "no-store, no-cache");
    let tokens = response.json();
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"]),
        (&json!("Bearer"), &json!(3600))
    );
    assert_eq!(claims(&tokens["id_token"])["aud"], CLIENT);
    assert_eq!(claims(&tokens["access_token"])["upn"], "kim@x.com");
    let drive = graph(&simulator, "/me/drive", &tokens).await.json();
    assert_eq!(drive["id"], "b!kim");
    // It was redeemed.
    let response = poll(&simulator, &authorization).await;
    assert_error(&response, "bad_verification_code", 70018);
    assert_eq!(refresh(&simulator, &tokens, &[]).await.status, 200);
}

#[tokio::test]
async fn by_default_at_once() {
    let simulator = start().await;
    let authorization = device_code(&simulator).await;
    assert_eq!(authorization["interval"], 5);
    assert_eq!(poll(&simulator, &authorization).await.status, 200);
}

#[tokio::test]
async fn after_a_while() {
    let time = Duration::from_millis(300);
    let simulator =
        start_unattended(|builder| builder.sign_in_takes(SignInTime::After(time))).await;
    let started = Instant::now();
    let authorization = device_code(&simulator).await;
    while poll(&simulator, &authorization).await.status != 200 {
        assert!(started.elapsed() < DEADLINE);
        sleep(Duration::from_millis(20)).await;
    }
    assert!(started.elapsed() >= time);
}

#[tokio::test]
async fn a_client_must_keep_to_the_interval() {
    let simulator =
        start_unattended(|builder| builder.device_code_interval(Duration::from_mins(1))).await;
    let authorization = device_code(&simulator).await;
    assert_eq!(authorization["interval"], 60);
    for error in ["authorization_pending", "slow_down"] {
        let response = poll(&simulator, &authorization).await;
        assert_eq!(response.status, 400);
        assert_error(&response, error, 70016);
    }
    control(&simulator, "POST", "/approve").await;
    assert_eq!(poll(&simulator, &authorization).await.status, 200);
}

#[tokio::test]
async fn codes_are_declined_and_expire() {
    let lifetime = Duration::from_secs(1);
    let simulator = start_unattended(|builder| builder.device_code_lifetime(lifetime)).await;
    let declined = device_code(&simulator).await;
    let response = control(&simulator, "POST", "/decline").await;
    assert_eq!(response.json(), json!({"declined": 1}));
    let response = poll(&simulator, &declined).await;
    assert_error(&response, "authorization_declined", 65004);
    let expired = device_code(&simulator).await;
    sleep(lifetime).await;
    assert_error(&poll(&simulator, &expired).await, "expired_token", 70019);
    let listed = control(&simulator, "GET", "").await.json();
    let codes = listed["deviceCodes"].as_array().expect("a list");
    let states: Vec<_> = codes.iter().map(|code| &code["state"]).collect();
    assert_eq!(states, ["declined", "expired"]);
}

#[tokio::test]
async fn invalid_requests() {
    let simulator = start().await;
    let response = post(&simulator, "devicecode", &[("scope", SCOPE)]).await;
    assert_error(&response, "invalid_request", 900_144);
    let response = post(&simulator, "devicecode", &[("client_id", CLIENT)]).await;
    assert_error(&response, "invalid_request", 900_144);
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", "unknown"),
    ];
    let response = token(&simulator, &form).await;
    assert_error(&response, "bad_verification_code", 70018);
    let url = format!("{}/common/oauth2/v2.0/devicecode", simulator.base_url());
    assert_eq!(send(http().get(url)).await.status, 405);
}

#[tokio::test]
async fn the_control_api_shows_no_secrets() {
    let simulator = start_unattended(|builder| {
        builder
            .account("kim@x.com", "b!kim")
            .account("lee@x.com", "b!lee")
    })
    .await;
    let authorization = device_code(&simulator).await;
    poll(&simulator, &authorization).await;
    let response = control(&simulator, "POST", "/approve?account=none").await;
    assert_eq!(response.status, 404);
    control(&simulator, "POST", "/approve?account=lee@x.com").await;
    let tokens = poll(&simulator, &authorization).await.json();
    assert_eq!(claims(&tokens["access_token"])["upn"], "lee@x.com");
    let claims = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;
    refresh(&simulator, &tokens, &[("claims", claims)]).await;
    let response = control(&simulator, "GET", "").await;
    let secret = authorization["device_code"].as_str().expect("a code");
    assert!(!response.body.contains(secret), "{}", response.body);
    let mut status = response.json();
    for request in status["tokenRequests"].as_array_mut().expect("a list") {
        let request = request.as_object_mut().expect("an object");
        assert!(request.remove("atMicros").is_some_and(|at| at.is_i64()));
    }
    assert_eq!(
        status,
        json!({
            "prompts": 1,
            "deviceCodes": [{"user_code": authorization["user_code"], "state": "redeemed"}],
            "tokenRequests": [
                {"grant_type": "device_code", "outcome": "authorization_pending", "cae": false},
                {"grant_type": "device_code", "outcome": "issued", "cae": false},
                {"grant_type": "refresh_token", "outcome": "issued", "cae": true},
            ],
            "tokenRequestCounts": [
                {"grant_type": "device_code", "outcome": "authorization_pending", "count": 1},
                {"grant_type": "device_code", "outcome": "issued", "count": 1},
                {"grant_type": "refresh_token", "outcome": "issued", "count": 1},
            ],
        })
    );
}
