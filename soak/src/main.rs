//! Many subscriptions to a service that goes wrong at random, for a long time: nothing may be
//! missed without being told, and nothing may be left behind.

mod changes;
mod crowd;
mod cycles;
mod faults;
mod heap;
mod ledger;
mod pace;
mod process;
mod run;
mod service;
mod stampede;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: heap::Counted = heap::Counted;

/// Keeps subscriptions to a simulator that goes wrong at random, and judges them.
#[derive(Debug, Clone, Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    mode: Option<Mode>,
    /// For how long, in seconds
    #[arg(long, default_value_t = 600)]
    pub(crate) seconds: u64,
    /// How many subscriptions
    #[arg(long, default_value_t = 200)]
    pub(crate) sessions: usize,
    /// Over how many drives
    #[arg(long, default_value_t = 20)]
    pub(crate) drives: usize,
    /// How often a subscription is opened and closed after that
    #[arg(long, default_value_t = 10_000)]
    pub(crate) cycles: u32,
    /// Of the faults; another one each time if absent
    #[arg(long)]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, Clone, Subcommand)]
enum Mode {
    /// Instead: many users in one stream, of which one in ten loses its connection every second
    Stampede(stampede::StampedeOptions),
}

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match &options.mode {
        None => run::run(&options).await,
        Some(Mode::Stampede(options)) => stampede::run(options).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            report(format_args!("FAILED: {problem}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "what this program is for")]
pub(crate) fn report(line: std::fmt::Arguments<'_>) {
    println!("{line}");
}
