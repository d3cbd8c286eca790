use drivebell::Endpoint;
use napi_derive::napi;

use crate::time;

#[napi(object, object_from_js = false)]
pub struct NativeEndpoint {
    pub id: Option<String>,
    pub notification_url: String,
    pub host: String,
    /// In milliseconds since 1970.
    pub expires_at: f64,
    pub client_state: Option<String>,
    /// A JSON object, as text.
    pub additional_data: String,
}

impl From<Endpoint> for NativeEndpoint {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id().map(str::to_owned),
            notification_url: endpoint.notification_url().to_owned(),
            host: endpoint.host().to_owned(),
            expires_at: time::unix_milliseconds(endpoint.expires_at()),
            client_state: endpoint.client_state().map(str::to_owned),
            additional_data: endpoint.additional_json(),
        }
    }
}
