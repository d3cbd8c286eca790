//! The client, built from the options.

use std::time::Duration;

use drivebell::{Client, ClientBuilder};

use crate::arguments::Common;
use crate::exit::Failure;
use crate::token;

/// How much longer than `--token-timeout` the library waits for a token. The command's own timeout
/// must come first, because its message says more.
const CREDENTIAL_TIMEOUT_MARGIN: Duration = Duration::from_secs(60);

pub(crate) fn build(common: &Common) -> Result<Client, Failure> {
    Ok(builder(common)?.build()?)
}

fn builder(common: &Common) -> Result<ClientBuilder, Failure> {
    let mut builder = Client::builder(token::credential(common)?)
        .credential_timeout(common.token_timeout + CREDENTIAL_TIMEOUT_MARGIN)
        .user_agent(concat!(
            "NONISV|drivebell|drivebell-cli/",
            env!("CARGO_PKG_VERSION")
        ));
    if let Some(cloud) = common.cloud {
        builder = builder.cloud(cloud);
    }
    if let Some(url) = &common.base_url {
        builder = builder.base_url(url);
    }
    if let Some(url) = &common.proxy {
        builder = builder.proxy(url);
    }
    if let Some(file) = &common.ca_bundle {
        builder = builder.ca_bundle(file);
    }
    Ok(builder)
}
