//! Time that is moved: what was issued expires, and what is issued afterwards is fresh.

use std::time::Duration;

use crate::identity::client::{device_code, graph, poll, token};
use crate::support::{
    Socket, TOKEN, builder, call, endpoint, error_body, http, refused, send, socket_url, start,
    until,
};
use drivebell_simulator::AtExpiry;
use jiff::Timestamp;
use serde_json::json;

const HOUR: Duration = Duration::from_hours(1);
const ME: &str = "/me/drive/root";

#[tokio::test]
async fn notification_urls_expire_and_new_ones_live_as_long_as_ever() {
    let simulator = builder().at_expiry(AtExpiry::Drop).start().await;
    let simulator = simulator.expect("starts");
    let mine = endpoint(&simulator, ME).await;
    let mut socket = Socket::join(&mine).await;
    until(|| simulator.connected() == 1).await;
    let session = &simulator.sessions()[0];
    assert_eq!(
        (&session.drive, &json!(session.subscription_id)),
        (&"b!me".to_owned(), &mine["id"])
    );
    let left = session.expires_at_micros - session.joined_at_micros;
    assert!((3_500_000_000..=3_600_000_000).contains(&left), "{left}");

    simulator.advance(HOUR / 2);
    assert_eq!(simulator.connected(), 1);
    simulator.advance(HOUR / 2);
    assert!(socket.until_end().await.is_empty());
    assert_eq!(
        refused(&socket_url(&mine).1).await,
        (403, error_body(4, "Forbidden"))
    );
    let renewed = endpoint(&simulator, ME).await;
    let expiry: Timestamp = renewed["expirationDateTime"]
        .as_str()
        .and_then(|text| text.parse().ok())
        .expect("a time");
    let left = expiry.duration_since(Timestamp::now()).as_secs();
    assert!((3500..=3600).contains(&left), "{left}");
    Socket::join(&renewed).await;
}

#[tokio::test]
async fn access_tokens_expire_and_a_refresh_token_brings_another() {
    let simulator = start().await;
    let form = [
        ("grant_type", "password"),
        ("username", "alex@contoso.com"),
        ("password", "any"),
        (
            "scope",
            "https://graph.microsoft.com/Files.Read offline_access",
        ),
    ];
    let tokens = token(&simulator, &form).await.json();
    simulator.advance(Duration::from_mins(59));
    assert_eq!(graph(&simulator, ME, &tokens).await.status, 200);
    simulator.advance(Duration::from_mins(1));
    assert_eq!(graph(&simulator, ME, &tokens).await.status, 401);
    let refresh_token = tokens["refresh_token"].as_str().expect("a token");
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
    ];
    let fresh = token(&simulator, &form).await.json();
    assert_eq!(fresh["expires_in"], 3600);
    assert_eq!(graph(&simulator, ME, &fresh).await.status, 200);
}

#[tokio::test]
async fn device_codes_and_delta_tokens_expire() {
    let simulator = builder()
        .sign_in_takes("never".parse().expect("valid"))
        .delta_token_lifetime(HOUR)
        .start()
        .await
        .expect("starts");
    let code = device_code(&simulator).await;
    let path = "/v1.0/me/drive/root/delta?token=latest";
    let page = call(&simulator, "GET", path, None).await.json();
    let link = page["@odata.deltaLink"]
        .as_str()
        .expect("a link")
        .to_owned();

    let advance = format!("{}/_simulator/advance?seconds=3600", simulator.base_url());
    assert_eq!(send(http().post(advance)).await.status, 204);
    let answer = poll(&simulator, &code).await.json();
    assert_eq!(answer["error"], "expired_token");
    assert_eq!(send(http().get(link).bearer_auth(TOKEN)).await.status, 410);
    let page = call(&simulator, "GET", path, None).await.json();
    let link = page["@odata.deltaLink"].as_str().expect("a link");
    assert_eq!(send(http().get(link).bearer_auth(TOKEN)).await.status, 200);
}

#[tokio::test]
async fn time_moves_forward_only() {
    let simulator = start().await;
    for seconds in ["-1", "nan", "1e12", "x", ""] {
        let base = simulator.base_url();
        let url = format!("{base}/_simulator/advance?seconds={seconds}");
        assert_eq!(send(http().post(url)).await.status, 400, "{seconds}");
    }
}
