//! The command `drivebell` as a library, so that packages of other languages can bring the same
//! command.

mod arguments;
mod atomic_file;
mod bounded_file;
mod client;
mod commands;
mod exit;
mod file_mode;
mod graph;
mod log;
mod login;
mod network;
mod output;
mod shell;
mod token;

use std::ffi::OsString;
use std::time::Duration;

use clap::{CommandFactory, Parser};

use crate::arguments::{Arguments, Command};
use crate::exit::{End, ExitCode, Failure, Stop};
use crate::output::Output;

/// How long a blocked thread may delay the exit. A write blocks while the reader does not read.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(100);

/// Runs the command line and returns the exit code, which `--help` explains. The first of
/// `arguments` is the command's own name.
///
/// Blocks until the command is done, on its own runtime. It uses the standard streams, the
/// environment variables `DRIVEBELL_TOKEN`, `DRIVEBELL_CONFIG_DIR`, `NO_COLOR`, `TERM` and those of
/// proxies, and it handles SIGINT and SIGTERM. Signal handlers that the host has set before are
/// called too: reset them first if you do not want that.
pub fn run<I, T>(arguments: I) -> u8
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let code = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => run_command(&arguments),
        Err(error) => {
            // Nothing is lost if the reader of the help has closed it.
            let _ = error.print();
            if error.use_stderr() {
                ExitCode::Usage
            } else {
                ExitCode::Ok
            }
        }
    };
    code.number()
}

/// The commands with their options and help, for completions, manual pages and documentation.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Whether `-v` logs such a record, for hosts that enable the log in another way. Tokens and
/// notification URLs are never logged.
pub fn is_logged(metadata: &tracing::Metadata<'_>) -> bool {
    log::is_shown(metadata, tracing::Level::DEBUG)
}

/// Logs a record to stderr, as `-v` does.
pub fn log_to_stderr(event: &tracing::Event<'_>) {
    log::write(event);
}

fn run_command(arguments: &Arguments) -> ExitCode {
    if arguments.common.verbose > 0 {
        log::start(arguments.common.verbose);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            return Failure::new(ExitCode::Other, format!("cannot start: {error}")).report();
        }
    };
    let result = runtime.block_on(execute(arguments));
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    match result {
        Ok(()) => ExitCode::Ok,
        Err(end) => end.report(),
    }
}

async fn execute(arguments: &Arguments) -> Result<(), End> {
    let stop = Stop::listen();
    let output = Output::new(stop.clone());
    let common = &arguments.common;
    match &arguments.command {
        Command::Watch(options) => commands::watch::run(common, options, &output, &stop).await,
        Command::Changes(options) => commands::changes::run(common, options, &output, &stop).await,
        Command::Mirror(options) => commands::mirror::run(common, options, &output, &stop).await,
        Command::Ls(options) => commands::mirror_file::ls(common, options, &output, &stop).await,
        Command::Find(options) => {
            commands::mirror_file::find(common, options, &output, &stop).await
        }
        Command::Endpoint(options) => {
            commands::endpoint::run(common, options, &output, &stop).await
        }
        Command::Doctor(options) => commands::doctor::run(common, options, &output, &stop).await,
        Command::Login(options) => commands::login::run(common, options, &output, &stop).await,
        Command::Logout(_) => commands::logout::run(common, &output).await,
        Command::Whoami(options) => commands::whoami::run(common, options, &output, &stop).await,
        Command::Completions(options) => commands::completions::run(options, &output).await,
    }
}
