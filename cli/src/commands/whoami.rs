//! `drivebell whoami`.

use crate::arguments::{Common, Whoami};
use crate::exit::{End, ExitCode, Failure, Stop};
use crate::login::{LoginFile, NotRenewed};
use crate::output::{Identity, Output};
use crate::token;

pub(crate) async fn run(
    common: &Common,
    options: &Whoami,
    output: &Output,
    stop: &Stop,
) -> Result<(), End> {
    common.refuse_token_options("whoami")?;
    let file = LoginFile::locate()?;
    let Some(mut login) = file.read()? else {
        let problem = "not signed in: run `drivebell login --client-id ID`";
        return Err(Failure::new(ExitCode::Token, problem).into());
    };
    // Also checks that the login is for the Graph of the options.
    let renewal = token::renewal(common, file.clone(), login.clone())?;
    let mut expires_at = None;
    if !options.offline {
        let renewed = tokio::select! {
            biased;
            reason = stop.requested() => return Err(End::Stopped(reason)),
            renewed = renewal.renew(None) => renewed.map_err(failure)?,
        };
        expires_at = renewed.expires_at;
        login = renewal.login().await;
    }
    token::warn_of_variable();
    let identity = Identity {
        login: &login,
        expires_at,
        file: file.path(),
    };
    let format = output.format(common.json);
    output.write(format.account(&identity)).await
}

fn failure(problem: NotRenewed) -> Failure {
    match problem {
        NotRenewed::Refused(reason) => Failure::new(ExitCode::Token, reason),
        NotRenewed::Failed(reason) => Failure::new(
            ExitCode::Service,
            format!("{reason}\nWithout the network, `drivebell whoami --offline` shows the login"),
        ),
    }
}
