//! `drivebell login`.

use std::future::ready;
use std::io::{self, Write};
use std::time::SystemTime;

use drivebell::{Credential, ErrorCause, visible};
use tokio::time::{Instant, sleep_until};

use crate::arguments::{Common, Login as Options};
use crate::exit::{End, ExitCode, Failure, Stop};
use crate::graph::Graph;
use crate::login::{
    Account, DeviceCode, IdentityService, Login, LoginFile, NoTokens, Pace, Poll, Secret, Tokens,
};
use crate::output::{Identity, Output, to_milliseconds};
use crate::token::{self, SIGN_IN_GUIDE};
use crate::{client, network};

pub(crate) async fn run(
    common: &Common,
    options: &Options,
    output: &Output,
    stop: &Stop,
) -> Result<(), End> {
    common.refuse_token_options("login")?;
    let file = LoginFile::locate()?;
    let request = Request::new(common, options, &file)?;
    let forms = network::form_client(common, &request.identity_url)?;
    file.check_writable()?;
    let service = IdentityService::new(forms, &request.client_id, &request.tenant);
    let format = output.format(common.json);

    let sign_in = async {
        let code = service.device_code(&request.scopes).await;
        let code = code.map_err(|failure| not_started(&failure))?;
        prompt(&code);
        output.write(format.device_code(&code)).await?;
        Ok::<_, End>(await_sign_in(&service, &code).await?)
    };
    let tokens = tokio::select! {
        biased;
        reason = stop.requested() => return Err(End::Stopped(reason)),
        tokens = sign_in => tokens?,
    };
    let expires_at = tokens
        .expires_in
        .and_then(|left| SystemTime::now().checked_add(left));
    let login = request.into_login(tokens)?;
    file.store(&login)?;
    token::warn_of_variable();
    let identity = Identity {
        login: &login,
        expires_at,
        file: file.path(),
    };
    output.write(format.login(&identity)).await
}

/// What the user signs in to.
struct Request {
    client_id: String,
    tenant: String,
    graph: Graph,
    identity_url: String,
    scopes: Vec<String>,
}

impl Request {
    /// From the options, or else from the last login. Sends nothing.
    fn new(common: &Common, options: &Options, file: &LoginFile) -> Result<Self, Failure> {
        let request = match &options.client_id {
            Some(client_id) => {
                let graph = Graph::given(common).unwrap_or_default();
                Self {
                    client_id: client_id.clone(),
                    tenant: options.tenant.clone().unwrap_or("common".to_owned()),
                    identity_url: options
                        .identity_url
                        .clone()
                        .unwrap_or_else(|| graph.login_url().to_owned()),
                    scopes: Login::requested_scopes(&graph, &options.scope),
                    graph,
                }
            }
            None => Self::like_last_time(common, options, file)?,
        };
        // A bad option must be found before the user has signed in.
        let unused = Credential::from_fn(|_| ready(Err::<String, _>("no call is made")));
        client::with_graph(network::builder(common, unused), &request.graph).build()?;
        Ok(request)
    }

    fn like_last_time(
        common: &Common,
        options: &Options,
        file: &LoginFile,
    ) -> Result<Self, Failure> {
        let Ok(Some(last)) = file.read() else {
            return Err(Failure::new(
                ExitCode::Usage,
                format!(
                    "--client-id: is needed, because there is no earlier login to take it from. How \
                     to get one, in two minutes:\n  {SIGN_IN_GUIDE}"
                ),
            ));
        };
        let others = [
            ("--tenant", options.tenant.is_some()),
            ("--scope", !options.scope.is_empty()),
            ("--login-url", options.identity_url.is_some()),
            ("--cloud", common.cloud.is_some()),
            ("--base-url", common.base_url.is_some()),
        ];
        if let Some((name, _)) = others.iter().find(|(_, is_given)| *is_given) {
            return Err(Failure::new(
                ExitCode::Usage,
                format!(
                    "{name}: needs --client-id; without both, `drivebell login` repeats the last \
                     login, which had --client-id {}",
                    last.client_id
                ),
            ));
        }
        Ok(Self {
            client_id: last.client_id,
            tenant: last.tenant,
            graph: last.graph,
            identity_url: last.identity_url,
            scopes: last.scopes,
        })
    }

    fn into_login(self, tokens: Tokens) -> Result<Login, Failure> {
        let refresh_token = tokens.refresh_token.ok_or_else(|| {
            Failure::new(
                ExitCode::Token,
                "the identity service gave no refresh token, so this login would end within the hour; \
                 the app must be allowed offline_access (\"Maintain access to data you have given it \
                 access to\"). Nothing was stored",
            )
        })?;
        let account = tokens.id_token.as_ref().map(Secret::expose);
        Ok(Login {
            client_id: self.client_id,
            tenant: self.tenant,
            graph: self.graph,
            identity_url: self.identity_url,
            scopes: self.scopes,
            granted: tokens.scopes,
            account: account.map(Account::from_id_token).unwrap_or_default(),
            signed_in_at: to_milliseconds(SystemTime::now()),
            refresh_token,
        })
    }
}

/// Asks until the user has signed in, at the pace that the service wants.
async fn await_sign_in(service: &IdentityService, code: &DeviceCode) -> Result<Tokens, Failure> {
    let now = Instant::now();
    // None: later than a clock can say.
    let deadline = now.checked_add(code.expires_in);
    let mut pace = Pace::new(code.interval);
    let mut has_warned = false;
    loop {
        let next = Instant::now().checked_add(pace.pause());
        let next = match (next, deadline) {
            (Some(next), Some(deadline)) if next < deadline => next,
            (Some(next), None) => next,
            (_, Some(deadline)) => {
                sleep_until(deadline).await;
                return Err(expired());
            }
            (None, None) => return Err(expired()),
        };
        sleep_until(next).await;
        let failure = match service.redeem(&code.secret).await {
            Ok(tokens) => return Ok(tokens),
            Err(failure) => failure,
        };
        let answer = Poll::of(&failure);
        match answer {
            Poll::Pending | Poll::SlowDown => {}
            Poll::NoAnswer => {
                if !has_warned {
                    has_warned = true;
                    let _ = writeln!(
                        io::stderr(),
                        "drivebell: {}; asking again until the code expires",
                        visible(&failure.to_string())
                    );
                }
            }
            Poll::Expired => return Err(expired()),
            Poll::Declined => {
                return Err(refused(&format!(
                    "the sign-in was declined: {failure}; run `drivebell login` again, and accept what \
                     the app asks for"
                )));
            }
            Poll::Refused => {
                return Err(refused(&format!(
                    "the sign-in failed: {failure}; run `drivebell login` again"
                )));
            }
        }
        pace.adapt(answer);
    }
}

fn prompt(code: &DeviceCode) {
    let minutes = code.expires_in.as_secs().div_ceil(60);
    let _ = writeln!(
        io::stderr(),
        "To sign in, open this page in a browser, on any device:\n\n    {}\n\nand enter this code:\n\n    \
         {}\n\nThe code is valid for {minutes} min. Waiting; Ctrl-C stops.",
        code.verification_uri,
        code.user_code,
    );
}

fn not_started(failure: &NoTokens) -> Failure {
    let message = format!("the sign-in could not begin: {failure}");
    if failure.is_refusal {
        refused(&message)
    } else {
        Failure::new(ExitCode::Service, message)
    }
}

/// The identity service, or the person, said no.
fn refused(message: &str) -> Failure {
    let page = ErrorCause::SignInRefused.help_url();
    Failure::new(ExitCode::Token, format!("{message}\n  see: {page}"))
}

fn expired() -> Failure {
    refused(
        "the code has expired before anyone signed in with it: run `drivebell login` again, and enter \
         the new code in time",
    )
}
