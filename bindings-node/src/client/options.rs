use drivebell::{ApiVersion, Client, Cloud, Credential, Error};
use napi_derive::napi;

use crate::number::whole;
use crate::time;

/// The options of a client, but for its credential. Durations are in milliseconds.
#[napi(object, object_to_js = false)]
pub struct NativeClientOptions {
    pub cloud: Option<String>,
    pub base_url: Option<String>,
    pub api_version: Option<String>,
    pub scopes: Option<Vec<String>>,
    pub proxy: Option<String>,
    pub ca_bundle: Option<String>,
    pub user_agent: Option<String>,
    pub request_timeout: Option<f64>,
    pub retry_timeout: Option<f64>,
    pub connect_timeout: Option<f64>,
    pub open_timeout: Option<f64>,
    pub join_timeout: Option<f64>,
    pub close_timeout: Option<f64>,
    pub credential_timeout: Option<f64>,
    pub token_refresh_margin: Option<f64>,
    /// Infinity: for ever.
    pub start_timeout: Option<f64>,
    pub renew_before: Option<f64>,
    pub retry_min: Option<f64>,
    pub retry_max: Option<f64>,
    pub retry_reset_after: Option<f64>,
    pub max_retry_after: Option<f64>,
    pub refusal_timeout: Option<f64>,
    pub max_handshakes: Option<f64>,
    pub max_endpoint_calls_per_second: Option<f64>,
    pub max_message_size: Option<f64>,
    pub mailbox_capacity: Option<f64>,
}

impl NativeClientOptions {
    pub(crate) fn build(self, credential: Credential) -> Result<Client, Error> {
        let mut builder = Client::builder(credential);
        if let Some(cloud) = self.cloud {
            builder = builder.cloud(cloud.parse::<Cloud>()?);
        }
        if let Some(base_url) = self.base_url {
            builder = builder.base_url(base_url);
        }
        if let Some(version) = self.api_version {
            builder = builder.api_version(version.parse::<ApiVersion>()?);
        }
        if let Some(scopes) = self.scopes {
            builder = builder.scopes(scopes);
        }
        if let Some(proxy) = self.proxy {
            builder = builder.proxy(proxy);
        }
        if let Some(path) = self.ca_bundle {
            builder = builder.ca_bundle(path);
        }
        if let Some(user_agent) = self.user_agent {
            builder = builder.user_agent(user_agent);
        }
        if let Some(timeout) = self.request_timeout {
            builder = builder.request_timeout(time::duration(timeout));
        }
        if let Some(timeout) = self.retry_timeout {
            builder = builder.retry_timeout(time::duration(timeout));
        }
        if let Some(timeout) = self.connect_timeout {
            builder = builder.connect_timeout(time::duration(timeout));
        }
        if let Some(timeout) = self.open_timeout {
            builder = builder.open_timeout(time::duration(timeout));
        }
        if let Some(timeout) = self.join_timeout {
            builder = builder.join_timeout(time::duration(timeout));
        }
        if let Some(timeout) = self.close_timeout {
            builder = builder.close_timeout(time::duration(timeout));
        }
        if let Some(timeout) = self.credential_timeout {
            builder = builder.credential_timeout(time::duration(timeout));
        }
        if let Some(margin) = self.token_refresh_margin {
            builder = builder.token_refresh_margin(time::duration(margin));
        }
        if let Some(timeout) = self.start_timeout {
            let limit = timeout.is_finite().then(|| time::duration(timeout));
            builder = builder.start_timeout(limit);
        }
        if let Some(before) = self.renew_before {
            builder = builder.renew_before(time::duration(before));
        }
        if let Some(limit) = self.retry_min {
            builder = builder.retry_min(time::duration(limit));
        }
        if let Some(limit) = self.retry_max {
            builder = builder.retry_max(time::duration(limit));
        }
        if let Some(live) = self.retry_reset_after {
            builder = builder.retry_reset_after(time::duration(live));
        }
        if let Some(longest) = self.max_retry_after {
            builder = builder.max_retry_after(time::duration(longest));
        }
        if let Some(timeout) = self.refusal_timeout {
            builder = builder.refusal_timeout(time::duration(timeout));
        }
        if let Some(count) = self.max_handshakes {
            builder = builder.max_handshakes(whole(count));
        }
        if let Some(count) = self.max_endpoint_calls_per_second {
            let count = u32::try_from(whole(count)).unwrap_or(u32::MAX);
            builder = builder.max_endpoint_calls_per_second(count);
        }
        if let Some(bytes) = self.max_message_size {
            builder = builder.max_message_size(whole(bytes));
        }
        if let Some(events) = self.mailbox_capacity {
            builder = builder.mailbox_capacity(whole(events));
        }
        builder.build()
    }
}
