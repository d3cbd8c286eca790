use std::time::Duration;

use drivebell::{Client, Credential};

use crate::service::TOKEN;

pub(crate) fn client(base_url: &str) -> Result<Client, String> {
    let credential = Credential::token(TOKEN).map_err(|error| error.to_string())?;
    let seconds = Duration::from_secs;
    Client::builder(credential)
        .base_url(base_url)
        .renew_before(seconds(5))
        .retry_min(Duration::from_millis(50))
        .retry_max(seconds(1))
        .retry_reset_after(seconds(5))
        .request_timeout(seconds(2))
        .connect_timeout(seconds(2))
        .open_timeout(seconds(2))
        .join_timeout(seconds(2))
        .start_timeout(None)
        .max_endpoint_calls_per_second(1_000)
        .build()
        .map_err(|error| error.to_string())
}
