//! The connection of a command.

use async_nats::jetstream::{self, kv};
use async_nats::{Client, ConnectOptions};

use crate::config::{Config, NatsLogin};
use crate::exit::{ExitCode, Failure};

/// A command waits no longer.
pub(crate) async fn connect(config: &Config) -> Result<Client, Failure> {
    let nats = &config.nats;
    let options = ConnectOptions::new()
        .name("drivebell-fleet")
        .connection_timeout(nats.connect_timeout)
        .request_timeout(Some(nats.request_timeout));
    let options = match &nats.login {
        NatsLogin::Anonymous => options,
        NatsLogin::User { user, password } => {
            options.user_and_password(user.clone(), password.expose().to_owned())
        }
        NatsLogin::Token(token) => options.token(token.expose().to_owned()),
        NatsLogin::Nkey(seed) => options.nkey(seed.expose().to_owned()),
        NatsLogin::Credentials(text) => options
            .credentials(text.expose())
            .map_err(|error| Failure::new(ExitCode::Config, error.to_string()))?,
    };
    options
        .connect(nats.servers.as_slice())
        .await
        .map_err(|error| failed(&error))
}

/// The bucket of drives, which is made if it does not exist.
pub(crate) async fn drives(config: &Config, client: &Client) -> Result<kv::Store, Failure> {
    bucket(client, crate::drives::bucket(&config.name)).await
}

pub(crate) async fn bucket(client: &Client, name: String) -> Result<kv::Store, Failure> {
    let jetstream = jetstream::new(client.clone());
    let settings = kv::Config {
        bucket: name,
        history: 1,
        ..kv::Config::default()
    };
    let bucket = jetstream.create_key_value(settings).await;
    bucket.map_err(|error| failed(&error))
}

pub(crate) fn failed(error: &dyn std::error::Error) -> Failure {
    Failure::new(ExitCode::Nats, format!("NATS: {error}"))
}
