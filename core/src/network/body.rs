use bytes::{Bytes, BytesMut};
use reqwest::Response;

use super::network::Network;
use crate::{Error, ErrorKind};

const MAX_RESERVED: usize = 1024 * 1024;

/// The body of a response, if it has at most `limit` bytes.
pub(crate) async fn read_body(
    network: &Network,
    mut response: Response,
    url: &str,
    limit: usize,
) -> Result<Bytes, Error> {
    let host = response.url().host_str().unwrap_or_default().to_owned();
    let too_large = || {
        Error::new(
            ErrorKind::Protocol,
            format!("{host} answered with more than {limit} bytes, the limit for this request"),
        )
    };
    let length = response.content_length().unwrap_or_default();
    if length > limit as u64 {
        return Err(too_large());
    }
    // A large body is not copied as it grows. What a server only promises costs little.
    let reserved = usize::try_from(length).map_or(MAX_RESERVED, |length| length.min(MAX_RESERVED));
    let mut body = BytesMut::with_capacity(reserved);
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| network.request_error(error, url))?
    {
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
