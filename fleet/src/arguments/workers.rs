use std::time::Duration;

use clap::{Args, ValueHint};
use clap_complete::Shell;

use crate::config::parse_duration;
use crate::exit::ExitCode;

/// Run a worker, until it is told to stop
///
/// SIGTERM, SIGINT and `drain` let it hand its drives over to the others, and then end. A second signal
/// ends it at once: the others take its drives after the lease time.
#[derive(Debug, Args)]
#[command(after_help = ExitCode::help())]
pub(crate) struct Run {
    /// The name of this worker instead of that of the configuration or of the machine
    #[arg(
        long,
        value_name = "NAME",
        env = "DRIVEBELL_FLEET_WORKER",
        hide_env_values = true
    )]
    pub(crate) worker: Option<String>,
}

/// Show what the workers and the drives are doing
///
/// Asks every worker, and waits a moment for the answers.
#[derive(Debug, Args)]
#[command(after_help = ExitCode::help())]
pub(crate) struct Status {
    /// Show every drive, and not only those with problems
    #[arg(long)]
    pub(crate) drives: bool,
    /// How long to wait for answers, as in 2s
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = wait)]
    pub(crate) wait: Duration,
}

/// Let a worker hand its drives over to the others, and end
///
/// Returns once it has.
#[derive(Debug, Args)]
#[command(after_help = ExitCode::help())]
pub(crate) struct Drain {
    /// The id of the worker as `status` shows it, or its name if only one has that
    #[arg(value_name = "WORKER", value_hint = ValueHint::Other)]
    pub(crate) worker: String,
    /// How long to wait for it, as in 5m
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = wait)]
    pub(crate) wait: Duration,
}

/// Show or set what a tenant allows, over all workers together
///
/// Without a limit, it shows what was set. Running workers follow within moments.
#[derive(Debug, Args)]
#[command(after_help = ExitCode::help())]
pub(crate) struct Budget {
    /// The tenant, as in the entries of its drives; `default` for all that have no budget of their own
    #[arg(value_name = "TENANT", value_hint = ValueHint::Other)]
    pub(crate) tenant: String,
    /// Resource units a minute; a delta query costs one or two
    #[arg(long, value_name = "NUMBER", value_parser = limit)]
    pub(crate) units: Option<f64>,
    /// Requests for endpoints a second; it may be less than 1
    #[arg(long, value_name = "NUMBER", value_parser = limit)]
    pub(crate) endpoint_calls: Option<f64>,
    /// Requests of each user in five minutes
    #[arg(long, value_name = "NUMBER", value_parser = limit)]
    pub(crate) user_requests: Option<f64>,
    /// Forget what was set, so that the default counts again
    #[arg(long, conflicts_with_all = ["units", "endpoint_calls", "user_requests"])]
    pub(crate) reset: bool,
}

/// Check the configuration, and print what is in force
///
/// It asks nobody, and shows no secret.
#[derive(Debug, Args)]
#[command(after_help = ExitCode::help())]
pub(crate) struct Check {}

/// Print the script with which a shell completes commands and options
///
///   bash         eval "$(drivebell-fleet completions bash)"
///   zsh          eval "$(drivebell-fleet completions zsh)"
///   fish         drivebell-fleet completions fish | source
///   PowerShell   drivebell-fleet completions powershell | Out-String | Invoke-Expression
///
/// Add the line to ~/.bashrc, to ~/.zshrc after compinit, to ~/.config/fish/config.fish or to
/// $PROFILE.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = ExitCode::help())]
pub(crate) struct Completions {
    /// Your shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: Shell,
}

fn wait(text: &str) -> Result<Duration, String> {
    match parse_duration(text) {
        Some(Duration::ZERO) => Err("must be longer than zero".to_owned()),
        Some(duration) => Ok(duration),
        None => Err("is not a duration like 2s or 5m".to_owned()),
    }
}

fn limit(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        Ok(_) => Err("must be more than 0".to_owned()),
        Err(_) => Err("is not a number".to_owned()),
    }
}
