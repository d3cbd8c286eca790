//! The default run: subscriptions to several drives, random faults, and the checks afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use drivebell::{Client, Resource};
use futures_util::future::{join_all, try_join_all};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::changes::{make_change, make_changes};
use crate::client::client;
use crate::faults::{Drives, inject_faults};
use crate::heap::allocated;
use crate::ledger::{Ledger, consume};
use crate::process::{Usage, memory};
use crate::service::{HEARTBEAT_WINDOW_MS, Service};
use crate::{Options, cycles, report};

/// How much more may be allocated at the end than after the warm-up, in percent.
const MAX_GROWTH: f64 = 5.0;

pub(crate) async fn run(options: &Options) -> Result<(), String> {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    report(format_args!("{options:?}, seed {seed}"));
    let names: Vec<_> = (0..options.drives)
        .map(|number| format!("d{number}"))
        .collect();
    let service = Service::start(&names).await?;
    let before = Usage::now();

    let client = client(service.base_url())?;
    let (stop, stopped) = watch::channel(false);
    let (drives, consumers) = subscribe(&client, names, options.sessions, &stopped).await?;
    soak(options, &service, &drives, seed).await?;
    if let Some(ended) = consumers.iter().find(|consumer| consumer.is_finished()) {
        return Err(format!("a subscription has ended: {:?}", ended.id()));
    }
    check(&drives)?;
    stop.send_replace(true);
    for consumer in consumers {
        consumer.await.map_err(|error| error.to_string())??;
    }
    drop(client);
    Usage::return_to(before).await?;
    report(format_args!("closed: no task, thread or file is left"));

    cycles::run(service.base_url(), options.cycles).await?;
    Usage::return_to(before).await?;
    report(format_args!(
        "no task, thread or file is left after the cycles"
    ));
    Ok(())
}

type Consumer = JoinHandle<Result<(), String>>;

async fn subscribe(
    client: &Client,
    names: Vec<String>,
    sessions: usize,
    stopped: &watch::Receiver<bool>,
) -> Result<(Drives, Vec<Consumer>), String> {
    let mut drives: Vec<_> = names.into_iter().map(|name| (name, Vec::new())).collect();
    let count = drives.len();
    let starting = (0..sessions).map(|number| {
        let resource = Resource::drive(&drives[number % count].0);
        async move { client.subscribe(&resource?).await }
    });
    let subscriptions = try_join_all(starting)
        .await
        .map_err(|error| error.to_string())?;
    let mut consumers = Vec::new();
    for (number, subscription) in subscriptions.into_iter().enumerate() {
        let ledger = Ledger::new();
        drives[number % count].1.push(Arc::clone(&ledger));
        consumers.push(tokio::spawn(consume(subscription, ledger, stopped.clone())));
    }
    Ok((Arc::new(drives), consumers))
}

/// Injects faults, and then makes a last change of each drive.
async fn soak(
    options: &Options,
    service: &Service,
    drives: &Drives,
    seed: u64,
) -> Result<(), String> {
    let (stop, stopped) = watch::channel(false);
    let (end_faults, faults_ended) = watch::channel(false);
    let changes = drives.iter().map(|(drive, ledgers)| {
        let task = make_changes(
            service.control(),
            drive.clone(),
            ledgers.clone(),
            stopped.clone(),
        );
        tokio::spawn(task)
    });
    let changes: Vec<_> = changes.collect();
    let faults = tokio::spawn(inject_faults(
        service.control(),
        Arc::clone(drives),
        seed,
        faults_ended,
    ));

    let memory = watch_memory(options.seconds, drives).await;
    end_faults.send_replace(true);
    stop.send_replace(true);
    let faults = faults.await.map_err(|error| error.to_string())??;
    let mut made = 0;
    for task in changes {
        made += task.await.map_err(|error| error.to_string())??;
    }
    let control = service.control();
    let last = drives
        .iter()
        .map(|(drive, ledgers)| make_change(&control, drive, ledgers));
    join_all(last)
        .await
        .into_iter()
        .collect::<Result<(), _>>()?;
    report(format_args!(
        "{faults} faults; {made} changes, each followed by a notification or resync of every subscription"
    ));
    memory
}

async fn watch_memory(seconds: u64, drives: &Drives) -> Result<(), String> {
    let began = Instant::now();
    let warm_up = Duration::from_secs(60.min(seconds / 4));
    let (mut warm, mut last) = (u64::MAX, u64::MAX);
    for second in 1..=seconds {
        sleep((began + Duration::from_secs(second)).saturating_duration_since(Instant::now()))
            .await;
        let sample = allocated();
        // The minimum of some seconds: at any one moment, several sessions may be connecting.
        let window = Duration::from_secs(20.min(seconds / 8).max(1));
        let elapsed = Duration::from_secs(second);
        if elapsed > warm_up.saturating_sub(window) && elapsed <= warm_up {
            warm = warm.min(sample);
        }
        if Duration::from_secs(seconds).saturating_sub(elapsed) < window {
            last = last.min(sample);
        }
        if second % 30 == 0 {
            report(format_args!(
                "{second} s: {sample} KiB allocated, {} KiB resident, {} gaps, {} renewals",
                memory(),
                total(drives, |ledger| &ledger.gaps),
                total(drives, |ledger| &ledger.renewals)
            ));
        }
    }
    let growth = percent(warm, last);
    report(format_args!(
        "allocated: {warm} KiB after {} s, {last} KiB at the end: {growth:+.1} %",
        warm_up.as_secs()
    ));
    if growth < MAX_GROWTH {
        Ok(())
    } else {
        Err(format!("memory has grown by {growth:.1} %"))
    }
}

fn check(drives: &Drives) -> Result<(), String> {
    for ledger in drives.iter().flat_map(|(_, ledgers)| ledgers) {
        let (gaps, resyncs) = (ledger.gaps.load(SeqCst), ledger.resyncs.load(SeqCst));
        let after_renewal = ledger.resyncs_after_renewal.load(SeqCst);
        if resyncs != gaps + after_renewal {
            return Err(format!(
                "{resyncs} resyncs for {gaps} gaps and {after_renewal} doubtful renewals"
            ));
        }
    }
    report(format_args!(
        "{} gaps, one resync each; {} renewals, {} of them with a resync because a fault hit the \
         replaced connection; {} changes notified; {} failed attempts",
        total(drives, |ledger| &ledger.gaps),
        total(drives, |ledger| &ledger.renewals),
        total(drives, |ledger| &ledger.resyncs_after_renewal),
        total(drives, |ledger| &ledger.changes),
        total(drives, |ledger| &ledger.unavailable),
    ));
    let longest = drives
        .iter()
        .flat_map(|(_, ledgers)| ledgers)
        .map(|ledger| ledger.longest_silence.load(SeqCst))
        .max()
        .unwrap_or_default();
    let longest = Duration::from_micros(longest);
    let window = Duration::from_millis(HEARTBEAT_WINDOW_MS);
    report(format_args!(
        "silence was noticed after {longest:?} at most, {:.2} heartbeat windows",
        longest.as_secs_f64() / window.as_secs_f64()
    ));
    Ok(())
}

fn total(drives: &Drives, count: impl Fn(&Ledger) -> &AtomicU64) -> u64 {
    let ledgers = drives.iter().flat_map(|(_, ledgers)| ledgers);
    ledgers.map(|ledger| count(ledger).load(SeqCst)).sum()
}

#[expect(clippy::cast_precision_loss, reason = "a count of KiB is small enough")]
fn percent(before: u64, after: u64) -> f64 {
    (after as f64 / before as f64 - 1.0) * 100.0
}
