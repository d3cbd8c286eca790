//! Tokens, and the links that carry them.

use std::time::Duration;

use drivebell_simulator::{DeltaLinks, DriveType};
use jiff::Timestamp;
use serde_json::json;

use super::follower::{DELTA, Follower, names, put, truth};
use crate::support::{builder, call, start};

#[tokio::test]
async fn latest_starts_with_later_changes() {
    let simulator = start().await;
    put(&simulator, "a", "").await;
    for path in [
        "/v1.0/me/drive/root/delta?token=latest",
        "/v1.0/me/drive/root/delta(token='latest')",
    ] {
        let mut follower = Follower::new(&simulator, path);
        let (items, last) = follower.page().await;
        assert!(items.is_empty() && last);
        put(&simulator, "b", "").await;
        assert_eq!(names(&follower.round().await), ["root", "b"]);
    }
}

#[tokio::test]
async fn malformed_tokens_are_refused() {
    let simulator = start().await;
    let team = Follower::caught_up(&simulator, "/v1.0/drives/b!team/root/delta").await;
    let list = Follower::new(
        &simulator,
        "/v1.0/drives/b!me/list/items/delta?token=latest",
    );
    let list = list.get(&list.link).await.json();
    let token = |link: &str| link.split_once("token=").expect("a token").1.to_owned();
    let team = token(&team.link);
    let list = token(list["@odata.deltaLink"].as_str().expect("a link"));
    for bad in ["x", "LATEST", "a%20b", "%C3%A4", &team[1..], &team, &list] {
        for path in [
            format!("{DELTA}?token={bad}"),
            format!("{DELTA}(token='{bad}')"),
        ] {
            let response = call(&simulator, "GET", &path, None).await;
            assert_eq!(response.status, 400, "{path}");
            assert_eq!(response.code(), "invalidRequest", "{path}");
            assert!(response.headers.get("location").is_none());
        }
    }
    // An empty token is like none.
    let path = format!("{DELTA}?token=");
    let all = call(&simulator, "GET", &path, None).await.json();
    assert_eq!(names(all["value"].as_array().expect("an array")), ["root"]);
}

#[tokio::test]
async fn a_timestamp_on_a_business_drive() {
    let simulator = start().await;
    put(&simulator, "before", "").await;
    let between = Timestamp::now();
    put(&simulator, "after", "").await;
    let encoded = between.to_string().replace(':', "%3A");
    let mut follower = Follower::new(&simulator, &format!("{DELTA}?token={encoded}"));
    assert_eq!(names(&follower.round().await), ["root", "after"]);
    assert!(follower.round().await.is_empty());
    for (token, expected) in [
        ("2021-09-29T20:00:00Z", 3),
        ("2021-09-29T12%3A00%3A00%2B08%3A00", 3),
        ("2199-01-01T00%3A00%3A00Z", 0),
    ] {
        let mut follower = Follower::new(&simulator, &format!("{DELTA}?token={token}"));
        assert_eq!(follower.round().await.len(), expected, "{token}");
    }
}

#[tokio::test]
async fn no_timestamp_on_a_personal_drive() {
    let simulator = builder().drive_type(DriveType::Personal);
    let simulator = simulator.start().await.expect("starts");
    let path = format!("{DELTA}?token=2021-09-29T20%3A00%3A00Z");
    let response = call(&simulator, "GET", &path, None).await;
    assert_eq!(
        (response.status, response.code().as_str()),
        (400, "invalidRequest")
    );
}

#[tokio::test]
async fn both_forms_of_links() {
    for (links, forms) in [
        (DeltaLinks::Query, ["?token=", "?token=", "?token="]),
        (
            DeltaLinks::Parentheses,
            ["(token='", "(token='", "(token='"],
        ),
        (DeltaLinks::Mixed, ["(token='", "?token=", "(token='"]),
    ] {
        let simulator = builder().delta_links(links).page_size(2).seed("b!me", 4);
        let simulator = simulator.start().await.expect("starts");
        let mut follower = Follower::new(&simulator, DELTA);
        for form in forms {
            follower.page().await;
            let (_, token) = follower.link.split_once("/delta").expect("delta");
            assert!(token.starts_with(form), "{}", follower.link);
        }
        assert_eq!(follower.known, truth(&simulator, "b!me").await);
    }
}

#[tokio::test]
async fn each_link_works_in_the_other_form() {
    let simulator = builder().page_size(1).seed("b!me", 3);
    let simulator = simulator.start().await.expect("starts");
    let mut follower = Follower::new(&simulator, DELTA);
    follower.page().await;
    let token = follower.link.split_once("token=").expect("a token").1;
    for path in [
        format!("{DELTA}?token={token}"),
        format!("{DELTA}?token='{token}'"),
        format!("{DELTA}(token='{token}')"),
        format!("{DELTA}%28token%3D%27{token}%27%29"),
        format!("{DELTA}(token={token})"),
    ] {
        let page = call(&simulator, "GET", &path, None).await.json();
        assert_eq!(page["value"][0]["name"], "folder-00001", "{path}");
    }
}

#[tokio::test]
async fn links_lead_to_the_host_of_the_request() {
    let simulator = start().await;
    let url = format!("http://localhost:{}{DELTA}", simulator.port());
    let follower = Follower::new(&simulator, DELTA);
    let body = follower.get(&url).await.json();
    let link = body["@odata.deltaLink"].as_str().expect("a link");
    assert!(link.starts_with(&url), "{link}");
}

#[tokio::test]
async fn an_expired_token_causes_410() {
    let simulator = builder().delta_token_lifetime(Duration::from_millis(20));
    let simulator = simulator.start().await.expect("starts");
    let follower = Follower::caught_up(&simulator, &format!("{DELTA}?$top=7")).await;
    let response = loop {
        let response = follower.get(&follower.link).await;
        if response.status != 200 {
            break response;
        }
    };
    assert_eq!(response.status, 410);
    assert_eq!(response.code(), "resyncChangesApplyDifferences");
    let restart = response.header("location");
    let prefix = format!("{}{DELTA}?token=", simulator.base_url());
    assert!(restart.starts_with(&prefix), "{restart}");
}

#[tokio::test]
async fn a_token_of_another_run_causes_410() {
    let before = start().await;
    put(&before, "a", "").await;
    let old = Follower::caught_up(&before, &format!("{DELTA}?$select=name,size")).await;
    let simulator = start().await;
    put(&simulator, "b", "").await;
    let token = old.link.split_once("token=").expect("a token").1;
    let path = format!("{DELTA}?token={token}");
    let response = call(&simulator, "GET", &path, None).await;
    assert_eq!(response.status, 410);
    let again = Follower::new(&simulator, "");
    let items = again.get(response.header("location")).await.json();
    // The options of the old token still apply.
    assert_eq!(items["value"][0]["name"], "root");
    assert_eq!(
        items["value"][1].as_object().map(serde_json::Map::len),
        Some(4)
    );
    assert_eq!(items["value"][1]["name"], json!("b"));
}
