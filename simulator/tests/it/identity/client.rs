//! A client of the identity service.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use drivebell_simulator::Simulator;
use serde_json::Value;

use crate::support::{Response, http, send};

pub(crate) const CLIENT: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const SCOPE: &str = "https://graph.microsoft.com/Files.Read openid offline_access";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

pub(crate) async fn post(simulator: &Simulator, path: &str, form: &[(&str, &str)]) -> Response {
    let url = format!("{}/common/oauth2/v2.0/{path}", simulator.base_url());
    send(http().post(url).form(form)).await
}

/// A token request with a client id.
pub(crate) async fn token(simulator: &Simulator, form: &[(&str, &str)]) -> Response {
    let form = [&[("client_id", CLIENT)], form].concat();
    post(simulator, "token", &form).await
}

/// A device authorization.
pub(crate) async fn device_code(simulator: &Simulator) -> Value {
    let form = [("client_id", CLIENT), ("scope", SCOPE)];
    let response = post(simulator, "devicecode", &form).await;
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()
}

pub(crate) async fn poll(simulator: &Simulator, authorization: &Value) -> Response {
    let device_code = authorization["device_code"].as_str().expect("a code");
    let form = [("grant_type", DEVICE_CODE), ("device_code", device_code)];
    token(simulator, &form).await
}

/// Signs in by device code.
pub(crate) async fn sign_in(simulator: &Simulator) -> Value {
    let response = poll(simulator, &device_code(simulator).await).await;
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()
}

pub(crate) async fn refresh(
    simulator: &Simulator,
    tokens: &Value,
    more: &[(&str, &str)],
) -> Response {
    let refresh_token = tokens["refresh_token"].as_str().expect("a refresh token");
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
    ];
    token(simulator, &[&form, more].concat()).await
}

/// The claims of a JWT.
pub(crate) fn claims(token: &Value) -> Value {
    let token = token.as_str().expect("a token");
    let payload = token.split('.').nth(1).expect("a JWT");
    let payload = URL_SAFE_NO_PAD.decode(payload).expect("base64");
    serde_json::from_slice(&payload).expect("JSON")
}

/// A request to Graph with the access token of a response.
pub(crate) async fn graph(simulator: &Simulator, path: &str, tokens: &Value) -> Response {
    let token = tokens["access_token"].as_str().expect("an access token");
    let url = format!("{}/v1.0{path}", simulator.base_url());
    let request = http().get(url).bearer_auth(token);
    send(request.header("content-type", "application/json")).await
}

pub(crate) async fn control(simulator: &Simulator, method: &str, path: &str) -> Response {
    let url = format!("{}/_simulator/identity{path}", simulator.base_url());
    send(http().request(method.parse().expect("a method"), url)).await
}

/// Asserts an error in Microsoft's format.
pub(crate) fn assert_error(response: &Response, error: &str, number: u32) {
    let body = response.json();
    assert_eq!(body["error"], error, "{body}");
    assert_eq!(body["error_codes"][0], number, "{body}");
    let description = body["error_description"].as_str().expect("text");
    assert!(
        description.starts_with(&format!("AADSTS{number}: ")),
        "{body}"
    );
    for (label, field) in [
        ("Trace ID", "trace_id"),
        ("Correlation ID", "correlation_id"),
        ("Timestamp", "timestamp"),
    ] {
        let value = body[field].as_str().expect("text");
        let part = format!("{label}: {value}");
        assert!(description.contains(&part), "{body}");
    }
}
