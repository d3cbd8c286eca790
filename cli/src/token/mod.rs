//! Where the token comes from. Never from an argument: other users of the machine can read those.

mod command;
mod command_output;
mod file;

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, fmt};

use drivebell::{AccessToken, BoxError, Credential, SignInRequired, TokenRequest};

use self::command::TokenCommand;
use self::file::TokenFile;
use crate::arguments::Common;
use crate::exit::{ExitCode, Failure};
use crate::graph::Graph;
use crate::login::{self, Account, IdentityService, Login, LoginFile, Renewal};
use crate::network;

/// Also for `drivebell login` without a client id.
pub(crate) const SIGN_IN_GUIDE: &str =
    "https://github.com/drivebell/drivebell/blob/main/docs/sign-in.md";

const VARIABLE: &str = "DRIVEBELL_TOKEN";

/// A credential, and the Graph that may get its tokens.
pub(crate) struct Token {
    pub(crate) credential: Credential,
    pub(crate) source: Source,
    pub(crate) graph: Graph,
}

/// Where the token comes from.
#[derive(Debug)]
pub(crate) enum Source {
    Command,
    File,
    Variable,
    Login(Account),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command => f.write_str("--token-command"),
            Self::File => f.write_str("--token-file"),
            Self::Variable => f.write_str(VARIABLE),
            Self::Login(account) => {
                write!(f, "the login of {account}")?;
                account
                    .kind()
                    .map_or(Ok(()), |kind| write!(f, " ({kind} account)"))
            }
        }
    }
}

/// An option wins over the environment variable, and that over the login.
pub(crate) fn find(common: &Common) -> Result<Token, Failure> {
    let given = |credential, source| Token {
        credential,
        source,
        graph: Graph::given(common).unwrap_or_default(),
    };
    if let Some(line) = &common.token_command {
        let command = TokenCommand::new(line.clone(), common.token_timeout);
        let credential = credential(move |request| {
            let command = command.clone();
            async move { command.token(request.refresh).await }
        });
        return Ok(given(credential, Source::Command));
    }
    if let Some(file) = &common.token_file {
        let file = TokenFile::new(file.clone());
        let credential = credential(move |_| {
            let file = file.clone();
            async move { file.token().await }
        });
        return Ok(given(credential, Source::File));
    }
    if let Some(token) = variable() {
        let credential = Credential::token(token).map_err(|error| {
            Failure::new(
                ExitCode::Token,
                format!("{VARIABLE} cannot be used: {}", error.message()),
            )
        })?;
        return Ok(given(credential, Source::Variable));
    }
    // Who has no folder for a login has no login.
    let file = LoginFile::locate().map_err(|_| no_token())?;
    let login = file.read()?.ok_or_else(no_token)?;
    let account = login.account.clone();
    let graph = login.graph.clone();
    let renewal = renewal(common, file, login)?;
    Ok(Token {
        credential: login::credential(renewal),
        source: Source::Login(account),
        graph,
    })
}

/// A command or a file.
///
/// Whatever gave no token yet is probably set up wrongly, and waiting does not help. What did may
/// fail for want of network, which the library waits out.
fn credential<F, Fut>(get: F) -> Credential
where
    F: Fn(TokenRequest) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<AccessToken, String>> + Send + 'static,
{
    let has_worked = Arc::new(AtomicBool::new(false));
    Credential::from_fn(move |request| {
        let (token, has_worked) = (get(request), Arc::clone(&has_worked));
        async move {
            let token = token.await;
            let has_worked = has_worked.fetch_or(token.is_ok(), Ordering::Relaxed);
            token.map_err(|problem| -> BoxError {
                if has_worked {
                    problem.into()
                } else {
                    SignInRequired::new(problem).into()
                }
            })
        }
    })
}

/// Says that the environment has a token, which wins over the login that the user asks about.
pub(crate) fn warn_of_variable() {
    if variable().is_some() {
        let _ = writeln!(
            io::stderr(),
            "drivebell: {VARIABLE} is set, and the other commands use it instead of this login"
        );
    }
}

fn variable() -> Option<String> {
    let token = env::var(VARIABLE).unwrap_or_default();
    let token = token.trim();
    (!token.is_empty()).then(|| token.to_owned())
}

fn no_token() -> Failure {
    Failure::new(
        ExitCode::Token,
        format!(
            "there is no token: run `drivebell login --client-id ID`, set {VARIABLE}, or give \
             --token-file FILE or --token-command CMD\nA user must be signed in, with the permission \
             Files.Read at least. How to get an ID, in two minutes:\n  {SIGN_IN_GUIDE}"
        ),
    )
}

/// A login in use, for the Graph of these options only.
pub(crate) fn renewal(common: &Common, file: LoginFile, login: Login) -> Result<Renewal, Failure> {
    if let Some(given) = Graph::given(common)
        && given != login.graph
    {
        let option = match given {
            Graph::Cloud(_) => "--cloud",
            Graph::BaseUrl(_) => "--base-url",
        };
        return Err(Failure::new(
            ExitCode::Usage,
            format!(
                "{option}: the login is for another Graph, and its token must not go elsewhere: \
                 leave out {option}, or sign in there with `drivebell login --client-id ID \
                 {given}`"
            ),
        ));
    }
    let forms = network::form_client(common, &login.identity_url)?;
    let service = IdentityService::new(forms, &login.client_id, &login.tenant);
    Ok(Renewal::new(service, file, login))
}
