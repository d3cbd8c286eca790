use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue};

use super::endpoint::Endpoint;
use super::error::{Sent, from_response};
use crate::Error;

/// The endpoint in a response of Graph.
pub fn endpoint(body: &[u8], now: SystemTime) -> Result<Endpoint, Error> {
    Endpoint::parse(body, now)
}

/// The error for a response with these values of `Retry-After` and `request-id`.
pub fn graph_error(status: u16, headers: [&[u8]; 2], body: &[u8], token: &str) -> Option<Error> {
    let mut map = HeaderMap::new();
    for (name, value) in ["retry-after", "request-id"].into_iter().zip(headers) {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            map.insert(name, value);
        }
    }
    Some(from_response(
        StatusCode::from_u16(status).ok()?,
        &map,
        body,
        &Sent {
            client_request_id: "mine",
            token,
            graph_origin: "https://graph.microsoft.com",
            needs_user: true,
        },
        Duration::from_secs(3600),
    ))
}
