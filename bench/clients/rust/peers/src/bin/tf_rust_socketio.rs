use std::env;
use std::sync::Arc;

use futures_util::FutureExt;
use serde_json::Value;
use speed_meter::{Meter, number, void};
use tf_rust_socketio::asynchronous::ClientBuilder;
use tf_rust_socketio::{Payload, TransportType};
use tokio::sync::Semaphore;
use url::Url;

/// So many connections are opened at once, as drivebell does by default.
const HANDSHAKES: usize = 100;

#[tokio::main]
async fn main() {
    let meter = Meter::new();
    let may_end = number("MAY_END", 0) == 1;
    let url = env::var("NOTIFICATION_URL").expect("NOTIFICATION_URL");
    let mut url: Url = url.parse().expect("a URL");
    let namespace = url.path().to_owned();
    url.set_path("/");
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES));
    let mut sessions = Vec::new();
    for _ in 0..number("SESSIONS", 1) {
        let (handshakes, url, namespace) =
            (Arc::clone(&handshakes), url.clone(), namespace.clone());
        sessions.push(tokio::spawn(async move {
            let _turn = handshakes.acquire_owned().await;
            // Setup:
            let client = ClientBuilder::new(url)
                .namespace(namespace)
                .transport_type(TransportType::Websocket)
                .reconnect(true)
                .reconnect_on_disconnect(true)
                .on("open", move |_, _| async { meter.connected() }.boxed())
                .on("notification", move |payload, _| {
                    async move { saw(meter, payload) }.boxed()
                })
                // End of setup.
                .on("close", move |why, _| {
                    async move {
                        if !may_end {
                            void(&format!("{why:?}"));
                        }
                    }
                    .boxed()
                })
                .connect()
                .await;
            client.unwrap_or_else(|error| void(&error.to_string()))
        }));
    }
    let mut connected = Vec::new();
    for session in sessions {
        connected.push(session.await.expect("no panic"));
    }
    std::future::pending().await
}

// Setup:
fn saw(meter: &Meter, payload: Payload) {
    let Payload::Text(arguments, _) = payload else {
        return;
    };
    let Some(Value::String(text)) = arguments.first() else {
        return;
    };
    let event: Value = serde_json::from_str(text).expect("JSON");
    for note in event["value"].as_array().into_iter().flatten() {
        let (id, list) = (note["subscriptionId"].as_str(), note["resource"].as_str());
        meter.saw(id, list, note["expirationDateTime"].as_str());
    }
}
// End of setup.
