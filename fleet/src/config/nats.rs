use std::time::Duration;

use async_nats::ServerAddr;

use super::document::Section;
use super::source::Source;
use super::{files, values};
use crate::Secret;
use crate::nats::{Login, NatsOptions, Tls};

const DEFAULT_SERVER: &str = "nats://127.0.0.1:4222";
const PASSWORD: &str = "DRIVEBELL_FLEET_NATS_PASSWORD";
const TOKEN: &str = "DRIVEBELL_FLEET_NATS_TOKEN";

/// How to reach NATS.
#[derive(Debug, Clone)]
pub struct Nats {
    /// The servers to begin with, without user and password: `nats://127.0.0.1:4222` unless given.
    pub servers: Vec<ServerAddr>,
    /// Who this is.
    pub login: Login,
    /// How to encrypt.
    pub tls: Tls,
    /// How long connecting may take: 5 s unless given.
    pub connect_timeout: Duration,
    /// How long one request may take: 10 s unless given.
    pub request_timeout: Duration,
    /// How many servers keep each bucket: 1 unless given.
    pub replicas: u8,
}

impl Nats {
    pub(super) fn of(section: Section<'_>, source: &Source<'_>) -> Self {
        let servers = section.get("servers", |value| servers(&values::texts(value)?));
        let default = NatsOptions::default();
        let nats = Self {
            servers: servers.unwrap_or_else(|| DEFAULT_SERVER.parse().into_iter().collect()),
            login: login(&section, source),
            tls: tls(&section, source),
            connect_timeout: section
                .get("connect_timeout", values::longer_than_zero)
                .unwrap_or(default.connect_timeout),
            request_timeout: section
                .get("request_timeout", values::longer_than_zero)
                .unwrap_or(default.request_timeout),
            replicas: section.get("replicas", replicas).unwrap_or(1),
        };
        section.finish();
        nats
    }
}

pub(super) fn replicas(value: &toml::de::DeValue<'_>) -> Result<u8, String> {
    let count = values::count_to(value, 1, 5)?;
    u8::try_from(count).map_err(|_| "must be from 1 to 5".to_owned())
}

/// The addresses of servers. An error does not repeat one, which may hold a password.
pub(super) fn servers(texts: &[String]) -> Result<Vec<ServerAddr>, String> {
    if texts.is_empty() {
        return Err("must name at least one server".to_owned());
    }
    texts.iter().map(|text| server(text)).collect()
}

fn server(text: &str) -> Result<ServerAddr, String> {
    let address: ServerAddr = text.trim().parse().map_err(|error| {
        format!("holds no address of a server, like nats://host:4222 or tls://host:4222: {error}")
    })?;
    if address.has_user_pass() || address.password().is_some() {
        return Err(format!(
            "holds a user or a password, which others can read: give nats.user and \
             nats.password_file, or nats.token_file, or the variable {PASSWORD} or {TOKEN}"
        ));
    }
    if !matches!(address.scheme(), "nats" | "tls") {
        return Err(format!(
            "has the scheme {}, and must have nats or tls",
            address.scheme()
        ));
    }
    if address.host().is_empty() {
        return Err("names no host: write nats://host:4222".to_owned());
    }
    Ok(address)
}

fn login(section: &Section<'_>, source: &Source<'_>) -> Login {
    let secret = |name| section.get(name, |value| files::secret(value, source));
    let credentials = secret("credentials_file").map(Login::Credentials);
    let nkey = secret("nkey_file").map(Login::Nkey);
    let from_environment = |name: &str| {
        let value = (source.environment)(name).filter(|value| !value.is_empty());
        value.map(Secret::new)
    };
    let token = secret("token_file").map(Login::Token);
    let user = section.get("user", values::text);
    let password = secret("password_file").or_else(|| from_environment(PASSWORD));
    let user = match (user, password) {
        (Some(user), Some(password)) => Some(Login::User { user, password }),
        (Some(_), None) if !section.has("password_file") => {
            let problem = format!("needs nats.password_file, or the variable {PASSWORD}");
            section.refuse("user", &problem);
            None
        }
        _ => None,
    };
    if section.has("password_file") && !section.has("user") {
        section.refuse("password_file", "needs nats.user");
    }
    let kinds = ["credentials_file", "nkey_file", "user", "token_file"];
    let given: Vec<&str> = kinds.into_iter().filter(|key| section.has(key)).collect();
    if let [first, second, ..] = given[..] {
        let problem = format!("cannot be given beside nats.{first}: choose one of them");
        section.refuse(second, &problem);
    }
    credentials
        .or(nkey)
        .or(user)
        .or(token)
        .or_else(|| from_environment(TOKEN).map(Login::Token))
        .unwrap_or(Login::Anonymous)
}

fn tls(section: &Section<'_>, source: &Source<'_>) -> Tls {
    let file = |name| section.get(name, |value| files::path(value, source));
    let (certificate, key) = (file("tls_cert_file"), file("tls_key_file"));
    for (one, other) in [
        ("tls_cert_file", "tls_key_file"),
        ("tls_key_file", "tls_cert_file"),
    ] {
        if section.has(one) && !section.has(other) {
            section.refuse(one, &format!("needs nats.{other} too"));
        }
    }
    Tls {
        required: section.get("tls", values::flag).unwrap_or(false),
        first: section.get("tls_first", values::flag).unwrap_or(false),
        ca_file: file("tls_ca_file"),
        client: certificate.zip(key),
    }
}
