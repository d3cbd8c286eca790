//! Where the token comes from. Never from an argument: other users of the machine can read those.

mod command;
mod command_output;

use std::path::PathBuf;
use std::{env, fs, io};

use drivebell::{AccessToken, Credential, TokenRequest};
use tokio::task::spawn_blocking;

use self::command::TokenCommand;
use crate::arguments::Common;
use crate::exit::{ExitCode, Failure};

const VARIABLE: &str = "DRIVEBELL_TOKEN";

/// An option wins over the environment variable.
pub(crate) fn credential(common: &Common) -> Result<Credential, Failure> {
    if let Some(line) = &common.token_command {
        let command = TokenCommand::new(line.clone(), common.token_timeout);
        return Ok(Credential::from_fn(move |request: TokenRequest| {
            let command = command.clone();
            async move { command.token(request.refresh).await }
        }));
    }
    if let Some(file) = &common.token_file {
        let file = file.clone();
        return Ok(Credential::from_fn(move |_| read_file(file.clone())));
    }
    let token = env::var(VARIABLE).unwrap_or_default();
    let token = token.trim();
    if token.is_empty() {
        return Err(Failure::new(
            ExitCode::Token,
            format!(
                "there is no token: set {VARIABLE}, or give --token-file FILE or --token-command \
                 CMD, for instance\n  --token-command 'az account get-access-token --resource \
                 https://graph.microsoft.com'\nA user must be signed in, with the permission \
                 Files.Read at least"
            ),
        ));
    }
    Credential::token(token).map_err(|error| {
        Failure::new(
            ExitCode::Token,
            format!("{VARIABLE} cannot be used: {error}"),
        )
    })
}

async fn read_file(file: PathBuf) -> Result<AccessToken, String> {
    let path = file.display().to_string();
    // The file may be a pipe whose writer is slow.
    let text = spawn_blocking(move || fs::read_to_string(file)).await;
    let text = text.map_err(io::Error::other).and_then(|text| text);
    match text.as_deref().map(str::trim) {
        Ok("") => Err(format!("--token-file {path} is empty")),
        Ok(token) => Ok(AccessToken::new(token)),
        Err(error) => Err(format!("--token-file {path} cannot be read: {error}")),
    }
}
