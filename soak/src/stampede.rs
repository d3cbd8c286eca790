//! Thousands of users with a drive each, of which one in ten loses its connection every second: all
//! must come back, at no more than the pace that is allowed.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use clap::Args;
use drivebell::{Client, Credential, Member, Resource, SubscriptionSet};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::crowd::{Crowd, Tally};
use crate::heap::allocated;
use crate::pace;
use crate::process::{Holdings, memory};
use crate::report;
use crate::service::{Control, Service};

/// The longest wait of a session that was cut again and again, which is the client's default.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// For what is under way on a busy machine.
const SLACK: Duration = Duration::from_secs(30);

/// What closing may leave behind of each session, in bytes: a leak of the smallest thing is more.
const LEFT_OF_EACH: u64 = 100;

#[derive(Debug, Clone, Args)]
pub(crate) struct StampedeOptions {
    /// For how long connections are cut, in seconds
    #[arg(long, default_value_t = 120)]
    seconds: u64,
    /// How many users, each with a drive and a session
    #[arg(long, default_value_t = 5_000)]
    sessions: usize,
    /// The client's limit. Of two connections that are lost, one costs an endpoint call
    #[arg(long, default_value_t = 100)]
    endpoint_calls_per_second: u32,
}

impl StampedeOptions {
    /// How long it takes to ask for an endpoint for each of them.
    fn queue(&self) -> Duration {
        let sessions = u32::try_from(self.sessions).unwrap_or(u32::MAX);
        Duration::from_secs(1) * sessions / self.endpoint_calls_per_second.max(1)
    }

    /// By when all must be live after the last cut.
    fn recovery(&self) -> Duration {
        LONGEST_WAIT + self.queue() + SLACK
    }
}

pub(crate) async fn run(options: &StampedeOptions) -> Result<(), String> {
    report(format_args!("{options:?}"));
    check_files(options.sessions)?;
    let users: Vec<_> = (0..options.sessions)
        .map(|number| (format!("token-{number}"), format!("d{number}")))
        .collect();
    let service = Service::start_with_users(&users).await?;
    let control = service.control();
    let before = (Holdings::now(), allocated());

    let set = join_all(service.base_url(), &users, options)?;
    let indices = indices(&set, &users);
    let (stop, stopped) = watch::channel(false);
    let (crowd, reader) = Crowd::start(set, indices, stopped);

    let began = Instant::now();
    crowd.all_live(options.queue() + SLACK).await?;
    let of_each = (allocated() - before.1) * 1024 / options.sessions as u64;
    report(format_args!(
        "all live after {:.1} s; {of_each} bytes allocated for each, {} KiB resident",
        began.elapsed().as_secs_f64(),
        memory()
    ));

    let cuts = cut(&control, options.seconds, &crowd).await?;
    let over = Instant::now();
    crowd.all_live(options.recovery()).await?;
    report(format_args!(
        "{cuts} connections cut in {} s; all live again {:.1} s after the last",
        options.seconds,
        over.elapsed().as_secs_f64()
    ));
    let told = Instant::now();
    announce(&control, &users, &crowd).await?;
    report(format_args!(
        "a change of each drive told to its session, within {:.1} s",
        told.elapsed().as_secs_f64()
    ));

    stop.send_replace(true);
    let calls = control.endpoint_calls().await?;
    pace::judge(&calls, options.endpoint_calls_per_second)?;
    let (set, tallies) = reader.await.map_err(|error| error.to_string())??;
    judge(&tallies, &set)?;
    timeout(SLACK, set.close())
        .await
        .map_err(|_| format!("not closed within {SLACK:?}"))?;
    drop((set, tallies, crowd, calls));
    Holdings::settle(before.0).await?;
    let left = allocated().saturating_sub(before.1) * 1024;
    report(format_args!(
        "closed: no task, thread or file is left of them, and {left} bytes in all"
    ));
    if left > LEFT_OF_EACH * options.sessions as u64 {
        return Err(format!("{left} bytes are left"));
    }
    Ok(())
}

/// A file each, here and in the simulator.
fn check_files(sessions: usize) -> Result<(), String> {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let limit = line.and_then(|line| line.split_whitespace().nth(3)?.parse::<usize>().ok());
    match limit {
        Some(limit) if limit < sessions + 500 => Err(format!(
            "only {limit} files may be open: run `ulimit -n {}` before",
            sessions + 500
        )),
        _ => Ok(()),
    }
}

fn join_all(
    base_url: &str,
    users: &[(String, String)],
    options: &StampedeOptions,
) -> Result<SubscriptionSet, String> {
    let credential = |token: &str| Credential::token(token).map_err(|error| error.to_string());
    let family = Client::builder(credential("nobody")?)
        .base_url(base_url)
        .max_endpoint_calls_per_second(options.endpoint_calls_per_second)
        .build()
        .map_err(|error| error.to_string())?;
    let set = family.subscribe_all([]);
    for (token, _) in users {
        let client = family.with_credential(credential(token)?);
        let joined = set.members().add_for(&client, &Resource::my_drive());
        joined.map_err(|error| error.to_string())?;
    }
    Ok(set)
}

/// Members are known by their users, and those by the order in which they came.
fn indices(set: &SubscriptionSet, users: &[(String, String)]) -> HashMap<Member, usize> {
    let all = set.members().all();
    assert_eq!(all.len(), users.len(), "each user has a member");
    all.into_iter().zip(0..).collect()
}

/// One in ten of those that are connected, every second.
async fn cut(control: &Control, seconds: u64, crowd: &Crowd) -> Result<u64, String> {
    let mut cuts = 0;
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for second in 1..=seconds {
        ticks.tick().await;
        let connected = control.connected().await?;
        let tenth = connected.div_ceil(10);
        let skip = fastrand::u64(0..=connected - tenth);
        let fault = format!("cut,on=socket,when=now,skip={skip},times={tenth}");
        control.fault(&fault).await?;
        cuts += tenth;
        if second % 30 == 0 {
            report(format_args!(
                "{second} s: {cuts} cut, {} live, {} KiB allocated, {} KiB resident",
                crowd.live(),
                allocated(),
                memory()
            ));
        }
    }
    Ok(cuts)
}

/// A change of each drive, which its session has to be told of.
async fn announce(
    control: &Control,
    users: &[(String, String)],
    crowd: &Crowd,
) -> Result<(), String> {
    let before = crowd.told();
    for (_, drive) in users {
        control.notify(drive).await?;
    }
    let deadline = Instant::now() + SLACK;
    while Instant::now() < deadline {
        if crowd.all_told_since(&before) {
            return Ok(());
        }
        sleep(Duration::from_millis(20)).await;
    }
    Err(format!(
        "not everybody was told of a change within {SLACK:?}"
    ))
}

fn judge(tallies: &[Tally], set: &SubscriptionSet) -> Result<(), String> {
    for tally in tallies {
        // One more than gaps: nobody was waited for when they subscribed.
        if tally.resyncs != tally.gaps + 1 {
            return Err(format!("one resync for each gap, but: {tally:?}"));
        }
    }
    let gaps: u64 = tallies.iter().map(|tally| tally.gaps).sum();
    let failed: u64 = tallies.iter().map(|tally| tally.unavailable).sum();
    report(format_args!(
        "{gaps} gaps, one resync each; {failed} failed attempts; {:?}",
        set.members().stats()
    ));
    Ok(())
}
