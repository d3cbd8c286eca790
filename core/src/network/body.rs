use bytes::{Bytes, BytesMut};
use reqwest::Response;

use super::network::request_error;
use crate::{Error, ErrorKind};

/// The body of a response, if it has at most `limit` bytes.
pub(crate) async fn read_body(
    mut response: Response,
    host: &str,
    limit: usize,
) -> Result<Bytes, Error> {
    let too_large = || {
        Error::new(
            ErrorKind::Protocol,
            format!("{host} answered with more than {limit} bytes, the limit for this request"),
        )
    };
    if response
        .content_length()
        .is_some_and(|length| length > limit as u64)
    {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| request_error(error, host))?
    {
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
