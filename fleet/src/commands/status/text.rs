use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::output::Table;
use crate::status::{BudgetView, DriveCounts, DriveState, FleetStatus, PauseView, WorkerView};

/// Totals, a table of workers, tenants with pauses or limits, and the drives that were told.
pub(super) fn text(status: &FleetStatus, all_drives: bool) -> String {
    let mut text = totals(status);
    text.push('\n');
    text.push_str(&workers(&status.workers).text());
    for part in [tenants(&status.workers), pauses(&status.workers)] {
        if !part.is_empty() {
            text.push('\n');
            text.push_str(&part.text());
        }
    }
    let drives = drives(status);
    if !drives.is_empty() {
        text.push_str(if all_drives {
            "\n"
        } else {
            "\nDrives with problems:\n"
        });
        text.push_str(&drives.text());
    }
    for worker in &status.cut_short {
        let _ = writeln!(
            text,
            "\nThe answer of {worker} did not arrive as a whole: wait longer with --wait."
        );
    }
    text
}

fn totals(status: &FleetStatus) -> String {
    let workers = &status.workers;
    let counts = counts(workers);
    let listed = workers.iter().map(|it| it.drives_listed).max();
    let partitions: u64 = workers.iter().map(|it| it.partitions).sum();
    let lag = workers.iter().map(|it| it.lag).max();
    let mut text = format!(
        "workers     {}\npartitions  {partitions} owned\ndrives      {} in the list, {} followed",
        workers.len(),
        listed.unwrap_or_default(),
        counts.total() - counts.invalid,
    );
    let present = DriveState::ALL
        .iter()
        .filter(|state| counts.get(**state) > 0);
    for (index, state) in present.enumerate() {
        text.push_str(if index == 0 { ": " } else { ", " });
        let _ = write!(text, "{} {}", counts.get(*state), state.as_str());
    }
    let _ = writeln!(text, "\nlag         {}", span(lag.unwrap_or_default()));
    text
}

fn counts(workers: &[WorkerView]) -> DriveCounts {
    let mut counts = DriveCounts::default();
    for worker in workers {
        for state in DriveState::ALL {
            counts.add(state, worker.drives.get(state));
        }
    }
    // Every worker counts all entries that cannot be used: nobody owns those.
    let invalid = workers.iter().map(|worker| worker.drives.invalid).max();
    counts.invalid = invalid.unwrap_or_default();
    counts
}

fn workers(workers: &[WorkerView]) -> Table {
    let mut table = Table::new(&[
        "WORKER",
        "STATE",
        "UP",
        "PARTITIONS",
        "DRIVES",
        "LAG",
        "LAST CHANGE",
        "IN FLIGHT",
        "NATS",
        "TROUBLE",
    ]);
    for worker in workers {
        let nats = if worker.nats.connected {
            "connected".to_owned()
        } else {
            format!("away for {}", span(worker.nats.since_contact))
        };
        let mut trouble = worker.trouble.clone().unwrap_or_default();
        if worker.outbox.full {
            if !trouble.is_empty() {
                trouble.push_str("; ");
            }
            trouble.push_str("the stream is full");
        }
        table.row(&[
            worker.worker.clone(),
            worker.state.as_str().to_owned(),
            span(worker.uptime),
            worker.partitions.to_string(),
            worker.drives.total().to_string(),
            span(worker.lag),
            ago(worker.since_last_change),
            worker.outbox.in_flight.to_string(),
            nats,
            trouble,
        ]);
    }
    table
}

/// What all workers together ask for each tenant.
fn tenants(workers: &[WorkerView]) -> Table {
    let mut sums: BTreeMap<&str, BudgetView> = BTreeMap::new();
    for budget in workers.iter().flat_map(|worker| &worker.budgets) {
        let sum = sums.entry(&budget.tenant).or_insert_with(|| BudgetView {
            own_drives: 0,
            requests: 0,
            endpoint_calls: 0,
            resource_units: 0,
            throttled: 0,
            ..budget.clone()
        });
        sum.own_drives += budget.own_drives;
        sum.requests += budget.requests;
        sum.endpoint_calls += budget.endpoint_calls;
        sum.resource_units += budget.resource_units;
        sum.throttled += budget.throttled;
    }
    let mut table = Table::new(&[
        "TENANT",
        "DRIVES",
        "UNITS",
        "UNITS/MIN",
        "ENDPOINTS",
        "ENDPOINTS/S",
        "THROTTLED",
    ]);
    let limit = |limit: Option<f64>| limit.map_or_else(|| "-".to_owned(), |it| it.to_string());
    for (tenant, sum) in sums {
        table.row(&[
            tenant.to_owned(),
            format!("{} of {}", sum.own_drives, sum.drives),
            sum.resource_units.to_string(),
            limit(sum.resource_units_per_minute),
            sum.endpoint_calls.to_string(),
            limit(sum.endpoint_calls_per_second),
            sum.throttled.to_string(),
        ]);
    }
    table
}

fn pauses(workers: &[WorkerView]) -> Table {
    let mut longest: BTreeMap<(&str, &str), Duration> = BTreeMap::new();
    for PauseView { app, tenant, rest } in workers.iter().flat_map(|worker| &worker.pauses) {
        let known = longest.entry((app, tenant)).or_default();
        *known = (*known).max(*rest);
    }
    let mut table = Table::new(&["PAUSED APP", "TENANT", "FOR ANOTHER"]);
    for ((app, tenant), rest) in longest {
        table.row(&[app.to_owned(), tenant.to_owned(), span(rest)]);
    }
    table
}

fn drives(status: &FleetStatus) -> Table {
    let mut table = Table::new(&[
        "DRIVE",
        "RESOURCE",
        "USER",
        "WORKER",
        "STATE",
        "LAG",
        "LAST CHANGE",
        "REASON",
    ]);
    for drive in &status.drives {
        table.row(&[
            drive.drive.clone(),
            drive.resource.clone(),
            drive.user.clone(),
            drive.worker.clone(),
            drive.state.as_str().to_owned(),
            span(drive.lag),
            ago(drive.since_last_change),
            drive.reason.clone().unwrap_or_default(),
        ]);
    }
    table
}

fn ago(since: Option<Duration>) -> String {
    since.map_or_else(|| "-".to_owned(), |since| format!("{} ago", span(since)))
}

/// In its largest units: what is shown changes slowly.
fn span(span: Duration) -> String {
    match span.as_secs() {
        0 if span.is_zero() => "0 s".to_owned(),
        0..10 => format!("{:.1} s", span.as_secs_f64()),
        seconds @ 10..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{DriveView, WorkerState};

    fn worker(name: &str) -> WorkerView {
        let mut worker = WorkerView {
            worker: name.to_owned(),
            state: WorkerState::Running,
            partitions: 512,
            drives_listed: 30,
            lag: Duration::from_millis(1500),
            budgets: vec![BudgetView {
                tenant: "contoso.com".to_owned(),
                drives: 30,
                own_drives: 10,
                resource_units: 7,
                resource_units_per_minute: Some(1250.0),
                ..BudgetView::default()
            }],
            pauses: vec![PauseView {
                app: "app".to_owned(),
                tenant: "contoso.com".to_owned(),
                rest: Duration::from_secs(30),
            }],
            ..WorkerView::default()
        };
        worker.drives.add(DriveState::Live, 10);
        worker.drives.add(DriveState::Invalid, 2);
        worker
    }

    #[test]
    fn the_workers_add_up() {
        let mut refused = worker("b-00000002");
        refused.drives.add(DriveState::Refused, 1);
        refused.outbox.full = true;
        let status = FleetStatus {
            workers: vec![worker("a-00000001"), refused],
            drives: vec![DriveView {
                drive: "kim".to_owned(),
                resource: "/me/drive".to_owned(),
                user: "kim@contoso.com".to_owned(),
                label: None,
                worker: "b-00000002".to_owned(),
                state: DriveState::Refused,
                reason: Some("sign\nin".to_owned()),
                lag: Duration::from_secs(200),
                since_last_change: Some(Duration::from_secs(3)),
            }],
            cut_short: vec!["c-00000003".to_owned()],
        };
        let text = text(&status, false);
        for line in [
            "workers     2",
            "partitions  1024 owned",
            "drives      30 in the list, 21 followed: 20 live, 1 refused, 2 invalid",
            "lag         1.5 s",
            "contoso.com  20 of 30  14     1250       0          -            0",
            "app         contoso.com  30 s",
            "Drives with problems:",
            "kim    /me/drive  kim@contoso.com  b-00000002  refused  3 min  3.0 s ago    sign in",
            "The answer of c-00000003 did not arrive as a whole: wait longer with --wait.",
        ] {
            assert!(text.lines().any(|it| it == line), "{line} in\n{text}");
        }
        assert!(text.contains("the stream is full"), "{text}");
    }
}
