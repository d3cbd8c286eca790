//! Thousands of users with a drive each. Every second, one in ten loses its connection; all must
//! come back, without more endpoint calls than the limit allows.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use clap::Args;
use drivebell::{Client, Credential, Member, Resource, SubscriptionSet};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::heap::allocated;
use crate::process::{Usage, memory};
use crate::service::{Control, Service};
use crate::set_consumer::{MemberCounts, SetConsumer};
use crate::{rate, report};

/// The longest wait between two attempts: the default of the option `retry_max`.
const MAX_RETRY_WAIT: Duration = Duration::from_secs(60);

/// Added to every time limit, for a busy machine.
const TOLERANCE: Duration = Duration::from_secs(30);

/// How many bytes may stay allocated for each session after closing. The smallest leak is more.
const MAX_LEAK_PER_SESSION: u64 = 100;

#[derive(Debug, Clone, Args)]
pub(crate) struct StampedeOptions {
    /// How long connections are cut, in seconds
    #[arg(long, default_value_t = 120)]
    seconds: u64,
    /// How many users, each with a drive and a session
    #[arg(long, default_value_t = 5_000)]
    sessions: usize,
    /// The client's limit of endpoint calls. Every second lost connection costs one
    #[arg(long, default_value_t = 100)]
    endpoint_calls_per_second: u32,
}

impl StampedeOptions {
    /// How long one endpoint call for each session takes at that limit.
    fn calls_for_all(&self) -> Duration {
        let sessions = u32::try_from(self.sessions).unwrap_or(u32::MAX);
        Duration::from_secs(1) * sessions / self.endpoint_calls_per_second.max(1)
    }

    /// The time limit until all sessions are live again after the last cut.
    fn recovery_limit(&self) -> Duration {
        MAX_RETRY_WAIT + self.calls_for_all() + TOLERANCE
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
    let before = (Usage::now(), allocated());

    let set = join_all(service.base_url(), &users, options)?;
    let indices = indices(&set, &users);
    let (stop, stopped) = watch::channel(false);
    let (consumer, task) = SetConsumer::start(set, indices, stopped);

    let began = Instant::now();
    consumer
        .all_live(options.calls_for_all() + TOLERANCE)
        .await?;
    let per_session = (allocated() - before.1) * 1024 / options.sessions as u64;
    report(format_args!(
        "all live after {:.1} s; {per_session} bytes allocated for each, {} KiB resident",
        began.elapsed().as_secs_f64(),
        memory()
    ));

    let cuts = cut(&control, options.seconds, &consumer).await?;
    let last_cut = Instant::now();
    consumer.all_live(options.recovery_limit()).await?;
    report(format_args!(
        "{cuts} connections cut in {} s; all live again {:.1} s after the last",
        options.seconds,
        last_cut.elapsed().as_secs_f64()
    ));
    let changed = Instant::now();
    change_each_drive(&control, &users, &consumer).await?;
    report(format_args!(
        "a change of each drive has notified its session within {:.1} s",
        changed.elapsed().as_secs_f64()
    ));

    stop.send_replace(true);
    let calls = control.endpoint_calls().await?;
    rate::check(&calls, options.endpoint_calls_per_second)?;
    let (set, counts) = task.await.map_err(|error| error.to_string())??;
    check(&counts, &set)?;
    timeout(TOLERANCE, set.close())
        .await
        .map_err(|_| format!("not closed within {TOLERANCE:?}"))?;
    drop((set, counts, consumer, calls));
    Usage::return_to(before.0).await?;
    let left = allocated().saturating_sub(before.1) * 1024;
    report(format_args!(
        "closed: no task, thread or file is left, and {left} bytes in all"
    ));
    if left > MAX_LEAK_PER_SESSION * options.sessions as u64 {
        return Err(format!("{left} bytes are still allocated"));
    }
    Ok(())
}

/// Each session needs a file, here and in the simulator.
pub(crate) fn check_files(sessions: usize) -> Result<(), String> {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let limit = line.and_then(|line| line.split_whitespace().nth(3)?.parse::<usize>().ok());
    match limit {
        Some(limit) if limit < sessions + 500 => Err(format!(
            "only {limit} files may be open: run `ulimit -n {}` first",
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
    let family = Client::builder(credential("unused")?)
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

/// The index of each member's counts: members are in the order of `users`.
fn indices(set: &SubscriptionSet, users: &[(String, String)]) -> HashMap<Member, usize> {
    let all = set.members().all();
    assert_eq!(all.len(), users.len(), "each user has a member");
    all.into_iter().zip(0..).collect()
}

/// Cuts one in ten connections every second, and returns their number.
async fn cut(control: &Control, seconds: u64, consumer: &SetConsumer) -> Result<u64, String> {
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
                consumer.live(),
                allocated(),
                memory()
            ));
        }
    }
    Ok(cuts)
}

/// Changes each drive, and waits until its session has got the notification.
async fn change_each_drive(
    control: &Control,
    users: &[(String, String)],
    consumer: &SetConsumer,
) -> Result<(), String> {
    let before = consumer.changes();
    for (_, drive) in users {
        control.notify(drive).await?;
    }
    let deadline = Instant::now() + TOLERANCE;
    while Instant::now() < deadline {
        if consumer.all_notified_since(&before) {
            return Ok(());
        }
        sleep(Duration::from_millis(20)).await;
    }
    Err(format!(
        "some sessions got no notification within {TOLERANCE:?}"
    ))
}

fn check(counts: &[MemberCounts], set: &SubscriptionSet) -> Result<(), String> {
    for member in counts {
        // One more than gaps: each member begins with a resync.
        if member.resyncs != member.gaps + 1 {
            return Err(format!("expected one resync for each gap: {member:?}"));
        }
    }
    let gaps: u64 = counts.iter().map(|member| member.gaps).sum();
    let failed: u64 = counts.iter().map(|member| member.unavailable).sum();
    report(format_args!(
        "{gaps} gaps, one resync each; {failed} failed attempts; {:?}",
        set.members().stats()
    ));
    Ok(())
}
