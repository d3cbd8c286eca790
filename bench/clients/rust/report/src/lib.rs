//! What a client reports to the driver: one JSON object a line on stdout, each with an `event`.

mod enumeration;
mod paths;
mod process;
mod sessions;
mod sightings;
mod table;

use std::env;
use std::hint::black_box;
use std::io::{Read, Write};
use std::process::exit;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub use enumeration::Enumeration;
pub use paths::time_paths;
pub use sessions::{Turn, sessions, start_sessions};
pub use sightings::Sightings;
pub use table::{Table, event};

/// Prints the reports of the client's library. Can be called from any thread.
///
/// With `REPORT=each` (`make faults`) every event is a line, with a `detail` for the raw results.
/// Otherwise (`make bench`) only totals are reported, because printing each event would distort the
/// measurement:
///
/// - `connected`, when all `SESSIONS` have joined their namespace;
/// - `done`, after `EVENTS` notifications: time and CPU since the first one, and with `TIMED=1` the
///   latency of each;
/// - `end`, when stdin ends: how many notifications were read;
/// - `void`, when something was lost or a connection ended, unless `MAY_END=1` allows that.
pub struct Report {
    each: bool,
    sessions: u64,
    events: u64,
    timed: bool,
    may_end: bool,
    totals: Mutex<Totals>,
}

#[derive(Default)]
struct Totals {
    connected: u64,
    cpu_before: Duration,
    read: u64,
    first: Option<Instant>,
    latencies_ns: Vec<u64>,
}

impl Report {
    /// Reads the settings from the environment. From now on the program ends when its stdin ends,
    /// so that it does not survive the driver.
    pub fn start() -> &'static Self {
        let report: &'static Self = Box::leak(Box::new(Self {
            each: env::var("REPORT").is_ok_and(|mode| mode == "each"),
            sessions: sessions(),
            events: number("EVENTS", 0),
            timed: number("TIMED", 0) == 1,
            may_end: number("MAY_END", 0) == 1,
            totals: Mutex::default(),
        }));
        std::thread::spawn(move || {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            if !report.each {
                let read = report.totals.lock().expect("no panic under it").read;
                print(&json!({ "event": "end", "events": read }));
            }
            exit(0);
        });
        report
    }

    /// Whether every event is reported instead of totals.
    pub fn each(&self) -> bool {
        self.each
    }

    /// The library has reported a lifecycle event, such as `connected`, `disconnected` or `error`.
    pub fn event(&self, name: &str, detail: &str) {
        if self.each {
            return print(&json!({ "event": name, "detail": detail }));
        }
        match name {
            "connected" => self.connected(),
            // The library tries again; the driver waits for the session.
            "error" => {}
            _ if self.may_end => {}
            _ => void(&format!("{name}: {detail}")),
        }
    }

    /// The library has delivered a notification. `read` parses it, as a user's handler would, and
    /// calls [`Self::read`] with its fields.
    pub fn notification(&self, read: impl FnOnce()) {
        if self.each {
            print(&json!({ "event": "notification" }));
        } else {
            read();
        }
    }

    /// The handler has read these fields of a notification.
    pub fn read<T>(&self, subscription_id: Option<&str>, list_id: Option<&str>, expires_at: T) {
        black_box((subscription_id, list_id, expires_at));
        let mut totals = self.totals.lock().expect("no panic under it");
        if self.timed {
            let digits = subscription_id.unwrap_or_default();
            let sent = u64::from_str_radix(&digits.replace('-', ""), 16);
            let latency = process::now_ns().saturating_sub(sent.unwrap_or(0));
            totals.latencies_ns.push(latency);
        }
        self.count(&mut totals);
    }

    /// A frame has arrived and was not parsed.
    pub fn count_frame(&self) {
        self.count(&mut self.totals.lock().expect("no panic under it"));
    }

    fn connected(&self) {
        let mut totals = self.totals.lock().expect("no panic under it");
        totals.connected += 1;
        if totals.connected == self.sessions {
            totals.cpu_before = process::cpu();
            print(&json!({ "event": "connected", "sessions": self.sessions }));
        }
    }

    fn count(&self, totals: &mut Totals) {
        totals.read += 1;
        let first = *totals.first.get_or_insert_with(Instant::now);
        if totals.read == self.events {
            print(&json!({
                "event": "done",
                "events": totals.read,
                "seconds": first.elapsed().as_secs_f64(),
                "cpu_seconds": (process::cpu() - totals.cpu_before).as_secs_f64(),
                "latencies_ns": totals.latencies_ns,
            }));
        }
    }
}

/// Ends the program: its measurement is worth nothing.
pub fn void(detail: &str) -> ! {
    print(&json!({ "event": "void", "detail": detail }));
    exit(1);
}

/// A number from the environment.
pub fn number(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

fn print(line: &Value) {
    println!("{line}");
    let _ = std::io::stdout().flush();
}
