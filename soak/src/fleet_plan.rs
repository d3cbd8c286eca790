//! Balances many drives over workers that come, go and die, without drives: only the store and the plan.
//!
//! Every worker acts once a second of simulated time on a list that may be a few seconds old, finds out
//! about deaths at its own time, and needs a while to hand a partition over.

mod figures;
mod fleet;
mod worker;

use clap::Args;

use self::figures::{Figures, percent};
use self::fleet::Fleet;
use crate::report;

/// How far a load may be from its fair share.
const TOLERANCE: f64 = 0.1;

/// How much may move when a worker joins, compared with its fair share.
const MOST_MOVED: f64 = 1.2;

/// How many workers join, die and leave one after the other, each when the fleet has come to rest.
const EVENTS: usize = 10;

/// For how many seconds workers come, go and die at random.
const STORM: u32 = 300;

#[derive(Debug, Clone, Args)]
pub(crate) struct FleetPlanOptions {
    /// How many drives are hashed into partitions
    #[arg(long, default_value_t = 100_000)]
    drives: u32,
    /// How many partitions there are; each number is a run
    #[arg(long, value_delimiter = ',', default_values_t = [1024, 4096])]
    partitions: Vec<u32>,
    /// How many workers begin; each number is a run
    #[arg(long, value_delimiter = ',', default_values_t = [5, 20])]
    workers: Vec<usize>,
    /// The seed; random by default
    #[arg(long)]
    seed: Option<u64>,
}

pub(crate) async fn run(options: &FleetPlanOptions) -> Result<(), String> {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    report(format_args!(
        "{} drives, one in ten of which costs ten to fifty times as much; seed {seed}",
        options.drives
    ));
    let mut rows = Vec::new();
    let mut problems = Vec::new();
    for &partitions in &options.partitions {
        for &workers in &options.workers {
            let fleet = Fleet::new(options.drives, partitions, seed);
            let figures = life(fleet, workers).await?;
            let name = format!("{partitions} partitions, {workers} workers");
            problems.extend(
                figures
                    .problems()
                    .into_iter()
                    .map(|problem| format!("{name}: {problem}")),
            );
            rows.push((partitions, workers, figures));
        }
    }
    table(&rows);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("; "))
    }
}

async fn life(mut fleet: Fleet, workers: usize) -> Result<Figures, String> {
    let mut figures = Figures::default();
    for _ in 0..workers {
        fleet.join();
    }
    fleet.rest().await?;
    figures.first_claims = fleet.take_counts();
    figures.balance.add(fleet.imbalance().await?);

    for _ in 0..EVENTS {
        fleet.join();
        figures.rest.add(fleet.rest().await?);
        figures.joined.add(fleet.moved_of_fair());
        figures.joining = figures.joining.most(fleet.take_counts());
        figures.balance.add(fleet.imbalance().await?);
    }
    for _ in 0..EVENTS {
        let died = fleet.kill_one().await?;
        figures.rest.add(fleet.rest().await?);
        figures.died.add(fleet.moved_of(died));
        figures.dying = figures.dying.most(fleet.take_counts());
        figures.balance.add(fleet.imbalance().await?);
    }
    for _ in 0..EVENTS / 2 {
        let left = fleet.drain_one().await?;
        figures.rest.add(fleet.rest().await?);
        figures.left.add(fleet.moved_of(left));
        fleet.take_counts();
        figures.balance.add(fleet.imbalance().await?);
        fleet.join();
        fleet.rest().await?;
        fleet.take_counts();
    }
    for _ in 0..STORM {
        fleet.random_event(workers).await?;
        fleet.second().await?;
    }
    figures.storm = fleet.take_counts();
    figures.rest.add(fleet.rest().await?);
    figures.balance.add(fleet.imbalance().await?);
    figures.planning = fleet.planning();
    Ok(figures)
}

impl Figures {
    fn problems(&self) -> Vec<String> {
        let limits = [
            (
                &self.balance,
                TOLERANCE,
                "a load differs from its fair share by",
            ),
            (
                &self.joined,
                MOST_MOVED,
                "at a worker's joining, of its fair share moves",
            ),
        ];
        let beyond = limits
            .into_iter()
            .filter(|(share, limit, _)| share.most > *limit);
        beyond
            .map(|(share, _, says)| format!("{says} {}", percent(share.most)))
            .collect()
    }
}

fn table(rows: &[(u32, usize, Figures)]) {
    report(format_args!(
        "| partitions | workers | load apart from fair, most | moved at a joining, of fair: mean, most | at a \
         leaving, of its load: most | at a death, besides its own: most | seconds to rest: mean, most |"
    ));
    report(format_args!("|---|---|---|---|---|---|---|"));
    for (partitions, workers, figures) in rows {
        report(format_args!(
            "| {partitions} | {workers} | {} | {}, {} | {} | {} | {:.1}, {:.0} |",
            percent(figures.balance.most),
            percent(figures.joined.mean()),
            percent(figures.joined.most),
            percent(figures.left.most),
            percent(figures.died.most),
            figures.rest.mean(),
            figures.rest.most,
        ));
    }
    report(format_args!(""));
    report(format_args!(
        "| partitions | workers | writes a second, most: first claims | joining | death | storm | refused in \
         the storm | a plan takes, on average |"
    ));
    report(format_args!("|---|---|---|---|---|---|---|---|"));
    for (partitions, workers, figures) in rows {
        report(format_args!(
            "| {partitions} | {workers} | {} | {} | {} | {} | {} of {} | {:.2} ms |",
            figures.first_claims.peak,
            figures.joining.peak,
            figures.dying.peak,
            figures.storm.peak,
            figures.storm.refused,
            figures.storm.written + figures.storm.refused,
            figures.planning.as_secs_f64() * 1e3,
        ));
    }
}
