//! Follows thousands of OneDrive and SharePoint drives with any number of workers, on NATS JetStream.

mod arguments;
pub mod budget;
mod commands;
pub mod config;
mod connect;
pub mod control;
pub mod drives;
pub mod exit;
pub mod http;
pub mod key_text;
mod logs;
pub mod nats;
pub mod outbox;
mod output;
pub mod pauses;
mod secret;
pub mod signals;
pub mod status;
pub mod tokens;
mod worker;

pub use secret::Secret;

use std::env;
use std::ffi::OsString;
use std::time::Duration;

use clap::{CommandFactory, Parser};

use crate::arguments::{Arguments, Command};
use crate::config::{Config, Overrides, Source};
use crate::exit::{End, ExitCode, Failure};
use crate::output::Output;

/// How long a blocked thread may delay the exit: a write blocks while the reader does not read.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(100);

/// Runs the command line and returns the exit code, which `--help` explains. The first of
/// `arguments` is the command's own name.
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

fn run_command(arguments: &Arguments) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
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
    let command = match &arguments.command {
        Some(Command::Completions(options)) => {
            return commands::completions::run(options, Output::new(false)).await;
        }
        command => command.as_ref(),
    };
    let config = configuration(arguments)?;
    let output = Output::new(arguments.common.json);
    let Some(command) = command else {
        return commands::run::run(config).await;
    };
    let running = async {
        match command {
            Command::Run(_) => commands::run::run(config).await,
            Command::Add(options) => commands::add::run(&config, options, output).await,
            Command::Remove(options) => commands::remove::run(&config, options, output).await,
            Command::List(options) => commands::list::run(&config, options, output).await,
            Command::Import(options) => commands::import::run(&config, options, output).await,
            Command::Status(options) => commands::status::run(&config, options, output).await,
            Command::Drain(options) => commands::drain::run(&config, options, output).await,
            Command::Budget(options) => commands::budget::run(&config, options, output).await,
            Command::Check(_) => commands::check::run(&config, output).await,
            Command::Completions(_) => Ok(()),
        }
    };
    if let Command::Run(_) = command {
        // It handles signals itself.
        return running.await;
    }
    tokio::select! {
        biased;
        code = signals::interrupted() => Err(End::Reported(code)),
        done = running => done,
    }
}

/// The file, with what the command line and the environment say instead. Logging begins here.
fn configuration(arguments: &Arguments) -> Result<Config, Failure> {
    let common = &arguments.common;
    let mut worker = arguments.run.worker.clone();
    match &arguments.command {
        None => {}
        Some(Command::Run(options)) => worker = options.worker.clone().or(worker),
        // The variable of the environment may be set for all commands.
        Some(_) => worker = None,
    }
    let overrides = Overrides {
        servers: common.nats.clone(),
        name: common.name.clone(),
        worker,
    };
    let mut config = Config::read(&Source {
        file: common.config.as_deref(),
        overrides: &overrides,
        environment: &|name| env::var(name).ok(),
    })?;
    if let Some(filter) = &common.log {
        config.log.filter = filter.clone();
    }
    let is_worker = matches!(arguments.command, None | Some(Command::Run(_)));
    let filter = if is_worker || common.log.is_some() {
        config.log.filter.clone()
    } else {
        // A command says what went wrong by itself.
        config::commands_filter()
    };
    logs::start(config.log.format, filter);
    Ok(config)
}
