//! The command `drivebell`, for whoever wants to be it: a program of its own, or a package of
//! another language.

mod arguments;
mod client;
mod commands;
mod exit;
mod log;
mod output;
mod token;

use std::ffi::OsString;
use std::time::Duration;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::commands::{changes, doctor, endpoint, watch};
use crate::exit::{End, Failure, Stop, code};
use crate::output::Output;

/// What may still block when the command is over, a write to a reader that does not read for
/// instance, is not waited for longer.
const FAREWELL: Duration = Duration::from_millis(100);

/// Runs the command line, the first of `arguments` being the command's own name, and gives the
/// code to exit with, which `--help` explains.
///
/// It blocks until the command is over, on a runtime of its own. It reads and writes the standard
/// streams, the environment variables `DRIVEBELL_TOKEN`, `NO_COLOR`, `TERM` and those of proxies,
/// and it takes SIGINT and SIGTERM. A handler that was set before is called too: a host that has
/// one of its own resets it first.
pub fn run<I, T>(arguments: I) -> u8
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help that nobody reads any more is no failure.
            let _ = error.print();
            return if error.use_stderr() {
                code::USAGE
            } else {
                code::OK
            };
        }
    };
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
            let failure = Failure::new(code::OTHER, format!("cannot start: {error}"));
            return exit::tell(&failure);
        }
    };
    let end = runtime.block_on(execute(arguments));
    runtime.shutdown_timeout(FAREWELL);
    match end {
        Ok(()) => code::OK,
        Err(End::Stopped(reason)) => reason.exit_code(),
        Err(End::Quiet(code)) => code,
        Err(End::Failed(failure)) => exit::tell(&failure),
    }
}

/// Has the library say on stderr what it does, as `-v` does, for a host whose users ask for it in
/// another way. Where there is a subscriber of `tracing` already, that has it all.
///
/// It never shows a token or a notification URL.
pub fn log_to_stderr() {
    log::start(1);
}

async fn execute(arguments: Arguments) -> Result<(), End> {
    let stop = Stop::listen();
    let output = Output::new(stop.clone());
    let common = &arguments.common;
    match &arguments.command {
        Command::Watch(options) => watch::run(common, options, &output, &stop).await,
        Command::Changes(options) => changes::run(common, options, &output, &stop).await,
        Command::Endpoint(options) => endpoint::run(common, options, &output, &stop).await,
        Command::Doctor(options) => doctor::run(common, options, &output, &stop).await,
    }
}
