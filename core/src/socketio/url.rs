use std::fmt;

use http::Uri;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use reqwest::Url;

use crate::foreign_text;
use crate::network::origin;
use crate::redact;
use crate::secret::Secret;
use crate::{Error, ErrorKind};

/// Characters that a URI cannot hold (RFC 3986, appendix A). All others of a query are sent as they
/// came.
const NOT_IN_A_URI: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');

/// Shorter parts of a query protect nothing, and occur in ordinary words.
const SHORTEST_SECRET: usize = 8;

/// Longer texts of the server are cut.
const MAX_SERVER_TEXT: usize = 200;

/// A notification URL, split as Socket.IO clients do: the path is the namespace, and the query goes
/// unchanged into the Engine.IO request.
///
/// The text itself is split, because the token in the query is opaque: decoding and encoding it
/// again could change it.
#[derive(Clone)]
pub(crate) struct NotificationUrl {
    /// Contains the query, so it is never shown.
    engine_uri: Uri,
    host: String,
    namespace: String,
    query: Option<Secret>,
    /// The ids of the sessions on this connection. Who has one can take over the session.
    session_ids: Vec<Secret>,
}

impl NotificationUrl {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let refuse = |problem: &str| {
            // The URL is a secret, so it is not shown.
            Error::new(
                ErrorKind::Protocol,
                format!("the notification URL {problem}"),
            )
        };
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| refuse("is not an absolute URL"))?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "https" | "wss" => "https",
            "http" | "ws" => "http",
            _ => return Err(refuse("is neither https nor wss")),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let (location, query) = match rest.split_once('?') {
            Some((location, query)) => (location, Some(query)),
            None => (rest, None),
        };
        let (authority, path) = match location.find('/') {
            Some(slash) => location.split_at(slash),
            None => (location, ""),
        };
        if authority.is_empty() {
            return Err(refuse("has no host"));
        }
        let parsed = Url::parse(&format!("{scheme}://{authority}/"))
            .map_err(|_| refuse("cannot be parsed"))?;
        if let Some(problem) = origin::transport_problem(&parsed) {
            return Err(refuse(&problem));
        }
        let namespace = if path.is_empty() { "/" } else { path };
        let query = query.filter(|query| !query.is_empty());
        Ok(Self {
            engine_uri: engine_uri(scheme, parsed.authority(), query)
                .map_err(|_| refuse("is not a valid URI"))?,
            host: parsed.host_str().unwrap_or_default().to_owned(),
            namespace: namespace.to_owned(),
            query: query.map(Secret::new),
            session_ids: Vec::new(),
        })
    }

    /// The host, which may be shown.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The namespace to join.
    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Makes a text of the server safe to show: short, and without the secrets of this URL, which
    /// the server may repeat.
    pub(crate) fn redact(&self, text: &str) -> String {
        foreign_text::shown(text, self.secrets(), MAX_SERVER_TEXT)
    }

    /// From now on, no text is shown that repeats this id.
    pub(crate) fn protect(&mut self, session_id: Secret) {
        self.session_ids.push(session_id);
    }

    /// The query and the values in it, and the ids of sessions.
    fn secrets(&self) -> impl Iterator<Item = &str> {
        let query = self.query.as_ref().map_or("", Secret::expose);
        let values = query
            .split('&')
            .map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
        std::iter::once(query)
            .chain(values)
            .chain(self.session_ids.iter().map(Secret::expose))
            .filter(|secret| secret.len() >= SHORTEST_SECRET)
    }

    /// The same URL without the last segment of the path, if that is `callback`: an older page of
    /// the documentation shows URLs in which it is not part of the namespace.
    pub(crate) fn without_callback(&self) -> Option<Self> {
        let namespace = self.namespace.strip_suffix("/callback")?;
        let namespace = if namespace.is_empty() { "/" } else { namespace };
        Some(Self {
            namespace: namespace.to_owned(),
            ..self.clone()
        })
    }

    /// The URL of the Engine.IO request, with the scheme `http` or `https`.
    pub(crate) fn engine_uri(&self) -> &Uri {
        &self.engine_uri
    }
}

/// Builds the request's path and parameters, by Engine.IO protocol 4:
/// <https://socket.io/docs/v4/engine-io-protocol/>.
fn engine_uri(scheme: &str, authority: &str, query: Option<&str>) -> Result<Uri, http::Error> {
    let (query, separator) = query.map_or(("", ""), |query| (query, "&"));
    let query = utf8_percent_encode(query, NOT_IN_A_URI);
    Uri::builder()
        .scheme(scheme)
        .authority(authority)
        .path_and_query(format!(
            "/socket.io/?{query}{separator}EIO=4&transport=websocket"
        ))
        .build()
}

impl fmt::Debug for NotificationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NotificationUrl({})", redact::url(&self.host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::REDACTED;

    #[test]
    fn the_path_is_the_namespace_and_the_query_is_unchanged() {
        let table = [
            (
                "https://southcentralus1-7.pushnp.svc.ms/notifications?token=a%2Fb+c==&applicationId=x",
                "/notifications",
                "https://southcentralus1-7.pushnp.svc.ms/socket.io/?token=a%2Fb+c==&applicationId=x&EIO=4&transport=websocket",
            ),
            (
                "https://f3hb0mpua.svc.ms/zbaehwg/callback?snthgk=1ff3-2345672zz831837523",
                "/zbaehwg/callback",
                "https://f3hb0mpua.svc.ms/socket.io/?snthgk=1ff3-2345672zz831837523&EIO=4&transport=websocket",
            ),
            (
                "wss://host:8443/a/b/c?x=1?y#fragment",
                "/a/b/c",
                "https://host:8443/socket.io/?x=1?y&EIO=4&transport=websocket",
            ),
            (
                "http://127.0.0.1:9",
                "/",
                "http://127.0.0.1:9/socket.io/?EIO=4&transport=websocket",
            ),
            (
                "ws://[::1]:9/n?",
                "/n",
                "http://[::1]:9/socket.io/?EIO=4&transport=websocket",
            ),
        ];
        for (text, namespace, engine_url) in table {
            let url = NotificationUrl::parse(text).unwrap();
            assert_eq!(url.namespace(), namespace);
            assert_eq!(url.engine_uri(), engine_url);
        }
    }

    #[test]
    fn a_redacted_text_contains_no_part_of_the_query_in_any_spelling() {
        let url = NotificationUrl::parse("https://host/n?token=w1%2Fs3cr3t&v=1&bare-s3cr3t");
        let url = url.unwrap();
        for text in [
            "token=w1%2Fs3cr3t&v=1&bare-s3cr3t",
            "bad: w1%2Fs3cr3t.",
            "bad: w1/s3cr3t.",
            "bare-s3cr3t",
        ] {
            assert_eq!(url.redact(text), REDACTED);
        }
        assert_eq!(url.redact("v=1, token 1"), "v=1, token 1");
        assert_eq!(
            url.redact(&"\u{e9}".repeat(300)).chars().count(),
            MAX_SERVER_TEXT + 1
        );
    }

    #[test]
    fn only_a_path_that_ends_in_callback_may_mean_another_namespace() {
        let other = |path| {
            let url = NotificationUrl::parse(&format!("https://host{path}?x")).unwrap();
            url.without_callback().map(|url| url.namespace().to_owned())
        };
        assert_eq!(other("/zbaehwg/callback").as_deref(), Some("/zbaehwg"));
        assert_eq!(other("/callback").as_deref(), Some("/"));
        for path in [
            "/notifications",
            "/mycallback",
            "/callback/",
            "/callback/x",
            "",
        ] {
            assert_eq!(other(path), None, "{path}");
        }
    }

    #[test]
    fn debug_omits_the_query() {
        let url = NotificationUrl::parse("https://host/n?token=s3cr3t").unwrap();
        assert_eq!(format!("{url:?}"), "NotificationUrl(host/[redacted])");
    }
}
