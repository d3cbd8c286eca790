//! The links in the response to a delta query.

use axum::http::{HeaderMap, Uri, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::token::Token;
use crate::behaviour::DeltaLinks;

const TOKEN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// Writes links to the host and path of the request.
#[derive(Debug)]
pub(super) struct Links {
    base: String,
    form: DeltaLinks,
}

impl Links {
    pub(super) fn to(uri: &Uri, headers: &HeaderMap, port: u16, form: DeltaLinks) -> Self {
        let host = headers.get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok());
        let host = host.map_or_else(|| format!("127.0.0.1:{port}"), ToOwned::to_owned);
        let path = uri.path();
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        Self {
            base: format!("http://{host}{parent}/delta"),
            form,
        }
    }

    pub(super) fn write(&self, token: &Token) -> String {
        let base = &self.base;
        let text = token.write();
        let text = utf8_percent_encode(&text, TOKEN);
        let parentheses = match self.form {
            DeltaLinks::Query => false,
            DeltaLinks::Parentheses => true,
            DeltaLinks::Mixed => !token.links.is_multiple_of(2),
        };
        if parentheses {
            format!("{base}(token='{text}')")
        } else {
            format!("{base}?token={text}")
        }
    }
}
