//! The options of the network, the same for Graph and for the identity service.

use std::future::ready;

use drivebell::{Client, ClientBuilder, Credential, FormClient, WebhookClient};

use crate::arguments::Common;
use crate::exit::Failure;

pub(crate) fn builder(common: &Common, credential: Credential) -> ClientBuilder {
    let mut builder = Client::builder(credential).user_agent(concat!(
        "NONISV|drivebell|drivebell-cli/",
        env!("CARGO_PKG_VERSION")
    ));
    if let Some(url) = &common.proxy {
        builder = builder.proxy(url);
    }
    if let Some(file) = &common.ca_bundle {
        builder = builder.ca_bundle(file);
    }
    builder
}

/// A client for the forms of the identity service at this origin.
pub(crate) fn form_client(common: &Common, login_url: &str) -> Result<FormClient, Failure> {
    Ok(builder(common, no_credential()).form_client(login_url)?)
}

/// A client for the URL of `--post`.
pub(crate) fn webhook_client(common: &Common, url: &str) -> Result<WebhookClient, Failure> {
    Ok(builder(common, no_credential()).webhook_client("post", url)?)
}

/// What is not Graph gets no token.
fn no_credential() -> Credential {
    Credential::from_fn(|_| ready(Err::<String, _>("only Graph gets a token")))
}
