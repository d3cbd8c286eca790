//! The options of delta queries.

use serde_json::Value;

use super::follower::{DELTA, Follower, delete, put};
use crate::support::{Response, TOKEN, builder, call, http, send, start};

fn fields(item: &Value) -> Vec<&str> {
    let fields = item.as_object().expect("an object");
    fields.keys().map(String::as_str).collect()
}

#[tokio::test]
async fn the_size_of_a_page() {
    let simulator = builder().page_size(3).seed("b!me", 9);
    let simulator = simulator.start().await.expect("starts");
    for (query, pages) in [
        ("", &[3, 3, 3, 1][..]),
        ("?$top=4", &[4, 4, 2]),
        ("?%24top=100", &[10]),
        ("?$top=10", &[10]),
        ("?$top=5&token=", &[5, 5]),
    ] {
        let mut follower = Follower::new(&simulator, &format!("{DELTA}{query}"));
        follower.round().await;
        assert_eq!(follower.pages, pages, "{query}");
    }
    for bad in ["0", "-1", "x", ""] {
        let path = format!("{DELTA}?$top={bad}");
        let response = call(&simulator, "GET", &path, None).await;
        assert_eq!(response.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn a_preferred_size_applies_to_one_request() {
    let simulator = builder().page_size(8).seed("b!me", 9);
    let simulator = simulator.start().await.expect("starts");
    let ask = |url: String, prefer: &'static str| async move {
        let request = http().get(url).bearer_auth(TOKEN);
        send(request.header("prefer", prefer)).await
    };
    let items = |response: &Response| response.json()["value"].as_array().map_or(0, Vec::len);
    let url = format!("{}{DELTA}", simulator.base_url());
    let first = ask(url.clone(), "odata.maxpagesize=2").await;
    assert_eq!(first.header("preference-applied"), "odata.maxpagesize=2");
    assert_eq!(items(&first), 2);
    let next = first.json()["@odata.nextLink"]
        .as_str()
        .expect("a link")
        .to_owned();
    let second = ask(next.clone(), "hierarchicalsharing").await;
    assert_eq!(items(&second), 8);
    assert_eq!(items(&ask(url, "odata.maxpagesize=9").await), 9);
    assert!(second.headers.get("preference-applied").is_none());
    assert_eq!(
        items(&ask(format!("{next}&$top=1"), "odata.maxpagesize=3").await),
        1
    );
}

#[tokio::test]
async fn only_some_fields_in_every_page_and_round() {
    let simulator = builder().page_size(2).start().await.expect("starts");
    put(&simulator, "a/b", "").await;
    let path = format!("{DELTA}?$select=name,size&$expand=thumbnails");
    let mut follower = Follower::new(&simulator, &path);
    let mut items = follower.round().await;
    assert_eq!(items.len(), 3);
    put(&simulator, "c", "").await;
    items.extend(follower.round().await);
    for item in &items {
        assert_eq!(fields(item), ["@odata.type", "id", "name", "size"]);
    }
    delete(&simulator, "/root:/c:").await;
    let items = follower.round().await;
    assert_eq!(fields(&items[1]), ["@odata.type", "deleted", "id", "size"]);
}

#[tokio::test]
async fn a_token_is_needed() {
    let simulator = start().await;
    let url = format!("{}{DELTA}", simulator.base_url());
    assert_eq!(send(http().get(url)).await.status, 401);
}
