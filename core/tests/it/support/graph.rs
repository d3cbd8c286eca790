//! Clients of a scripted Graph, and its responses.

use std::time::Duration;

use drivebell::{Client, ClientBuilder, Credential, Endpoint, Error, Resource};
use serde_json::{Value, json};

use super::raw_server::{RawServer, Request};
use super::within;

/// Occurs in no message by chance.
pub(crate) const TOKEN: &str = "bearer-s3cr3t";

/// The query of the notification URLs of the scripted servers. All of it is secret.
pub(crate) const QUERY: &str = "token=w1-s3cr3t%2Fz%3D%3D&applicationId=22c49a0d";

pub(crate) const NAMESPACE: &str = "/notifications";

pub(crate) fn builder(base_url: impl Into<String>) -> ClientBuilder {
    let credential = Credential::token(TOKEN).expect("a usable token");
    // One attempt, so that the test gets the result of its scripted response.
    Client::builder(credential)
        .base_url(base_url)
        .retry_timeout(Duration::ZERO)
        .first_refusal_timeout(Duration::ZERO)
        .start_timeout(Duration::ZERO)
}

pub(crate) fn client(base_url: impl Into<String>) -> Client {
    builder(base_url).build().expect("usable options")
}

/// An endpoint's description in the observed form.
pub(crate) fn endpoint(notification_url: &str) -> Value {
    json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity",
        "clientState": "system-managed:8082D436-D8DA-458D-96AD-34C902B73F37",
        "expirationDateTime": "2125-12-24T03:32:50.8792357Z",
        "id": "f267729a-51a1-4e7b-a65d-fe76017a5b81",
        "notificationUrl": notification_url,
    })
}

/// Requests an endpoint, to which `respond` responds. Returns the client's result, and the
/// `client-request-id` that it sent.
pub(crate) async fn request_endpoint<F, T>(
    server: &RawServer,
    respond: F,
) -> (Result<Endpoint, Error>, Option<String>)
where
    F: AsyncFnOnce(Request) -> T,
{
    let client = client(server.base_url());
    let resource = Resource::my_drive();
    let serve = async {
        let request = server.request().await;
        let id = request.header("client-request-id").map(str::to_owned);
        (respond(request).await, id)
    };
    let both = async { tokio::join!(client.endpoint(&resource), serve) };
    let (result, (_held, id)) = within(both).await;
    (result, id)
}
