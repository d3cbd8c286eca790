use std::path::Path;
use std::sync::Arc;

use reqwest::Url;
use reqwest::header::HeaderValue;
use rustls::pki_types::CertificateDer;

use super::client::Client;
use crate::auth::{TokenOptions, TokenSource};
use crate::graph::GraphClient;
use crate::label::Label;
use crate::network::{
    self, FormClient, Network, NetworkHandle, NetworkOptions, ProxyUrl, WebhookClient, origin,
};
use crate::options::{
    ClientOptions, OptionSpec, OptionValue, option, setters, with_client_options,
};
use crate::pacing::{Limits, Pacing, SleepWatch};
use crate::session::Family;
use crate::socketio::SocketOptions;
use crate::{ApiVersion, Cloud, Credential, Error};

/// The form in which Graph wants callers to name themselves, `NONISV|company|application/version`:
/// <https://learn.microsoft.com/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online>.
const USER_AGENT: &str = concat!("NONISV|drivebell|drivebell/", env!("CARGO_PKG_VERSION"));

/// The options of a [`Client`], each with its default.
#[derive(Debug, Clone)]
#[must_use]
pub struct ClientBuilder {
    credential: Credential,
    options: ClientOptions,
    /// To trust, beside those of `ca_bundle`.
    certificates: Vec<CertificateDer<'static>>,
}

with_client_options!(setters!(ClientBuilder;));

impl ClientBuilder {
    pub(crate) fn new(credential: Credential) -> Self {
        Self {
            credential,
            options: ClientOptions::default(),
            certificates: Vec::new(),
        }
    }

    /// Trusts the certificates of a PEM file too, for the binding to Node: the variable `name` of the
    /// environment names it.
    ///
    /// # Errors
    /// `InvalidArgument`, by that name.
    #[doc(hidden)]
    pub fn trust(mut self, name: &'static str, path: &Path) -> Result<Self, Error> {
        let certificates = network::read_certificates(name, path)?;
        self.certificates.extend(certificates);
        Ok(self)
    }

    /// Sets an option by its declaration, for the bindings.
    #[doc(hidden)]
    pub fn set(&mut self, spec: &OptionSpec, value: OptionValue) -> Result<(), Error> {
        self.options.set(spec, value)
    }

    /// Checks the options and sets up the HTTP stack, without any traffic.
    ///
    /// # Errors
    /// `InvalidArgument` with the option's name; `ConnectionFailed` if the system's trusted
    /// certificates cannot be used.
    pub fn build(self) -> Result<Client, Error> {
        let options = self.options;
        options.check()?;
        let label = label(&options)?;
        let base_url = base_url(&options)?;
        let network = network(&options, &base_url, self.certificates)?;
        let tokens = TokenSource::new(
            self.credential,
            TokenOptions {
                label: label.clone(),
                scopes: scopes(&options, &base_url)?,
                credential_timeout: options.credential_timeout,
                sign_in_timeout: options.sign_in_timeout,
                refresh_margin: options.token_refresh_margin,
            },
        );
        let limits = Limits::new(
            options.max_handshakes,
            options.max_endpoint_calls_per_second,
        );
        let graph = GraphClient {
            network: NetworkHandle::new(network),
            base_url,
            label,
            api_version: options.api_version.unwrap_or_default().as_str(),
            tokens,
            request_timeout: options.request_timeout,
            max_retry_after: options.max_retry_after,
            pacing: Pacing::new(limits, options.max_retry_after),
        };
        Ok(Client {
            family: Arc::new(Family {
                limits: graph.pacing.limits(),
                socket: SocketOptions {
                    connect_timeout: options.connect_timeout,
                    open_timeout: options.open_timeout,
                    join_timeout: options.join_timeout,
                    close_timeout: options.close_timeout,
                    max_message_size: options.max_message_size,
                    max_retry_after: options.max_retry_after,
                },
                sleep_watch: SleepWatch::default(),
            }),
            graph: Arc::new(graph),
            options: Arc::new(options),
            open_handles: Arc::default(),
        })
    }

    /// A client that posts forms to this origin with the same HTTP stack, for our command line: it
    /// signs users in. The origin has the rules of `base_url`. Uses no credential.
    ///
    /// # Errors
    /// As [`build`](Self::build), and `InvalidArgument` for `login_url`.
    #[doc(hidden)]
    pub fn form_client(self, login_url: &str) -> Result<FormClient, Error> {
        self.options.check()?;
        let origin = parse_origin("login_url", login_url)?;
        let network = network(&self.options, &origin, self.certificates)?;
        Ok(FormClient::new(
            network,
            origin,
            self.options.request_timeout,
        ))
    }

    /// A client that posts to this URL with the same HTTP stack, for our command line: it hands on
    /// changes. Plain http is allowed, because neither the credential nor another secret of ours is
    /// sent. A URL of this machine is reached without a proxy.
    ///
    /// # Errors
    /// As [`build`](Self::build), and `InvalidArgument` by this name for the URL.
    #[doc(hidden)]
    pub fn webhook_client(self, argument: &'static str, url: &str) -> Result<WebhookClient, Error> {
        let mut options = self.options;
        options.check()?;
        let url = parse_webhook(argument, url)?;
        if is_loopback(&url) {
            // To a proxy, the same URL is another machine.
            options.proxy = None;
        }
        let network = Network::new(&network_options(&options, &url, self.certificates)?)?;
        Ok(WebhookClient::new(
            network,
            url,
            options.request_timeout,
            options.max_retry_after,
        ))
    }
}

/// The HTTP stack for calls to this origin.
fn network(
    options: &ClientOptions,
    origin: &Url,
    certificates: Vec<CertificateDer<'static>>,
) -> Result<Network, Error> {
    if options.proxy.is_some() && origin.scheme() != "https" {
        return Err(Error::invalid_argument(
            "proxy",
            "could read the token on its way to an origin of plain http: leave it out, or use https",
        ));
    }
    Network::new(&network_options(options, origin, certificates)?)
}

fn network_options(
    options: &ClientOptions,
    url: &Url,
    certificates: Vec<CertificateDer<'static>>,
) -> Result<NetworkOptions, Error> {
    Ok(NetworkOptions {
        proxy: options
            .proxy
            .as_ref()
            .map(|url| ProxyUrl::parse(url.expose()))
            .transpose()?,
        ca_bundle: options.ca_bundle.clone(),
        certificates,
        user_agent: user_agent(options)?,
        connect_timeout: options.connect_timeout,
        loopback: is_loopback(url),
        max_calls: options.max_handshakes,
    })
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(origin::is_loopback)
}

fn base_url(options: &ClientOptions) -> Result<Url, Error> {
    match (&options.base_url, options.cloud) {
        (Some(_), Some(_)) => Err(Error::invalid_argument(
            "base_url",
            "excludes cloud, which has its own base URL; give only one of them",
        )),
        (Some(base_url), None) => parse_origin("base_url", base_url),
        (None, cloud) => parse_origin("base_url", cloud.unwrap_or_default().base_url()),
    }
}

fn label(options: &ClientOptions) -> Result<Label, Error> {
    let label = options.label.as_deref().map(Label::parse);
    Ok(label.transpose()?.unwrap_or_default())
}

fn user_agent(options: &ClientOptions) -> Result<HeaderValue, Error> {
    let name = options.user_agent.as_deref().unwrap_or(USER_AGENT);
    HeaderValue::from_str(name)
        .ok()
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Error::invalid_argument("user_agent", "is not a valid header value"))
}

fn scopes(options: &ClientOptions, base_url: &Url) -> Result<Vec<String>, Error> {
    let Some(scopes) = options.scopes.clone() else {
        return Ok(vec![format!(
            "{}/.default",
            base_url.origin().ascii_serialization()
        )]);
    };
    if scopes.is_empty() || scopes.iter().any(|scope| scope.trim().is_empty()) {
        return Err(Error::invalid_argument(
            "scopes",
            "must contain at least one scope, and no empty ones",
        ));
    }
    Ok(scopes)
}

fn parse_origin(argument: &'static str, text: &str) -> Result<Url, Error> {
    // The error does not repeat the URL, which may contain a password.
    let refuse = |problem: &str| Error::invalid_argument(argument, problem);
    let url = Url::parse(text).map_err(|error| refuse(&format!("is not a URL: {error}")))?;
    if let Some(problem) = origin::transport_problem(&url) {
        return Err(refuse(&problem));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(refuse(
            "must be an origin without path or query, such as https://graph.microsoft.com",
        ));
    }
    Ok(url)
}

fn parse_webhook(argument: &'static str, text: &str) -> Result<Url, Error> {
    // The error does not repeat the URL, which may contain a password.
    let refuse = |problem: String| Error::invalid_argument(argument, problem);
    let url = Url::parse(text).map_err(|error| refuse(format!("is not a URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        let scheme = url.scheme();
        return Err(refuse(format!(
            "has the scheme {scheme:?}, and must be a URL of http or https"
        )));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse(
            "contains a user name or password, which other users of the machine could read"
                .to_owned(),
        ));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::OptionKind;
    use std::time::Duration;

    fn builder() -> ClientBuilder {
        Client::builder(Credential::token("s3cr3t").unwrap())
    }

    #[test]
    fn errors_of_bad_options_name_them() {
        let bad = [
            (builder().base_url(""), "base_url"),
            (builder().base_url("graph.microsoft.com"), "base_url"),
            (builder().base_url("http://graph.microsoft.com"), "base_url"),
            (
                builder().base_url("http://127.0.0.1.example.com"),
                "base_url",
            ),
            (builder().base_url("ftp://127.0.0.1"), "base_url"),
            (
                builder().base_url("https://graph.microsoft.com/v1.0"),
                "base_url",
            ),
            (
                builder().base_url("https://u:p@graph.microsoft.com"),
                "base_url",
            ),
            (builder().scopes::<String>([]), "scopes"),
            (builder().scopes([" "]), "scopes"),
            (builder().proxy("nonsense"), "proxy"),
            (
                builder()
                    .base_url("http://127.0.0.1:1")
                    .proxy("http://proxy:3128"),
                "proxy",
            ),
            (
                builder()
                    .base_url("http://localhost:1")
                    .proxy("http://localhost:2"),
                "proxy",
            ),
            (builder().ca_bundle("/nowhere/ca.pem"), "ca_bundle"),
            #[cfg(unix)]
            (builder().ca_bundle("/dev/zero"), "ca_bundle"),
            (
                builder().ca_bundle(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")),
                "ca_bundle",
            ),
            (builder().user_agent("a\nb"), "user_agent"),
            (builder().label(""), "label"),
        ];
        for (builder, argument) in bad {
            let error = builder.build().unwrap_err();
            assert_eq!(error.argument(), Some(argument), "{error}");
            assert!(error.to_string().starts_with(argument), "{error}");
        }
        assert_eq!(
            "v2".parse::<ApiVersion>().unwrap_err().argument(),
            Some("api_version")
        );
    }

    #[test]
    fn forms_go_only_to_an_origin_that_is_safe() {
        for url in [
            "",
            "login.example",
            "http://login.example",
            "https://login.example/common",
            "https://u:p@login.example",
        ] {
            let error = builder().form_client(url).unwrap_err();
            assert_eq!(error.argument(), Some("login_url"), "{url}");
        }
        let readable = builder().proxy("http://proxy:3128");
        let error = readable.form_client("http://127.0.0.1:1").unwrap_err();
        assert_eq!(error.argument(), Some("proxy"));
        for cloud in Cloud::ALL {
            let client = builder().form_client(cloud.login_url()).unwrap();
            assert!(client.host().starts_with("login."), "{cloud}");
        }
    }

    #[test]
    fn a_webhook_may_be_anywhere_and_its_url_is_not_shown() {
        for url in [
            "https://hooks.example/x?key=s3cr3t",
            "http://hooks.internal:8080/",
            "http://127.0.0.1:1/x",
        ] {
            let proxied = builder().proxy("http://proxy:3128");
            let client = proxied.webhook_client("post", url).unwrap();
            assert!(!format!("{client:?}").contains("s3cr3t"));
        }
        for url in [
            "",
            "hooks.example",
            "ftp://hooks.example",
            "https://user@hooks.example",
            "https://u:s3cr3t@hooks.example",
        ] {
            let error = builder().webhook_client("post", url).unwrap_err();
            assert_eq!(error.argument(), Some("post"), "{url}");
            assert!(!error.to_string().contains("s3cr3t"), "{error}");
        }
    }

    #[test]
    fn the_error_of_a_zero_without_a_meaning_names_the_option() {
        for spec in ClientOptions::SPECS {
            let zero = match spec.kind {
                OptionKind::Duration | OptionKind::OptionalDuration => {
                    OptionValue::Duration(Duration::ZERO)
                }
                OptionKind::Count => OptionValue::Count(0),
                _ => continue,
            };
            let mut builder = builder();
            builder.set(spec, zero).unwrap();
            let argument = builder.build().err().and_then(|error| error.argument());
            let refused = spec.zero.is_none().then_some(spec.name);
            assert_eq!(argument, refused, "{}", spec.name);
        }
    }

    #[test]
    fn a_cloud_and_a_base_url_exclude_each_other() {
        let both = builder()
            .cloud(Cloud::China)
            .base_url("https://gateway.example");
        assert_eq!(both.build().unwrap_err().argument(), Some("base_url"));
    }

    #[test]
    fn good_origins_are_accepted_and_no_token_is_shown() {
        for base_url in [
            "https://graph.microsoft.us",
            "https://gateway.example:8443/",
            "http://localhost:1",
            "http://127.0.0.2:1",
            "http://[::1]:1",
        ] {
            let client = builder().base_url(base_url).build().unwrap();
            assert!(!format!("{client:?}").contains("s3cr3t"));
        }
    }
}
