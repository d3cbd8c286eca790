use std::error::Error;
use std::fmt::Display;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_nats::rustls;
use bytes::Bytes;
use drivebell::BoxError;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, Url};

use super::MAX_REPLY;
use super::reply::{self, Reply};
use crate::config::{read_bounded, show_duration};

/// Headers have some kilobytes.
const MAX_HEADERS: u64 = 64 * 1024;

/// All that browsers trust have some 200 kilobytes.
const MAX_CERTIFICATES: u64 = 4 * 1024 * 1024;

/// A token service that answers a POST.
pub(super) struct HttpService {
    client: Client,
    url: Url,
    header_file: Option<PathBuf>,
    timeout: Duration,
}

impl HttpService {
    pub(super) fn new(
        url: Url,
        header_file: Option<PathBuf>,
        ca_file: Option<&Path>,
        timeout: Duration,
    ) -> Result<Self, BoxError> {
        let mut client = Client::builder()
            .user_agent(concat!("drivebell-fleet/", env!("CARGO_PKG_VERSION")))
            // A token must not come from, nor a header go to, another place.
            .redirect(Policy::none())
            .timeout(timeout);
        if url.scheme() == "http" {
            // To a proxy, this machine is another one.
            client = client.no_proxy();
        }
        if let Some(path) = ca_file {
            client = client.tls_certs_merge(read_certificates(path)?);
        }
        let client = client.build().map_err(|error| match ca_file {
            Some(path) => unusable(
                path,
                &format_args!("cannot be trusted: {}", innermost(&error)),
            ),
            None => innermost(&error).to_string(),
        })?;
        Ok(Self {
            client,
            url,
            header_file,
            timeout,
        })
    }

    pub(super) async fn ask(&self, body: Bytes) -> Result<Reply, BoxError> {
        let headers = match &self.header_file {
            None => HeaderMap::new(),
            Some(path) => read_headers(path)?,
        };
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .headers(headers)
            .body(body);
        let response = request.send().await.map_err(|error| self.failed(&error))?;
        let status = response.status();
        let body = self.read(response).await?;
        let parsed = reply::parse(&self.name(), &body);
        match parsed {
            Ok(Reply::Token { .. }) if !status.is_success() => {
                Err(self.refused_with(status.as_u16()))
            }
            // An error as JSON says more than the status.
            Err(_) if !status.is_success() => Err(self.refused_with(status.as_u16())),
            parsed => parsed,
        }
    }

    /// One byte more than is allowed is read at most, and a chunk.
    async fn read(&self, mut response: Response) -> Result<Vec<u8>, BoxError> {
        let mut body = Vec::new();
        while body.len() <= MAX_REPLY
            && let Some(chunk) = response
                .chunk()
                .await
                .map_err(|error| self.failed(&error))?
        {
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// The path and the query may hold a secret.
    fn name(&self) -> String {
        format!(
            "the token service at {}",
            self.url.origin().ascii_serialization()
        )
    }

    fn refused_with(&self, status: u16) -> BoxError {
        let advice = match status {
            401 | 403 => "check the headers in tokens.header_file",
            404 | 405 => "check tokens.http",
            300..=399 => "redirects are not followed: set tokens.http to where it leads",
            _ => "see its log",
        };
        format!(
            "{} has answered with status {status}: {advice}",
            self.name()
        )
        .into()
    }

    fn failed(&self, error: &reqwest::Error) -> BoxError {
        if error.is_timeout() {
            return format!(
                "{} has not answered within {}: see whether it works, or lengthen tokens.timeout",
                self.name(),
                show_duration(self.timeout)
            )
            .into();
        }
        let cause = innermost(error);
        if let Some(rustls::Error::InvalidCertificate(problem)) = cause.downcast_ref() {
            return format!(
                "{} has a certificate that is not trusted: {problem}; if an authority of your own has \
                 issued it, name its file in tokens.tls_ca_file",
                self.name(),
            )
            .into();
        }
        format!(
            "{} cannot be reached: {cause}; see whether it runs",
            self.name()
        )
        .into()
    }
}

impl std::fmt::Debug for HttpService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpService")
            .field("host", &self.url.host_str())
            .field("header_file", &self.header_file)
            .finish_non_exhaustive()
    }
}

/// The certificates of a file in PEM, of which there must be one at least.
fn read_certificates(path: &Path) -> Result<Vec<Certificate>, String> {
    let text = File::open(path)
        .and_then(|file| read_bounded(file, MAX_CERTIFICATES))
        .map_err(|error| unusable(path, &format_args!("cannot be read: {error}")))?;
    match Certificate::from_pem_bundle(text.as_bytes()) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(unusable(path, &"holds no certificates in PEM")),
    }
}

fn unusable(path: &Path, problem: &dyn Display) -> String {
    format!("tokens.tls_ca_file {} {problem}", path.display())
}

/// What an error of reqwest comes from: without the URL, which the error repeats.
fn innermost(error: &reqwest::Error) -> &(dyn Error + 'static) {
    let mut cause: &(dyn Error + 'static) = error;
    // An `io::Error` leaves out what it holds when it is asked for its source.
    while let Some(source) = match cause.downcast_ref().and_then(io::Error::get_ref) {
        Some(held) => Some(held as _),
        None => cause.source(),
    } {
        cause = source;
    }
    cause
}

/// The headers of a file, one in a line. An error shows none of them.
fn read_headers(path: &Path) -> Result<HeaderMap, String> {
    let text = File::open(path)
        .and_then(|file| read_bounded(file, MAX_HEADERS))
        .map_err(|error| {
            format!(
                "tokens.header_file {} cannot be read: {error}",
                path.display()
            )
        })?;
    parse_headers(&text).map_err(|line| {
        format!(
            "tokens.header_file {}: line {line} is not a header, like Authorization: Bearer …",
            path.display()
        )
    })
}

/// The number of a line that is wrong, otherwise.
fn parse_headers(text: &str) -> Result<HeaderMap, usize> {
    let mut headers = HeaderMap::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let header = line.split_once(':').and_then(|(name, value)| {
            let name: HeaderName = name.trim().parse().ok()?;
            let mut value = HeaderValue::from_str(value.trim()).ok()?;
            value.set_sensitive(true);
            Some((name, value))
        });
        let (name, value) = header.ok_or(index + 1)?;
        headers.append(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_line_by_line() {
        let headers = parse_headers("# for the gateway\nAuthorization: Bearer x:y\n\nX-Key:1\r\n");
        let headers = headers.unwrap();
        assert_eq!(headers.len(), 2);
        assert_eq!(headers["authorization"], "Bearer x:y");
        assert_eq!(headers["x-key"], "1");
        for text in ["Bearer s3cr3t", "a b: c", "X: \u{1}"] {
            assert_eq!(parse_headers(&format!("A: b\n{text}")), Err(2), "{text}");
        }
    }
}
