//! Runs many subscriptions for a long time against a simulator that fails at random. Every change
//! must lead to a notification or a resync, and closing must release everything.

mod changes;
mod client;
mod cycles;
mod drives;
mod faults;
mod fleet_plan;
mod heap;
mod ledger;
mod process;
mod rate;
mod run;
mod service;
mod set_consumer;
mod stampede;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: heap::CountingAllocator = heap::CountingAllocator;

/// Runs subscriptions against a simulator that fails at random, and checks them.
#[derive(Debug, Clone, Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    mode: Option<Mode>,
    /// How long faults are injected, in seconds
    #[arg(long, default_value_t = 600)]
    pub(crate) seconds: u64,
    /// How many subscriptions
    #[arg(long, default_value_t = 200)]
    pub(crate) sessions: usize,
    /// How many drives they are spread over
    #[arg(long, default_value_t = 20)]
    pub(crate) drives: usize,
    /// How many times a subscription is opened and closed afterwards
    #[arg(long, default_value_t = 10_000)]
    pub(crate) cycles: u32,
    /// The seed of the faults; random by default
    #[arg(long)]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, Clone, Subcommand)]
enum Mode {
    /// Run many users in one set instead, and cut one in ten of their connections every second
    Stampede(stampede::StampedeOptions),
    /// Follow the changes of many drives in one stream instead, and let all of them look at once
    Drives(drives::DrivesOptions),
    /// Balance many drives over workers that come, go and die instead, in simulated time
    FleetPlan(fleet_plan::FleetPlanOptions),
}

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match &options.mode {
        None => run::run(&options).await,
        Some(Mode::Stampede(options)) => stampede::run(options).await,
        Some(Mode::Drives(options)) => drives::run(options).await,
        Some(Mode::FleetPlan(options)) => fleet_plan::run(options).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            report(format_args!("FAILED: {problem}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::print_stdout,
    reason = "the report is the output of this program"
)]
pub(crate) fn report(line: std::fmt::Arguments<'_>) {
    println!("{line}");
}
