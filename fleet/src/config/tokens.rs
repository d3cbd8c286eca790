use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use super::document::Section;
use super::source::Source;
use super::{files, values};

const DEFAULT_SUBJECT: &str = "drivebell.token";
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the tokens of users come from.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// What is asked.
    pub service: TokenService,
    /// How long it may take: 10 s unless given.
    pub timeout: Duration,
}

/// What is asked for tokens. `Debug` shows the origin of a URL only.
#[derive(Clone)]
pub enum TokenService {
    /// What answers requests of NATS on this subject, a dot and the user: `drivebell.token` unless
    /// given.
    Nats {
        /// The beginning of the subject.
        subject: String,
    },
    /// What answers a POST at this URL.
    Http {
        /// Of https, or of http on this machine.
        url: Url,
        /// A file of headers to send, one in a line as in `Authorization: Bearer …`. It is read again
        /// for each request.
        header_file: Option<PathBuf>,
        /// Certificates to trust beside those of the system, in PEM.
        ca_file: Option<PathBuf>,
    },
}

impl fmt::Debug for TokenService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nats { subject } => f.debug_struct("Nats").field("subject", subject).finish(),
            Self::Http {
                url,
                header_file,
                ca_file,
            } => f
                .debug_struct("Http")
                .field("origin", &url.origin().ascii_serialization())
                .field("header_file", header_file)
                .field("ca_file", ca_file)
                .finish(),
        }
    }
}

impl Tokens {
    pub(super) fn of(section: Section<'_>, source: &Source<'_>) -> Self {
        let subject = section.get("nats", subject);
        let url = section.get("http", url);
        let file = |name| section.get(name, |value| files::path(value, source));
        let (header_file, ca_file) = (file("header_file"), file("tls_ca_file"));
        if section.has("nats") && section.has("http") {
            section.refuse(
                "http",
                "cannot be given beside tokens.nats: choose one of them",
            );
        }
        for (name, problem) in [
            (
                "header_file",
                "needs tokens.http, to which the headers are sent",
            ),
            (
                "tls_ca_file",
                "needs tokens.http, whose certificate it is for; nats.tls_ca_file is for NATS",
            ),
        ] {
            if section.has(name) && !section.has("http") {
                section.refuse(name, problem);
            }
        }
        let service = match url {
            Some(url) => TokenService::Http {
                url,
                header_file,
                ca_file,
            },
            None => TokenService::Nats {
                subject: subject.unwrap_or_else(|| DEFAULT_SUBJECT.to_owned()),
            },
        };
        let timeout = section.get("timeout", values::longer_than_zero);
        section.finish();
        Self {
            service,
            timeout: timeout.unwrap_or(DEFAULT_TIMEOUT),
        }
    }
}

fn subject(value: &toml::de::DeValue<'_>) -> Result<String, String> {
    let subject = values::text(value)?;
    let is_token = |token: &str| {
        !token.is_empty()
            && token
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"*>".contains(&byte))
    };
    if subject.split('.').all(is_token) {
        Ok(subject)
    } else {
        Err(format!(
            "must be a subject of NATS without wildcards, like {DEFAULT_SUBJECT:?}, and is {subject:?}"
        ))
    }
}

/// The error does not repeat the URL, which may hold a secret.
fn url(value: &toml::de::DeValue<'_>) -> Result<Url, String> {
    let text = values::text(value)?;
    let url = Url::parse(&text).map_err(|error| format!("is not a URL: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user or a password: put a header into tokens.header_file".to_owned());
    }
    let is_loopback = match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            host.parse()
                .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        }
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback => Ok(url),
        "http" => Err(
            "is of plain http, so that others could read the tokens: use https, or an address of this \
             machine"
                .to_owned(),
        ),
        scheme => Err(format!("has the scheme {scheme:?}, and must be a URL of https")),
    }
}
