//! Thousands of drives in one stream of changes. All of them must look at once, twice: because all
//! connections are lost, and because the program says so. Each must be looked at, in turns.

use std::time::Duration;

use clap::Args;
use drivebell::{ChangesMember, ChangesMembers, ChangesOptions, ChangesSet, Client, Credential};
use drivebell::{Resource, Since};
use futures_util::StreamExt;
use tokio::time::{Instant, sleep, timeout};

use crate::heap::allocated;
use crate::process::{Usage, memory};
use crate::report;
use crate::service::Service;
use crate::stampede::check_files;

/// Added to every time limit, for a busy machine.
const TOLERANCE: Duration = Duration::from_secs(120);

/// How many bytes may stay allocated for each drive after closing. The smallest leak is more.
const MAX_LEAK_PER_DRIVE: u64 = 100;

/// How much more may be allocated while all drives look at once: some pages, whatever their number.
const MAX_GROWTH_KIB: u64 = 20 * 1024;

#[derive(Debug, Clone, Args)]
pub(crate) struct DrivesOptions {
    /// How many drives, each of another user
    #[arg(long, default_value_t = 5_000)]
    drives: usize,
    /// The client's limit of endpoint calls
    #[arg(long, default_value_t = 100)]
    endpoint_calls_per_second: u32,
}

pub(crate) async fn run(options: &DrivesOptions) -> Result<(), String> {
    report(format_args!("{options:?}"));
    check_files(options.drives)?;
    let users: Vec<_> = (0..options.drives)
        .map(|number| (format!("token-{number}"), format!("d{number}")))
        .collect();
    let service = Service::start_with_users(&users).await?;
    let control = service.control();
    let before = (Usage::now(), allocated());

    let set = follow(service.base_url(), &users, options)?;
    let members = set.members().clone();
    let consumer = tokio::spawn(consume(set));
    let began = Instant::now();
    looked(&members, |_| 1).await?;
    live(&members, options.drives).await?;
    let per_drive = (allocated() - before.1) * 1024 / options.drives as u64;
    report(format_args!(
        "all live after {:.1} s; {per_drive} bytes allocated for each, {} KiB resident",
        began.elapsed().as_secs_f64(),
        memory()
    ));

    for reason in ["every connection was cut", "the program gave a hint"] {
        let start = (Instant::now(), allocated());
        let queries = |member: &ChangesMember| member.stats().queries;
        let all = members.all();
        let counts: Vec<_> = all.iter().map(queries).collect();
        if reason.starts_with("every") {
            control.fault("cut,on=socket,when=now").await?;
        } else {
            for member in &all {
                member.hint().map_err(|error| error.to_string())?;
            }
        }
        let mut peak = 0;
        while all
            .iter()
            .zip(&counts)
            .any(|(it, count)| queries(it) <= *count)
        {
            peak = peak.max(allocated().saturating_sub(start.1));
            check_time(start.0)?;
            sleep(Duration::from_millis(5)).await;
        }
        report(format_args!(
            "{reason}: each was looked at within {:.1} s; {peak} KiB more allocated at most",
            start.0.elapsed().as_secs_f64()
        ));
        if peak > MAX_GROWTH_KIB {
            return Err(format!("{peak} KiB more were allocated"));
        }
        drop(all);
        live(&members, options.drives).await?;
    }

    report(format_args!("{:?}", members.stats()));
    members_closed(members, consumer).await?;
    Usage::return_to(before.0).await?;
    let left = allocated().saturating_sub(before.1) * 1024;
    report(format_args!(
        "closed: no task, thread or file is left, and {left} bytes in all"
    ));
    if left > MAX_LEAK_PER_DRIVE * options.drives as u64 {
        return Err(format!("{left} bytes are still allocated"));
    }
    Ok(())
}

fn follow(
    base_url: &str,
    users: &[(String, String)],
    options: &DrivesOptions,
) -> Result<ChangesSet, String> {
    let explain = |error: drivebell::Error| error.to_string();
    let credential = |token: &str| Credential::token(token).map_err(explain);
    let family = Client::builder(credential("unused")?)
        .base_url(base_url)
        .max_endpoint_calls_per_second(options.endpoint_calls_per_second)
        .build()
        .map_err(explain)?;
    let mut how = ChangesOptions::default();
    how.lag_delays.clear();
    let set = family.changes_all([], &how).map_err(explain)?;
    for (token, _) in users {
        let client = family.with_credential(credential(token)?);
        let drive = Resource::my_drive();
        let added = set.members().add_for(&client, &drive, &Since::Start);
        added.map_err(explain)?;
    }
    Ok(set)
}

/// Reads until a member fails, or until it is aborted.
async fn consume(mut set: ChangesSet) -> Result<(), String> {
    while let Some(next) = set.next().await {
        if let Err(error) = next.batch {
            return Err(format!("{}: {error}", next.member.resource()));
        }
    }
    Ok(())
}

/// Waits until each member has made so many queries.
async fn looked(
    members: &ChangesMembers,
    queries: impl Fn(&ChangesMember) -> u64,
) -> Result<(), String> {
    let began = Instant::now();
    let all = members.all();
    while all.iter().any(|it| it.stats().queries < queries(it)) {
        check_time(began)?;
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn live(members: &ChangesMembers, drives: usize) -> Result<(), String> {
    let began = Instant::now();
    while members.stats().live < drives {
        check_time(began)?;
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

fn check_time(began: Instant) -> Result<(), String> {
    if began.elapsed() > TOLERANCE {
        return Err(format!("not all drives within {TOLERANCE:?}"));
    }
    Ok(())
}

async fn members_closed(
    members: ChangesMembers,
    consumer: tokio::task::JoinHandle<Result<(), String>>,
) -> Result<(), String> {
    // The set is dropped with its consumer.
    consumer.abort();
    let _ = consumer.await;
    let closed = async {
        while !members.is_closed() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(TOLERANCE, closed)
        .await
        .map_err(|_| format!("not closed within {TOLERANCE:?}"))
}
