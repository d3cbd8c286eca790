//! Many subscriptions to a service that goes wrong at random, for a long time: nothing may be
//! missed without being told, and nothing may be left behind.

mod changes;
mod cycles;
mod faults;
mod ledger;
mod process;
mod run;
mod service;

use std::process::ExitCode;

use clap::Parser;

/// Keeps subscriptions to a simulator that goes wrong at random, and judges them.
#[derive(Debug, Clone, Parser)]
pub(crate) struct Options {
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

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let options = Options::parse();
    match run::run(&options).await {
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
