//! What the crate logs, as the bindings pass it on.

use std::collections::BTreeSet;
use std::fs;

use drivebell::{LogRecord, LogValue, NetworkFailure, Resource, Since};
use futures_util::StreamExt;
use tracing::Level;

use crate::support::log;
use crate::support::mirror::{quick, upload};
use crate::support::watched::{fault, persistent, simulator};
use crate::support::within;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/observability.md");

/// The records of one channel.
fn on<'a>(channel: &str, records: &'a [LogRecord]) -> Vec<&'a LogRecord> {
    let is_on = |record: &&LogRecord| record.channel == Some(channel);
    records.iter().filter(is_on).collect()
}

fn names(record: &LogRecord) -> Vec<&'static str> {
    record.fields.iter().map(|(name, _)| *name).collect()
}

fn field<'a>(record: &'a LogRecord, name: &str) -> &'a LogValue {
    let found = record.fields.iter().find(|(known, _)| *known == name);
    let (_, value) = found.unwrap_or_else(|| panic!("no {name} in {record:?}"));
    value
}

fn integer(record: &LogRecord, name: &str) -> i64 {
    match field(record, name) {
        LogValue::Integer(number) => *number,
        other => panic!("{name} is {other:?}"),
    }
}

fn seconds(record: &LogRecord, name: &str) -> f64 {
    match field(record, name) {
        LogValue::Float(number) => *number,
        other => panic!("{name} is {other:?}"),
    }
}

/// A session and its delta queries, of which one is throttled, and one more that Graph refuses.
async fn log_of_a_stream() -> Vec<LogRecord> {
    log::start();
    let server = simulator().seed("b!me", 50).page_size(20);
    let throttled = fault("answer=429,on=delta,retryAfter=1,times=1");
    let simulator = server.fault(throttled).start().await.unwrap();
    let client = persistent(simulator.base_url()).label("alex");
    let client = client.build().unwrap();
    let resource = Resource::my_drive();
    let mut changes = client
        .changes_with(&resource, &Since::Start, &quick())
        .unwrap();
    while !within(changes.next()).await.unwrap().unwrap().caught_up {}
    upload(&simulator, "new.txt").await;
    within(changes.next()).await;
    within(changes.close()).await;
    within(client.close()).await;
    let missing = Resource::drive("b!missing").unwrap();
    let client = persistent(simulator.base_url()).build().unwrap();
    let _ = within(client.subscribe(&missing)).await.unwrap_err();
    log::records_of_this_thread()
}

#[tokio::test]
async fn a_session_its_requests_and_its_queries_are_logged_with_their_fields() {
    let records = log_of_a_stream().await;

    let session = on("drivebell.session", &records);
    let events: Vec<_> = session
        .iter()
        .filter_map(|it| log::text_of(it, "event"))
        .collect();
    for expected in ["started", "connected", "closed", "ended"] {
        assert!(events.contains(&expected), "{events:?}");
    }
    assert!(session.iter().all(|it| it.room == "session"));
    let connected = session[events.iter().position(|it| *it == "connected").unwrap()];
    assert_eq!(names(connected), ["event", "resource", "label"]);
    assert_eq!(
        (connected.level, &*connected.message),
        (Level::INFO, "connected")
    );
    let ended = session[events.iter().position(|it| *it == "ended").unwrap()];
    assert_eq!(ended.level, Level::ERROR);
    assert_eq!(log::text_of(ended, "error_kind"), Some("not_found"));
    assert_eq!(integer(ended, "status"), 404);
    let page = "https://drivebell.github.io/drivebell/errors/not-found/";
    assert_eq!(log::text_of(ended, "help_url"), Some(page));
    assert!(!log::text_of(ended, "error").unwrap().contains(page));

    let requests = on("drivebell.graph.request", &records);
    let statuses: Vec<_> = requests.iter().map(|it| integer(it, "status")).collect();
    for (status, level) in [(200, Level::DEBUG), (429, Level::WARN), (404, Level::DEBUG)] {
        let at = statuses.iter().position(|it| *it == status);
        let request = requests[at.expect("such a request")];
        assert_eq!((request.room, request.level), ("graph", level));
        assert_eq!(log::text_of(request, "method"), Some("GET"));
        assert_eq!(log::text_of(request, "host"), Some("127.0.0.1"));
        assert!(log::text_of(request, "path").unwrap().starts_with("/v1.0/"));
        assert!(log::text_of(request, "client_request_id").unwrap().len() == 36);
        assert!(log::text_of(request, "request_id").is_some());
        assert!(seconds(request, "duration") > 0.0);
        if status == 429 {
            assert!((seconds(request, "retry_after") - 1.0).abs() < 1e-9);
            assert_eq!(log::label_of(request), Some("alex"));
        }
    }

    let rounds = on("drivebell.changes.round", &records);
    let first = rounds[0];
    assert_eq!((first.room, first.level), ("changes", Level::DEBUG));
    assert_eq!(log::text_of(first, "trigger"), Some("start"));
    assert_eq!(log::text_of(first, "resource"), Some("/me/drive/root"));
    assert_eq!(log::label_of(first), Some("alex"));
    assert!(integer(first, "pages") >= 3 && integer(first, "items") >= 50);
    assert!(
        seconds(first, "duration") > 1.0,
        "it was throttled for a second: {first:?}"
    );

    let text = log::of_this_thread();
    for span in [
        "drivebell.session:",
        "drivebell.graph.request:",
        "drivebell.changes.round:",
    ] {
        assert!(
            text.lines()
                .any(|line| line.starts_with("INFO") && line.contains(span)),
            "{span}"
        );
    }
}

#[tokio::test]
async fn every_room_channel_and_field_is_documented() {
    let page = fs::read_to_string(PAGE).unwrap();
    let has = |name: &str| page.contains(&format!("`{name}`"));
    for room in LogRecord::ROOMS {
        assert!(has(&format!("drivebell.{room}")), "{room}");
    }
    for channel in LogRecord::CHANNELS {
        assert!(has(channel), "{channel}");
        assert!(has(&channel.replace('.', ":")), "{channel}");
    }
    for failure in NetworkFailure::ALL {
        assert!(has(failure.as_str()), "{failure}");
        let is_of_the_system = *failure == NetworkFailure::Other;
        assert!(is_of_the_system || has(failure.code()), "{failure}");
    }
    let records = log_of_a_stream().await;
    let fields: BTreeSet<_> = records.iter().flat_map(names).collect();
    assert!(fields.len() > 12, "{fields:?}");
    for field in fields {
        assert!(has(field), "{field} is not in docs/observability.md");
    }
}

#[test]
fn a_record_is_one_line_that_quotes_texts_of_several_words() {
    let record = LogRecord {
        room: "graph",
        channel: None,
        level: Level::INFO,
        message: "GET".to_owned(),
        fields: vec![
            ("path", LogValue::Text("/v1.0/me".into())),
            ("error", LogValue::Text("no \"luck\"".into())),
            ("status", LogValue::Integer(404)),
            ("duration", LogValue::Float(0.123_456_789)),
            ("flag", LogValue::Flag(true)),
        ],
        created: std::time::SystemTime::now(),
    };
    assert_eq!(
        record.text(),
        r#"GET path=/v1.0/me error="no \"luck\"" status=404 duration=0.1235 flag=true"#
    );
}
