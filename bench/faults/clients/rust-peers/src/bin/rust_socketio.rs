use faults_tell::{end_with_stdin, tell};
use futures_util::FutureExt;
use rust_socketio::{TransportType, asynchronous::ClientBuilder};
use url::Url;

#[tokio::main]
async fn main() {
    end_with_stdin();
    let mut url: Url = std::env::args()
        .nth(1)
        .expect("a URL")
        .parse()
        .expect("a URL");
    let namespace = url.path().to_owned();
    url.set_path("/");
    // Setup:
    let client = ClientBuilder::new(url)
        .namespace(namespace)
        .transport_type(TransportType::Websocket)
        .reconnect(true)
        .reconnect_on_disconnect(true)
        .on("open", |_, _| async { tell("connected", "") }.boxed())
        .on("notification", |_, _| {
            async { tell("notification", "") }.boxed()
        })
        .on("close", |why, _| {
            async move { tell("disconnected", &format!("{why:?}")) }.boxed()
        })
        .on("error", |why, _| {
            async move { tell("error", &format!("{why:?}")) }.boxed()
        })
        .connect()
        .await;
    // End of setup.
    match client {
        Ok(_client) => std::future::pending().await,
        Err(error) => tell("ended", &error.to_string()),
    }
}
