//! What the programs of the Rust peers share.

use std::env;
use std::fmt::Display;

use bench_report::{Report, start_sessions};
use serde_json::Value;
use url::Url;

/// Opens every session with `connect`, which gets the server's URL and the namespace, and keeps all
/// of them until the program ends.
pub async fn run<C, E, F>(report: &'static Report, connect: fn(&'static Report, Url, String) -> F)
where
    C: Send + 'static,
    E: Display + Send + 'static,
    F: Future<Output = Result<C, E>> + Send + 'static,
{
    let url = env::var("NOTIFICATION_URL").expect("NOTIFICATION_URL");
    let mut url: Url = url.parse().expect("a URL");
    let namespace = url.path().to_owned();
    url.set_path("/");
    let sessions = start_sessions(move |turn| {
        let connected = connect(report, url.clone(), namespace.clone());
        async move {
            let connected = connected.await;
            drop(turn);
            connected
        }
    });
    let mut clients = Vec::new();
    for session in sessions {
        match session.await.expect("no panic") {
            Ok(client) => clients.push(client),
            Err(error) => return report.event("ended", &error.to_string()),
        }
    }
    std::future::pending().await
}

// Setup:
/// Parses the argument of an event, as a user's handler would.
pub fn read(report: &Report, argument: Option<&Value>) {
    let Some(Value::String(text)) = argument else {
        return;
    };
    let event: Value = serde_json::from_str(text).expect("JSON");
    for note in event["value"].as_array().into_iter().flatten() {
        let (id, list) = (note["subscriptionId"].as_str(), note["resource"].as_str());
        report.read(id, list, note["expirationDateTime"].as_str());
    }
}
// End of setup.
