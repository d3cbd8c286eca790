//! The page of `--ui`: who gets it. tests/extra uses it in a browser.

use crate::support::{Socket, TOKEN, builder, endpoint, http, send, start, until};
use serde_json::json;

#[tokio::test]
async fn nothing_is_served_without_the_option() {
    let simulator = start().await;
    for path in ["/", "/_simulator/ui/page.js", "/_simulator/ui/state"] {
        let url = format!("{}{path}", simulator.base_url());
        assert_eq!(send(http().get(url)).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere() {
    let simulator = builder().ui(true).start().await.expect("starts");
    for (path, media_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/_simulator/ui/page.css", "text/css; charset=utf-8"),
        ("/_simulator/ui/page.js", "text/javascript; charset=utf-8"),
        ("/_simulator/ui/api.js", "text/javascript; charset=utf-8"),
        ("/_simulator/ui/dialog.js", "text/javascript; charset=utf-8"),
        (
            "/_simulator/ui/elements.js",
            "text/javascript; charset=utf-8",
        ),
        ("/_simulator/ui/faults.js", "text/javascript; charset=utf-8"),
        ("/_simulator/ui/tree.js", "text/javascript; charset=utf-8"),
    ] {
        let url = format!("{}{path}", simulator.base_url());
        let response = send(http().get(url)).await;
        assert_eq!(response.status, 200, "{path}");
        assert_eq!(response.header("content-type"), media_type);
        let policy = response.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        for elsewhere in ["http://", "https://", "url(", "innerHTML"] {
            assert!(!response.body.contains(elsewhere), "{path}: {elsewhere}");
        }
    }
    assert!(simulator.requests().is_empty());
}

#[tokio::test]
async fn pages_of_other_origins_are_refused() {
    let simulator = builder().ui(true).start().await.expect("starts");
    for (header, value) in [
        ("host", "evil.example"),
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
    ] {
        for path in ["/", "/_simulator/ui/state", "/_simulator/requests"] {
            let url = format!("{}{path}", simulator.base_url());
            let response = send(http().get(url).header(header, value)).await;
            assert_eq!(response.status, 403, "{path} {header}: {value}");
            assert!(
                response
                    .headers
                    .get("access-control-allow-origin")
                    .is_none()
            );
        }
        let url = format!(
            "{}/_simulator/files?drive=b!me&path=/x",
            simulator.base_url()
        );
        assert_eq!(
            send(http().put(url).header(header, value)).await.status,
            403
        );
    }
    let url = format!("{}/_simulator/items?drive=b!me", simulator.base_url());
    let items = send(http().get(url)).await.json();
    assert_eq!(items.as_array().map(Vec::len), Some(1), "only the root");
}

#[tokio::test]
async fn the_state_has_what_the_page_shows_and_no_secret() {
    let simulator = builder().ui(true).start().await.expect("starts");
    let _socket = Socket::join(&endpoint(&simulator, "/me/drive/root").await).await;
    until(|| simulator.connected() == 1).await;
    simulator.notify("b!me", 3).expect("a drive");
    until(|| simulator.events().len() == 3).await;
    let url = format!("{}/_simulator/ui/state?after=1", simulator.base_url());
    let response = send(http().get(url)).await;
    let state = response.json();
    assert_eq!(state["sessions"][0]["drive"], "b!me");
    assert_eq!(state["drives"][0]["connected"], 1);
    assert_eq!(state["faults"], json!([]));
    let events = state["events"].as_array().expect("a list").iter();
    let sequences: Vec<_> = events.map(|event| &event["sequence"]).collect();
    assert_eq!(sequences, [2, 3]);
    assert!(!response.body.contains("token") && !response.body.contains(TOKEN));
}
