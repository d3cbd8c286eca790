//! Metrics in the text format of Prometheus:
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>.

use std::fmt::Write as _;

use crate::status::{BudgetView, DriveState, PauseView, WorkerView};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Only rises.
    Counter,
    /// Rises and falls.
    Gauge,
}

/// A metric, and how it follows from the state of a worker.
struct Metric {
    name: &'static str,
    kind: Kind,
    help: &'static str,
    samples: fn(&WorkerView) -> Vec<Sample>,
}

/// One line of a metric.
struct Sample {
    labels: Vec<(&'static str, String)>,
    value: f64,
}

fn one(value: f64) -> Vec<Sample> {
    vec![Sample {
        labels: Vec::new(),
        value,
    }]
}

#[expect(clippy::cast_precision_loss, reason = "metrics are floats")]
fn float(value: u64) -> f64 {
    value as f64
}

fn number(value: u64) -> Vec<Sample> {
    one(float(value))
}

fn flag(value: bool) -> Vec<Sample> {
    one(f64::from(u8::from(value)))
}

/// A line for each tenant, unless it has no value.
fn of_tenants(view: &WorkerView, value: fn(&BudgetView) -> Option<f64>) -> Vec<Sample> {
    let samples = view.budgets.iter().filter_map(|budget| {
        Some(Sample {
            labels: vec![("tenant", budget.tenant.clone())],
            value: value(budget)?,
        })
    });
    samples.collect()
}

fn of_pause(pause: &PauseView) -> Sample {
    Sample {
        labels: vec![("app", pause.app.clone()), ("tenant", pause.tenant.clone())],
        value: pause.rest.as_secs_f64(),
    }
}

/// Every metric: its name, kind, help and value.
const METRICS: &[Metric] = &[
    Metric {
        name: "drivebell_fleet_worker_info",
        kind: Kind::Gauge,
        help: "The id and the version of this worker; always 1.",
        samples: |view| {
            vec![Sample {
                labels: vec![
                    ("worker", view.worker.clone()),
                    ("version", view.version.clone()),
                ],
                value: 1.0,
            }]
        },
    },
    Metric {
        name: "drivebell_fleet_uptime_seconds",
        kind: Kind::Gauge,
        help: "How long this worker runs.",
        samples: |view| one(view.uptime.as_secs_f64()),
    },
    Metric {
        name: "drivebell_fleet_capacity",
        kind: Kind::Gauge,
        help: "How much this worker takes compared with the others.",
        samples: |view| number(view.capacity),
    },
    Metric {
        name: "drivebell_fleet_partitions",
        kind: Kind::Gauge,
        help: "Partitions that this worker owns.",
        samples: |view| number(view.partitions),
    },
    Metric {
        name: "drivebell_fleet_drives_listed",
        kind: Kind::Gauge,
        help: "Drives of the whole fleet, as this worker knows them.",
        samples: |view| number(view.drives_listed),
    },
    Metric {
        name: "drivebell_fleet_drives",
        kind: Kind::Gauge,
        help: "Drives of this worker's partitions, by state. Every worker counts all invalid entries.",
        samples: |view| {
            let samples = DriveState::ALL.iter().map(|state| Sample {
                labels: vec![("state", state.as_str().to_owned())],
                value: float(view.drives.get(*state)),
            });
            samples.collect()
        },
    },
    Metric {
        name: "drivebell_fleet_lag_seconds",
        kind: Kind::Gauge,
        help: "The longest of the lags of this worker's drives.",
        samples: |view| one(view.lag.as_secs_f64()),
    },
    Metric {
        name: "drivebell_fleet_since_last_change_seconds",
        kind: Kind::Gauge,
        help: "The time since this worker last published a change; missing before the first.",
        samples: |view| {
            let since = view.since_last_change.map(|since| one(since.as_secs_f64()));
            since.unwrap_or_default()
        },
    },
    Metric {
        name: "drivebell_fleet_nats_connected",
        kind: Kind::Gauge,
        help: "Whether this worker is connected to NATS.",
        samples: |view| flag(view.nats.connected),
    },
    Metric {
        name: "drivebell_fleet_nats_reconnects_total",
        kind: Kind::Counter,
        help: "How often the connection to NATS was made again.",
        samples: |view| number(view.nats.reconnects),
    },
    Metric {
        name: "drivebell_fleet_nats_since_contact_seconds",
        kind: Kind::Gauge,
        help: "The time since NATS last answered.",
        samples: |view| one(view.nats.since_contact.as_secs_f64()),
    },
    Metric {
        name: "drivebell_fleet_outbox_in_flight",
        kind: Kind::Gauge,
        help: "Messages that the stream has not acknowledged yet.",
        samples: |view| number(view.outbox.in_flight),
    },
    Metric {
        name: "drivebell_fleet_outbox_waiting",
        kind: Kind::Gauge,
        help: "Messages that wait to be sent.",
        samples: |view| number(view.outbox.waiting),
    },
    Metric {
        name: "drivebell_fleet_stream_full",
        kind: Kind::Gauge,
        help: "Whether the stream is full, so that changes wait.",
        samples: |view| flag(view.outbox.full),
    },
    Metric {
        name: "drivebell_fleet_messages_published_total",
        kind: Kind::Counter,
        help: "Messages that the stream has taken.",
        samples: |view| number(view.outbox.published),
    },
    Metric {
        name: "drivebell_fleet_messages_repeated_total",
        kind: Kind::Counter,
        help: "Messages that the stream had already.",
        samples: |view| number(view.outbox.repeated),
    },
    Metric {
        name: "drivebell_fleet_messages_fenced_total",
        kind: Kind::Counter,
        help: "Messages that the stream refused, because another worker had taken the partition.",
        samples: |view| number(view.outbox.fenced),
    },
    Metric {
        name: "drivebell_fleet_messages_refused_total",
        kind: Kind::Counter,
        help: "Messages that the stream refused for another reason, and that are sent again.",
        samples: |view| number(view.outbox.refused),
    },
    Metric {
        name: "drivebell_fleet_token_requests_total",
        kind: Kind::Counter,
        help: "Requests to the token service.",
        samples: |view| number(view.tokens.requests),
    },
    Metric {
        name: "drivebell_fleet_token_refusals_total",
        kind: Kind::Counter,
        help: "Answers of the token service that the user must sign in again.",
        samples: |view| number(view.tokens.refused),
    },
    Metric {
        name: "drivebell_fleet_token_failures_total",
        kind: Kind::Counter,
        help: "Requests to the token service without a usable answer.",
        samples: |view| number(view.tokens.failed),
    },
    Metric {
        name: "drivebell_fleet_partitions_claimed_total",
        kind: Kind::Counter,
        help: "Partitions taken because nobody owned them, or because their owner was dead.",
        samples: |view| number(view.leases.claimed),
    },
    Metric {
        name: "drivebell_fleet_partitions_received_total",
        kind: Kind::Counter,
        help: "Partitions that another worker has handed over.",
        samples: |view| number(view.leases.received),
    },
    Metric {
        name: "drivebell_fleet_partitions_handed_over_total",
        kind: Kind::Counter,
        help: "Partitions handed over to another worker.",
        samples: |view| number(view.leases.handed_over),
    },
    Metric {
        name: "drivebell_fleet_partitions_lost_total",
        kind: Kind::Counter,
        help: "Partitions that another worker has taken.",
        samples: |view| number(view.leases.lost),
    },
    Metric {
        name: "drivebell_fleet_tenant_drives",
        kind: Kind::Gauge,
        help: "Drives that this worker follows, by tenant.",
        samples: |view| of_tenants(view, |it| Some(float(it.own_drives))),
    },
    Metric {
        name: "drivebell_fleet_requests_total",
        kind: Kind::Counter,
        help: "Requests to Graph, by tenant.",
        samples: |view| of_tenants(view, |it| Some(float(it.requests))),
    },
    Metric {
        name: "drivebell_fleet_endpoint_calls_total",
        kind: Kind::Counter,
        help: "Requests to Graph for endpoints, by tenant.",
        samples: |view| of_tenants(view, |it| Some(float(it.endpoint_calls))),
    },
    Metric {
        name: "drivebell_fleet_resource_units_total",
        kind: Kind::Counter,
        help: "What the requests to Graph cost, by tenant.",
        samples: |view| of_tenants(view, |it| Some(float(it.resource_units))),
    },
    Metric {
        name: "drivebell_fleet_throttled_total",
        kind: Kind::Counter,
        help: "Requests that Graph has throttled, by tenant.",
        samples: |view| of_tenants(view, |it| Some(float(it.throttled))),
    },
    Metric {
        name: "drivebell_fleet_budget_resource_units_per_minute",
        kind: Kind::Gauge,
        help: "Resource units a minute that a tenant allows to the whole fleet.",
        samples: |view| of_tenants(view, |it| it.resource_units_per_minute),
    },
    Metric {
        name: "drivebell_fleet_budget_endpoint_calls_per_second",
        kind: Kind::Gauge,
        help: "Requests for endpoints a second that a tenant allows to the whole fleet.",
        samples: |view| of_tenants(view, |it| it.endpoint_calls_per_second),
    },
    Metric {
        name: "drivebell_fleet_pause_seconds",
        kind: Kind::Gauge,
        help: "How long a pause that Graph has asked for still lasts, by app and tenant.",
        samples: |view| view.pauses.iter().map(of_pause).collect(),
    },
];

pub(super) fn text(view: &WorkerView) -> String {
    let mut text = String::new();
    for metric in METRICS {
        let samples = (metric.samples)(view);
        if samples.is_empty() {
            continue;
        }
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        let _ = write!(
            text,
            "# HELP {name} {help}\n# TYPE {name} {kind}\n",
            name = metric.name,
            help = metric.help,
        );
        for sample in samples {
            text.push_str(metric.name);
            text.push_str(&labels(&sample.labels));
            let _ = writeln!(text, " {}", sample.value);
        }
    }
    text
}

fn labels(labels: &[(&'static str, String)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let escaped = |text: &str| {
        text.replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n")
    };
    let labels: Vec<_> = labels
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
        .collect();
    format!("{{{}}}", labels.join(","))
}
