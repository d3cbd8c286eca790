use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::{self, ErrorCode, context::AccountErrorKind};
use async_nats::rustls;
use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event, ServerAddr};
use tokio::sync::watch;

use super::error::chain;
use super::{Login, NatsError, NatsErrorKind, NatsOptions, tls};
use crate::Secret;

/// The oldest NATS that knows what fences need: to expect a sequence of another subject.
pub const MINIMUM_VERSION: &str = "2.11.0";

const MINIMUM: [u64; 3] = [2, 11, 0];

/// Longest pause between two attempts to reach a server.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A connection to NATS with JetStream. Once it is open it is made again for ever when it is lost.
#[derive(Debug, Clone)]
pub struct Connection {
    client: Client,
    jetstream: jetstream::Context,
    connected: watch::Receiver<bool>,
}

impl Connection {
    /// Connects, and checks that the server is one that a fleet can use.
    pub async fn open(options: &NatsOptions) -> Result<Self, NatsError> {
        let servers = servers(options)?;
        let config = Config::of(options)?;
        let mut pause = Duration::from_millis(250);
        let mut has_warned = false;
        loop {
            let error = match attempt(options, &servers, &config).await {
                Ok(connection) => return Ok(connection),
                Err(error) => error,
            };
            if !options.wait_for_server || !error.is_transient() {
                return Err(error);
            }
            if has_warned {
                tracing::debug!(error = %error, "NATS is not there yet");
            } else {
                tracing::warn!(error = %error, "NATS is not there yet: trying again until it is");
                has_warned = true;
            }
            tokio::time::sleep(pause.mul_f64(0.75 + fastrand::f64() / 2.0)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// The client, for requests and subscriptions.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// JetStream of this account.
    pub fn jetstream(&self) -> &jetstream::Context {
        &self.jetstream
    }

    /// Whether there is a connection at present.
    pub fn is_connected(&self) -> bool {
        *self.connected.borrow()
    }

    /// Tells whether there is a connection, and when that changes.
    pub fn connected(&self) -> watch::Receiver<bool> {
        self.connected.clone()
    }

    /// Returns when there is a connection.
    pub async fn until_connected(&self) {
        let mut connected = self.connected.clone();
        // The sender lives as long as the client.
        let _ = connected.wait_for(|connected| *connected).await;
    }

    /// Returns when there is no connection.
    pub async fn until_lost(&self) {
        let mut connected = self.connected.clone();
        let _ = connected.wait_for(|connected| !connected).await;
    }
}

/// What was read from files, once.
struct Config {
    tls: rustls::ClientConfig,
    /// The content of a credentials file, or the seed of an nkey.
    secret: Option<Secret>,
}

impl Config {
    fn of(options: &NatsOptions) -> Result<Self, NatsError> {
        let secret = match &options.login {
            Login::CredentialsFile(path) => Some(Secret::new(read(path, "the credentials")?)),
            Login::NkeyFile(path) => Some(Secret::new(read(path, "the seed of the nkey")?)),
            Login::Credentials(secret) | Login::Nkey(secret) => Some(secret.clone()),
            Login::Anonymous | Login::User { .. } | Login::Token(_) => None,
        };
        Ok(Self {
            tls: tls::configure(&options.tls)?,
            secret,
        })
    }

    fn connect_options(&self, options: &NatsOptions) -> Result<ConnectOptions, NatsError> {
        let connect = ConnectOptions::new();
        let secret = self.secret.as_ref().map_or("", Secret::expose);
        let connect = match &options.login {
            Login::Anonymous => connect,
            Login::Credentials(_) | Login::CredentialsFile(_) => {
                connect.credentials(secret).map_err(|_| {
                    // The error could quote the file.
                    refuse_login(&options.login, "hold no JWT with the seed of its key")
                })?
            }
            Login::Nkey(_) | Login::NkeyFile(_) => connect.nkey(secret.trim().to_owned()),
            Login::User { user, password } => {
                connect.user_and_password(user.clone(), password.expose().to_owned())
            }
            Login::Token(token) => connect.token(token.expose().to_owned()),
        };
        let connect = connect
            .name(&options.name)
            .connection_timeout(options.connect_timeout)
            .request_timeout(Some(options.request_timeout))
            .require_tls(options.tls.required)
            .tls_client_config(self.tls.clone());
        Ok(if options.tls.first {
            connect.tls_first()
        } else {
            connect
        })
    }
}

fn refuse_login(login: &Login, problem: &str) -> NatsError {
    let place = match login {
        Login::CredentialsFile(path) => format!("the credentials in {}", path.display()),
        _ => "the credentials".to_owned(),
    };
    NatsError::new(
        NatsErrorKind::Options,
        format!("{place} {problem}: give the file that nsc writes for a user"),
    )
}

fn read(path: &Path, what: &str) -> Result<String, NatsError> {
    std::fs::read_to_string(path).map_err(|error| {
        NatsError::new(
            NatsErrorKind::Options,
            format!("cannot read {what} from {}: {error}", path.display()),
        )
        .with_source(error)
    })
}

/// The addresses, of which none may hold a secret: the client shows them in its logs.
fn servers(options: &NatsOptions) -> Result<Vec<ServerAddr>, NatsError> {
    let refuse = |problem: &str| NatsError::new(NatsErrorKind::Options, problem.to_owned());
    if options.servers.is_empty() {
        return Err(refuse("no address of a NATS server is given"));
    }
    options
        .servers
        .iter()
        .map(|text| {
            let address: ServerAddr = text.parse().map_err(|_| {
                refuse("an address of a NATS server must look like nats://host:4222 or tls://host:4222")
            })?;
            if address.has_user_pass() || address.username().is_some() {
                return Err(refuse(
                    "an address of a NATS server holds a user or a password: give them apart, where \
                     they are not shown in logs",
                ));
            }
            if !matches!(address.scheme(), "nats" | "tls") {
                return Err(refuse("an address of a NATS server must begin with nats:// or tls://"));
            }
            Ok(address)
        })
        .collect()
}

async fn attempt(
    options: &NatsOptions,
    servers: &[ServerAddr],
    config: &Config,
) -> Result<Connection, NatsError> {
    let (sender, connected) = watch::channel(false);
    let sender = Arc::new(sender);
    let names = names(servers);
    let connect = config
        .connect_options(options)?
        .event_callback(move |event| {
            let sender = Arc::clone(&sender);
            async move { note(&event, &sender) }
        });
    let client = connect
        .connect(servers)
        .await
        .map_err(|error| failure(&error, &names, options))?;
    let version = client.server_info().version;
    if !is_new_enough(&version) {
        return Err(NatsError::new(
            NatsErrorKind::TooOld,
            format!(
                "the NATS server at {names} is version {version}, and drivebell-fleet needs \
                 {MINIMUM_VERSION} or later: upgrade every server of the cluster"
            ),
        ));
    }
    let jetstream = jetstream::ContextBuilder::new()
        .timeout(options.request_timeout)
        .build(client.clone());
    check_jetstream(&jetstream, &names).await?;
    // The event that says so may not have arrived yet.
    let mut waiting = connected.clone();
    let _ = tokio::time::timeout(options.connect_timeout, waiting.wait_for(|it| *it)).await;
    Ok(Connection {
        client,
        jetstream,
        connected,
    })
}

fn note(event: &Event, connected: &watch::Sender<bool>) {
    match event {
        Event::Connected => {
            tracing::info!("connected to NATS");
            connected.send_replace(true);
        }
        Event::Disconnected => {
            tracing::warn!("the connection to NATS is lost: connecting again until it is back");
            connected.send_replace(false);
        }
        Event::Closed => {
            connected.send_replace(false);
        }
        Event::ServerError(error) => tracing::warn!(error = %error, "NATS reports an error"),
        Event::SlowConsumer(_) => {
            tracing::warn!(
                "messages of NATS were dropped, because they came faster than they are read"
            );
        }
        event => tracing::debug!(event = %event, "an event of the connection to NATS"),
    }
}

async fn check_jetstream(jetstream: &jetstream::Context, names: &str) -> Result<(), NatsError> {
    let Err(error) = jetstream.query_account().await else {
        return Ok(());
    };
    let text = chain(&error);
    let missing = |what: &str| {
        NatsError::new(
            NatsErrorKind::NoJetStream,
            format!("JetStream is not enabled {what} at {names}: {text}"),
        )
    };
    Err(match error.kind() {
        AccountErrorKind::JetStream(error)
            if error.error_code() == ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT =>
        {
            missing("for this account: enable it in the account")
        }
        AccountErrorKind::JetStream(error)
            if error.error_code() == ErrorCode::JETSTREAM_NOT_ENABLED =>
        {
            missing("on the server: start nats-server with -js, or with a block jetstream{}")
        }
        AccountErrorKind::JetStreamUnavailable => missing(
            "on the server: start nats-server with -js, or with a block jetstream{}, or permit this \
             user the subjects $JS.API.>; it is not",
        ),
        _ => NatsError::new(
            NatsErrorKind::Request,
            format!("JetStream at {names} does not answer: {text}"),
        ),
    }
    .with_source(error))
}

fn failure(error: &async_nats::ConnectError, names: &str, options: &NatsOptions) -> NatsError {
    let text = chain(error);
    let is_tls = error.kind() == ConnectErrorKind::Tls || is_caused_by_tls(error);
    let (kind, message) = match error.kind() {
        ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => (
            NatsErrorKind::Refused,
            format!(
                "the NATS server at {names} does not accept {}: {text}; check that the server knows it, \
                 and that it has not expired",
                login_name(&options.login),
            ),
        ),
        _ if is_tls => (
            NatsErrorKind::Tls,
            format!(
                "the connection to NATS at {names} cannot be encrypted: {text}; check the name in the \
                 address, the authority that signed the server's certificate, and the certificate of \
                 this program"
            ),
        ),
        ConnectErrorKind::Dns => (
            NatsErrorKind::Unreachable,
            format!("the name of the NATS server {names} cannot be resolved: {text}"),
        ),
        ConnectErrorKind::ServerParse => (
            NatsErrorKind::Options,
            format!("the address of the NATS server cannot be used: {text}"),
        ),
        ConnectErrorKind::TimedOut => (
            NatsErrorKind::Unreachable,
            format!(
                "the NATS server at {names} did not answer within {:?}: check the address and the \
                 firewalls between, and whether it wants TLS before anything else",
                options.connect_timeout,
            ),
        ),
        ConnectErrorKind::Tls | ConnectErrorKind::Io | ConnectErrorKind::MaxReconnects => (
            NatsErrorKind::Unreachable,
            format!(
                "the NATS server at {names} cannot be reached: {text}; check that it runs there"
            ),
        ),
    };
    NatsError::new(kind, message)
}

fn login_name(login: &Login) -> &'static str {
    match login {
        Login::Anonymous => "a client without credentials",
        Login::Credentials(_) | Login::CredentialsFile(_) => "these credentials",
        Login::Nkey(_) | Login::NkeyFile(_) => "this nkey",
        Login::User { .. } => "this user and password",
        Login::Token(_) => "this token",
    }
}

/// async-nats reports what TLS says during the handshake as I/O.
fn is_caused_by_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<rustls::Error>() {
            return true;
        }
        let io = error.downcast_ref::<std::io::Error>();
        if io
            .and_then(std::io::Error::get_ref)
            .is_some_and(|inner| is_caused_by_tls(inner))
        {
            return true;
        }
        next = error.source();
    }
    false
}

fn names(servers: &[ServerAddr]) -> String {
    let name = |server: &ServerAddr| format!("{}:{}", server.host(), server.port());
    servers.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// A version that cannot be read is one of the future.
fn is_new_enough(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<u64> = core
        .trim_start_matches('v')
        .split('.')
        .map_while(|number| number.parse().ok())
        .collect();
    numbers.is_empty() || numbers.as_slice() >= MINIMUM.as_slice()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_numbers() {
        for version in [
            "2.11.0",
            "2.11.0-RC.1",
            "2.100.3",
            "v3.0.0",
            "2.15.1",
            "dev",
        ] {
            assert!(is_new_enough(version), "{version}");
        }
        for version in ["2.10.26", "2.9.99", "1.4.1", "2.10.0-dev"] {
            assert!(!is_new_enough(version), "{version}");
        }
    }

    #[test]
    fn an_address_with_a_secret_is_refused_and_not_shown() {
        for address in [
            "nats://kim:s3cret@host",
            "nats://s3cret@host",
            "ws://host",
            "a b",
        ] {
            let options = NatsOptions {
                servers: vec![address.to_owned()],
                ..NatsOptions::default()
            };
            let error = servers(&options).unwrap_err();
            assert_eq!(error.kind(), NatsErrorKind::Options);
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
    }
}
