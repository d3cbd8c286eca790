//! The endpoint request: its responses and errors.

use std::time::Duration;

use crate::support::{
    Response, TOKEN, builder, call, endpoint, http, request_endpoint, send, start,
};
use drivebell_simulator::{EndpointShape, Simulator};

const MINE: &str = "/v1.0/me/drive/root/subscriptions/socketIo";

async fn request_with(simulator: &Simulator, headers: &[(&str, &str)]) -> Response {
    let mut request = http().get(format!("{}{MINE}", simulator.base_url()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request).await
}

fn keys(response: &Response) -> Vec<String> {
    let object = response.json();
    object
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect()
}

#[tokio::test]
async fn the_observed_shape() {
    let simulator = start().await;
    let response = request_endpoint(&simulator, "/me/drive/root").await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), "application/json");
    assert_eq!(
        keys(&response),
        [
            "@odata.context",
            "clientState",
            "expirationDateTime",
            "id",
            "notificationUrl"
        ]
    );
    let body = response.json();
    assert_eq!(
        body["@odata.context"],
        "https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity"
    );
    assert_eq!(
        body["clientState"],
        "system-managed:8082D436-D8DA-458D-96AD-34C902B73F37"
    );
    let expires = body["expirationDateTime"].as_str().expect("an instant");
    let fraction = expires.strip_suffix('Z').and_then(|at| at.split_once('.'));
    assert_eq!(
        fraction.map(|(_, digits)| digits.len()),
        Some(7),
        "{expires}"
    );
    let expires: jiff::Timestamp = expires.parse().expect("an instant");
    let left = expires.duration_since(jiff::Timestamp::now());
    assert!((3590..=3600).contains(&left.as_secs()), "{left}");
    assert_eq!(body["id"].as_str().map(str::len), Some(36));
    let url = body["notificationUrl"].as_str().expect("a URL");
    let prefix = format!("{}/notifications?token=", simulator.base_url());
    assert!(url.starts_with(&prefix), "{url}");
    assert!(url.contains("&applicationId="), "{url}");
}

#[tokio::test]
async fn the_documented_shape() {
    let simulator = builder()
        .endpoint_shape(EndpointShape::Documented)
        .start()
        .await;
    let simulator = simulator.expect("starts");
    let response = request_endpoint(&simulator, "/me/drive/root").await;
    assert_eq!(keys(&response), ["@odata.context", "id", "notificationUrl"]);
    let body = response.json();
    let url = body["notificationUrl"].as_str().expect("a URL");
    let prefix = format!("{}/zbaehwg/callback?snthgk=", simulator.base_url());
    assert!(url.starts_with(&prefix), "{url}");
}

#[tokio::test]
async fn every_request_returns_a_new_url() {
    let simulator = start().await;
    let first = endpoint(&simulator, "/me/drive/root").await;
    let second = endpoint(&simulator, "/me/drive/root").await;
    assert_ne!(first["notificationUrl"], second["notificationUrl"]);
    assert_ne!(first["id"], second["id"]);
}

#[tokio::test]
async fn every_path_to_a_drive() {
    let simulator = builder()
        .drive("b!x#y")
        .alias("/groups/g%201/drive", "b!x#y")
        .start()
        .await
        .expect("starts");
    for path in [
        "/me/drive/root",
        "/drives/b!me/root",
        "/drives/b%21team/list",
        "/drives/b!x%23y/root",
        "/groups/team/drive/root",
        "/groups/g%201/drive/root",
        "/sites/contoso/lists/documents/drive/root",
        "/sites/contoso/lists/documents",
        "/users/alex@contoso.com/drive/root",
        "/users/alex%40contoso.com/drive/root",
        "/sites/contoso/drive/root",
    ] {
        let response = request_endpoint(&simulator, path).await;
        assert_eq!(response.status, 200, "{path}: {}", response.body);
    }
    for path in [
        "/drives/none/root",
        "/groups/none/drive/root",
        "/sites/none/drive/root",
        "/sites/contoso/lists/none",
        "/users/none/drive/root",
    ] {
        let response = request_endpoint(&simulator, path).await;
        assert_eq!(
            (response.status, response.code().as_str()),
            (404, "itemNotFound"),
            "{path}"
        );
    }
    for path in [
        "/me/drive",
        "/groups/team/root",
        "/sites/contoso/root",
        "/planets/x",
        "/me/drive/root/x",
    ] {
        let response = request_endpoint(&simulator, path).await;
        assert_eq!(
            (response.status, response.code().as_str()),
            (400, "BadRequest"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn beta_is_equivalent() {
    let simulator = start().await;
    let url = format!(
        "{}/beta/me/drive/root/subscriptions/socketIo",
        simulator.base_url()
    );
    let request = http().get(url).bearer_auth(TOKEN);
    let response = send(request.header("content-type", "application/json")).await;
    let context = response.json()["@odata.context"].clone();
    assert_eq!(
        context,
        "https://graph.microsoft.com/beta/$metadata#subscriptions/$entity"
    );
}

#[tokio::test]
async fn a_token_that_is_not_accepted() {
    let simulator = start().await;
    let json = ("content-type", "application/json");
    for authorization in [
        None,
        Some("Bearer other"),
        Some("Basic accepted"),
        Some("Bearer"),
    ] {
        let mut headers = vec![json, ("client-request-id", "mine")];
        headers.extend(authorization.map(|value| ("authorization", value)));
        let response = request_with(&simulator, &headers).await;
        assert_eq!(response.status, 401, "{authorization:?}");
        assert_eq!(response.code(), "InvalidAuthenticationToken");
        assert!(response.header("www-authenticate").starts_with("Bearer "));
        let inner = response.json()["error"]["innerError"].clone();
        assert_eq!(inner["client-request-id"], "mine");
        assert_eq!(inner["request-id"], response.header("request-id"));
        assert_eq!(inner["date"].as_str().map(str::len), Some(19));
    }
}

#[tokio::test]
async fn any_token_may_count_as_one_with_application_permissions() {
    let simulator = builder().app_only(true).start().await.expect("starts");
    let refused = request_endpoint(&simulator, "/me/drive/root").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "accessDenied")
    );
    let delta = call(&simulator, "GET", "/v1.0/me/drive/root/delta", None).await;
    assert_eq!(delta.status, 200);
    let path = "/_simulator/identity/app-only?value=false";
    assert_eq!(call(&simulator, "POST", path, None).await.status, 204);
    endpoint(&simulator, "/me/drive/root").await;
    simulator.set_app_only(true);
    assert_eq!(
        request_endpoint(&simulator, "/me/drive/root").await.status,
        403
    );
}

#[tokio::test]
async fn application_permissions_are_refused() {
    // {"idtyp":"app"}
    let token = "e30.eyJpZHR5cCI6ImFwcCJ9.signature";
    let simulator = builder().token(token).start().await.expect("starts");
    let authorization = format!("Bearer {token}");
    let headers = [
        ("content-type", "application/json"),
        ("authorization", &*authorization),
    ];
    let response = request_with(&simulator, &headers).await;
    assert_eq!(
        (response.status, response.code().as_str()),
        (403, "accessDenied")
    );
}

#[tokio::test]
async fn the_content_type_is_required() {
    let simulator = start().await;
    let response = call(&simulator, "GET", MINE, None).await;
    assert_eq!(
        (response.status, response.code().as_str()),
        (400, "invalidRequest")
    );
    let response = call(&simulator, "POST", MINE, None).await;
    assert_eq!(response.status, 405);
}

#[tokio::test]
async fn requests_have_ids() {
    let simulator = start().await;
    let authorization = format!("Bearer {TOKEN}");
    let headers = [
        ("content-type", "application/json"),
        ("authorization", &*authorization),
        ("client-request-id", "7d1b0e3c"),
    ];
    let response = request_with(&simulator, &headers).await;
    assert_eq!(response.header("client-request-id"), "7d1b0e3c");
    assert_eq!(response.header("request-id").len(), 36);
}

#[tokio::test]
async fn the_lifetime_is_an_option() {
    let simulator = builder()
        .lifetime(Duration::from_secs(90))
        .start()
        .await
        .expect("starts");
    let body = endpoint(&simulator, "/me/drive/root").await;
    let expires = body["expirationDateTime"].as_str().expect("an instant");
    let expires: jiff::Timestamp = expires.parse().expect("an instant");
    let left = expires.duration_since(jiff::Timestamp::now());
    assert!((80..=90).contains(&left.as_secs()), "{left}");
}

#[tokio::test]
async fn each_user_has_a_drive_of_their_own() {
    let builder = builder().user("of-alex", "b!alex").user("of-kim", "b!kim");
    let simulator = builder.start().await.expect("starts");
    let request_with = async |token: &str, drive: &str| {
        let path = format!("/v1.0{drive}/root");
        let url = format!("{}{path}", simulator.base_url());
        send(
            http()
                .get(url.replace("/root", "/items/root"))
                .bearer_auth(token),
        )
        .await
    };
    let ids = [
        request_with("of-alex", "/me/drive").await,
        request_with("of-kim", "/me/drive").await,
        request_with(TOKEN, "/me/drive").await,
    ]
    .map(|response| response.json()["parentReference"]["driveId"].to_string());
    assert_eq!(ids, [r#""b!alex""#, r#""b!kim""#, r#""b!me""#]);
    let forbidden = request_with("of-alex", "/drives/b!kim").await;
    assert_eq!(
        (forbidden.status, forbidden.code().as_str()),
        (403, "accessDenied")
    );
    assert_eq!(request_with("of-alex", "/drives/b!team").await.status, 200);
    assert_eq!(request_with(TOKEN, "/drives/b!kim").await.status, 200);
}
