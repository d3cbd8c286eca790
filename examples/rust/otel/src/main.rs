//! Exports what drivebell does as traces and metrics, with OpenTelemetry.
//!
//! ```sh
//! GRAPH_TOKEN=… OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 cargo run
//! ```
//!
//! drivebell's spans are those of `tracing`: `tracing-opentelemetry` exports them as they are. The
//! metrics are made of its events, by the layer [`Metrics`].

use std::env;
use std::error::Error;
use std::fmt;

use drivebell::{Client, Credential, Resource, Since};
use futures_util::StreamExt;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, MeterProvider};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{MetricExporter, SpanExporter};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::signal::unix::{SignalKind, signal};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Counts and measures by drivebell's events.
struct Metrics {
    requests: Histogram<f64>,
    rounds: Histogram<f64>,
    items: Counter<u64>,
    events: Counter<u64>,
}

impl Metrics {
    fn new(meter: &Meter) -> Self {
        let seconds = |name| meter.f64_histogram(name).with_unit("s").build();
        Self {
            requests: seconds("drivebell.graph.request.duration"),
            rounds: seconds("drivebell.changes.round.duration"),
            items: meter.u64_counter("drivebell.changes.items").build(),
            events: meter.u64_counter("drivebell.session.events").build(),
        }
    }
}

impl<S: Subscriber> Layer<S> for Metrics {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Fields {
            duration,
            items,
            event: happened,
            labels,
        } = fields;
        match event.metadata().name() {
            "drivebell.graph.request" => self.requests.record(duration, &labels),
            "drivebell.changes.round" => {
                self.rounds.record(duration, &labels);
                self.items.add(items, &labels);
            }
            "drivebell.session" => {
                self.events
                    .add(1, &[KeyValue::new("drivebell.event", happened)]);
            }
            _ => {}
        }
    }
}

/// The fields that are measured, and those that a metric has as attributes: neither ids nor paths.
#[derive(Default)]
struct Fields {
    duration: f64,
    items: u64,
    event: String,
    labels: Vec<KeyValue>,
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "duration" {
            self.duration = value;
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "items" => self.items = value,
            "status" => {
                let status = i64::try_from(value).unwrap_or_default();
                self.labels
                    .push(KeyValue::new("http.response.status_code", status));
            }
            _ => {}
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.record_u64(field, value.try_into().unwrap_or_default());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let name = match field.name() {
            "event" => {
                self.event = value.to_owned();
                return;
            }
            "label" => "drivebell.label",
            "trigger" => "drivebell.trigger",
            "error_kind" => "error.type",
            _ => return,
        };
        self.labels.push(KeyValue::new(name, value.to_owned()));
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

async fn follow() -> Result<(), Box<dyn Error>> {
    let mut builder = Client::builder(Credential::token(env::var("GRAPH_TOKEN")?)?);
    if let Ok(url) = env::var("GRAPH_URL") {
        builder = builder.base_url(url);
    }
    let client = builder.label("example").build()?;
    let mut changes = client.changes(&Resource::my_drive(), &Since::Start)?;
    let mut stop = signal(SignalKind::terminate())?;
    loop {
        tokio::select! {
            _ = stop.recv() => break,
            batch = changes.next() => match batch {
                Some(batch) => println!("{} items", batch?.items.len()),
                None => break,
            },
        }
    }
    // Ends the sessions, and so their spans.
    client.close().await;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    // Both read the environment: where to send it, the name of the service, and so on. They send on
    // threads of their own, outside of tokio.
    let traces = SdkTracerProvider::builder()
        .with_batch_exporter(SpanExporter::builder().with_http().build()?)
        .build();
    let metrics = SdkMeterProvider::builder()
        .with_periodic_exporter(MetricExporter::builder().with_http().build()?)
        .build();
    // Nothing of other crates: they may show a token.
    let drivebell = || Targets::new().with_target("drivebell", Level::DEBUG);
    let spans = tracing_opentelemetry::layer().with_tracer(traces.tracer("drivebell"));
    tracing_subscriber::registry()
        .with(spans.with_filter(Targets::new().with_target("drivebell", Level::INFO)))
        .with(Metrics::new(&metrics.meter("drivebell")).with_filter(drivebell()))
        .init();

    let result = tokio::runtime::Runtime::new()?.block_on(follow());
    traces.shutdown()?;
    metrics.shutdown()?;
    result
}
