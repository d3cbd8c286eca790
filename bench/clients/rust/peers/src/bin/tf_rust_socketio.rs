use bench_peers::{read, run};
use bench_report::Report;
use futures_util::FutureExt;
use tf_rust_socketio::asynchronous::{Client, ClientBuilder};
use tf_rust_socketio::{Error, Payload, TransportType};
use url::Url;

#[tokio::main]
async fn main() {
    run(Report::start(), connect).await;
}

// Setup:
async fn connect(report: &'static Report, url: Url, namespace: String) -> Result<Client, Error> {
    ClientBuilder::new(url)
        .namespace(namespace)
        .transport_type(TransportType::Websocket)
        .reconnect(true)
        .reconnect_on_disconnect(true)
        .on("open", move |_, _| {
            async { report.event("connected", "") }.boxed()
        })
        .on("notification", move |payload, _| {
            async move { report.notification(|| handle(report, payload)) }.boxed()
        })
        .on("close", move |why, _| {
            async move { report.event("disconnected", &format!("{why:?}")) }.boxed()
        })
        .on("error", move |why, _| {
            async move { report.event("error", &format!("{why:?}")) }.boxed()
        })
        .connect()
        .await
}

fn handle(report: &Report, payload: Payload) {
    if let Payload::Text(arguments, _) = payload {
        read(report, arguments.first());
    }
}
// End of setup.
