//! Token requests of all kinds.

use std::time::Duration;

use drivebell_simulator::Simulator;
use serde_json::{Value, json};

use super::client::{CLIENT, assert_error, claims, graph, post, refresh, sign_in, token};
use crate::support::start;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const DEFAULT: &str = "https://graph.microsoft.com/.default";

#[tokio::test]
async fn a_refresh_token_rotates_and_remains_valid() {
    let simulator = start().await;
    let first = sign_in(&simulator).await;
    let second = refresh(&simulator, &first, &[]).await.json();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_ne!(first["access_token"], second["access_token"]);
    assert_eq!(second["scope"], first["scope"]);
    for tokens in [&first, &second] {
        let response = refresh(&simulator, tokens, &[]).await;
        assert_eq!(response.status, 200);
        assert_eq!(graph(&simulator, "/me/drive", tokens).await.status, 200);
    }
    let scope = "Sites.Read.All";
    let third = refresh(&simulator, &first, &[("scope", scope)])
        .await
        .json();
    assert_eq!(claims(&third["access_token"])["scp"], scope);
    assert_eq!(third.get("refresh_token"), None);
    assert_eq!(third.get("id_token"), None);
    // Of another client, or of another service.
    let refresh_token = first["refresh_token"].as_str().expect("a token");
    let form = [
        ("client_id", "other"),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
    ];
    let response = post(&simulator, "token", &form).await;
    assert_error(&response, "invalid_grant", 70000);
    let response = refresh(&simulator, &json!({"refresh_token": "1.x.y"}), &[]).await;
    assert_error(&response, "invalid_grant", 9_002_313);
    let access_token = json!({"refresh_token": first["access_token"]});
    let response = refresh(&simulator, &access_token, &[]).await;
    assert_error(&response, "invalid_grant", 9_002_313);
}

#[tokio::test]
async fn claims_of_a_user() {
    let simulator = start().await;
    let tokens = sign_in(&simulator).await;
    let access = claims(&tokens["access_token"]);
    assert_eq!(access["aud"], "https://graph.microsoft.com");
    assert_eq!(
        (&access["scp"], &access["appid"]),
        (&json!("Files.Read"), &json!(CLIENT))
    );
    assert_eq!(access["idtyp"], "user");
    assert_eq!(access["preferred_username"], "alex@contoso.com");
    assert_eq!(access.get("roles"), None);
    assert_eq!(access.get("xms_cc"), None);
    let seconds = |name: &str| access[name].as_i64().expect("a time");
    assert_eq!(seconds("exp") - seconds("iat"), 3600);
    assert_eq!(seconds("nbf"), seconds("iat"));
    let tenant = access["tid"].as_str().expect("an id");
    let issuer = format!("{}/{tenant}/v2.0", simulator.base_url());
    assert_eq!(access["iss"], issuer);
    let id = claims(&tokens["id_token"]);
    for name in ["iss", "tid", "oid", "preferred_username", "exp"] {
        assert_eq!(id[name], access[name], "{name}");
    }
    assert_eq!(tokens.get("refresh_in"), None);
    assert_eq!(tokens.get("client_info"), None);
}

#[tokio::test]
async fn options_and_requests_change_the_response() {
    let simulator = Simulator::builder()
        .access_token_lifetime(Duration::from_secs(90))
        .token_refresh_in(Duration::from_secs(45));
    let simulator = simulator.start().await.expect("starts");
    let cae = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;
    let tokens = sign_in(&simulator).await;
    let more = [("claims", cae), ("client_info", "1")];
    let tokens = refresh(&simulator, &tokens, &more).await.json();
    assert_eq!(
        [
            &tokens["expires_in"],
            &tokens["ext_expires_in"],
            &tokens["refresh_in"]
        ],
        [90, 90, 45]
    );
    assert_eq!(claims(&tokens["access_token"])["xms_cc"], json!(["cp1"]));
    let info = format!("_.{}", tokens["client_info"].as_str().expect("text"));
    let info = claims(&Value::from(info));
    let access = claims(&tokens["access_token"]);
    assert_eq!(
        (&info["uid"], &info["utid"]),
        (&access["oid"], &access["tid"])
    );
}

#[tokio::test]
async fn an_application_has_roles() {
    let simulator = start().await;
    let form = [("grant_type", "client_credentials"), ("scope", DEFAULT)];
    let response = token(&simulator, &form).await;
    assert_eq!(response.status, 401);
    assert_error(&response, "invalid_client", 7_000_218);
    for credential in ["client_secret", "client_assertion"] {
        let form = [&form[..], &[(credential, "any")]].concat();
        let tokens = token(&simulator, &form).await.json();
        let access = claims(&tokens["access_token"]);
        assert_eq!(access["idtyp"], "app");
        assert_eq!(access["roles"], json!(["Files.Read.All", "Sites.Read.All"]));
        assert_eq!(access.get("scp"), None);
        assert_eq!(tokens.get("refresh_token"), None);
    }
    let form = [
        ("grant_type", "client_credentials"),
        ("client_secret", "any"),
        ("scope", "Files.Read"),
    ];
    let response = token(&simulator, &form).await;
    assert_error(&response, "invalid_scope", 1_002_012);
}

#[tokio::test]
async fn other_grants_of_a_user() {
    let simulator = Simulator::builder()
        .account("kim@x.com", "b!kim")
        .account("lee@x.com", "b!lee");
    let simulator = simulator.start().await.expect("starts");
    let upn = |tokens: &Value| claims(&tokens["access_token"])["upn"].clone();
    let form = [("grant_type", "authorization_code"), ("code", "any")];
    let tokens = token(&simulator, &form).await.json();
    assert_eq!(upn(&tokens), "kim@x.com");
    assert!(tokens["refresh_token"].is_string());
    assert_eq!(
        claims(&tokens["access_token"])["scp"],
        "Files.Read User.Read"
    );
    let password = |name| {
        [
            ("grant_type", "password"),
            ("username", name),
            ("password", "any"),
            ("scope", "Files.Read offline_access"),
        ]
    };
    let lee = token(&simulator, &password("Lee@x.com")).await.json();
    assert_eq!(upn(&lee), "lee@x.com");
    let response = token(&simulator, &password("nobody@x.com")).await;
    assert_error(&response, "invalid_grant", 50034);
    let assertion = lee["access_token"].as_str().expect("a token");
    let form = [
        ("grant_type", JWT_BEARER),
        ("client_secret", "any"),
        ("assertion", assertion),
        ("requested_token_use", "on_behalf_of"),
        ("scope", DEFAULT),
    ];
    let tokens = token(&simulator, &form).await.json();
    assert_eq!(upn(&tokens), "lee@x.com");
}

#[tokio::test]
async fn invalid_requests() {
    let simulator = start().await;
    let two = "Files.Read api://other/read";
    for (form, error, number) in [
        (&[][..], "invalid_request", 900_144),
        (&[("grant_type", "magic")], "unsupported_grant_type", 70003),
        (
            &[("grant_type", "authorization_code")],
            "invalid_request",
            900_144,
        ),
        (
            &[
                ("grant_type", "authorization_code"),
                ("code", "x"),
                ("scope", two),
            ],
            "invalid_scope",
            28000,
        ),
    ] {
        let response = token(&simulator, form).await;
        assert_eq!(response.status, 400, "{form:?}");
        assert_error(&response, error, number);
    }
}
