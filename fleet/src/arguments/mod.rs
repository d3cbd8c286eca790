//! The command line and its help.

#![expect(
    clippy::doc_markdown,
    reason = "clap prints these comments, and a terminal shows no Markdown"
)]

mod drives;
mod workers;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueHint};
use tracing_subscriber::filter::Targets;

pub(crate) use self::drives::{Add, Import, List, Remove};
pub(crate) use self::workers::{Budget, Check, Completions, Drain, Run, Status};
use crate::config::parse_filter;
use crate::exit::ExitCode;

/// Follow thousands of OneDrive and SharePoint drives with any number of workers, on NATS JetStream
///
/// Without a command, it runs a worker.
#[derive(Debug, Parser)]
#[command(
    name = "drivebell-fleet",
    version,
    after_help = ExitCode::help(),
    subcommand_help_heading = "Commands"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) run: Run,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// The options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of all commands")]
pub(crate) struct Common {
    /// The configuration; without one, every setting has its default
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "DRIVEBELL_FLEET_CONFIG",
        hide_env_values = true
    )]
    pub(crate) config: Option<PathBuf>,
    /// The servers of NATS instead of those of the configuration, with commas between
    #[arg(
        long,
        global = true,
        value_name = "URL",
        value_delimiter = ',',
        env = "DRIVEBELL_FLEET_NATS",
        hide_env_values = true,
        value_hint = ValueHint::Url
    )]
    pub(crate) nats: Vec<String>,
    /// The name of the fleet instead of that of the configuration
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "DRIVEBELL_FLEET_NAME",
        hide_env_values = true
    )]
    pub(crate) name: Option<String>,
    /// What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or
    /// off, or levels of parts as in info,drivebell::changes=debug
    #[arg(
        long,
        global = true,
        value_name = "LEVEL",
        env = "DRIVEBELL_FLEET_LOG",
        hide_env_values = true,
        value_parser = parse_filter
    )]
    pub(crate) log: Option<Targets>,
    /// Print JSON, one object per line, also on a terminal
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(Run),
    Add(Add),
    Remove(Remove),
    List(List),
    Import(Import),
    Status(Status),
    Drain(Drain),
    Budget(Budget),
    Check(Check),
    Completions(Completions),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_valid() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_worker_is_run_without_a_command() {
        let words = [
            "drivebell-fleet",
            "--nats",
            "nats://a,nats://b",
            "--worker",
            "w",
        ];
        let arguments = Arguments::try_parse_from(words).unwrap();
        assert!(arguments.command.is_none());
        assert_eq!(arguments.run.worker.as_deref(), Some("w"));
        assert_eq!(arguments.common.nats, ["nats://a", "nats://b"]);
    }
}
