//! What the programs print, one JSON line each: `connected`; `done` with what it took; and at the
//! end of stdin `seen`, by which the driver knows whether all that was sent has come.

use std::env;
use std::hint::black_box;
use std::io::{Read, Write};
use std::process::exit;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

/// Counts what the program's handler is given. To be called from any thread.
pub struct Meter {
    expected: u64,
    sessions: u64,
    timed: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connected: u64,
    cpu_before: Duration,
    seen: u64,
    first: Option<Instant>,
    /// In nanoseconds.
    latencies: Vec<u64>,
}

impl Meter {
    /// By `EVENTS`, `SESSIONS` and `TIMED`. The program ends with its stdin.
    pub fn new() -> &'static Self {
        let meter: &'static Self = Box::leak(Box::new(Self {
            expected: number("EVENTS", 0),
            sessions: number("SESSIONS", 1),
            timed: number("TIMED", 0) == 1,
            state: Mutex::default(),
        }));
        std::thread::spawn(move || {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            print(&json!({ "seen": meter.state.lock().expect("a count").seen }));
            exit(0);
        });
        meter
    }

    /// One more session has joined its namespace.
    pub fn connected(&self) {
        let mut state = self.state.lock().expect("a count");
        state.connected += 1;
        if state.connected == self.sessions {
            state.cpu_before = cpu();
            print(&json!({ "connected": self.sessions }));
        }
    }

    /// The handler has read these of a notification.
    pub fn saw<T>(&self, subscription_id: Option<&str>, list_id: Option<&str>, expires_at: T) {
        black_box((subscription_id, list_id, expires_at));
        let mut state = self.state.lock().expect("a count");
        if self.timed {
            let digits = subscription_id.unwrap_or_default();
            let sent = u64::from_str_radix(&digits.replace('-', ""), 16);
            state
                .latencies
                .push(now().saturating_sub(sent.unwrap_or(0)));
        }
        self.count(&mut state);
    }

    /// A frame came, of which nothing is read.
    pub fn saw_frame(&self) {
        self.count(&mut self.state.lock().expect("a count"));
    }

    fn count(&self, state: &mut State) {
        state.seen += 1;
        let first = *state.first.get_or_insert_with(Instant::now);
        if state.seen == self.expected {
            print(&json!({ "done": {
                "events": state.seen,
                "seconds": first.elapsed().as_secs_f64(),
                "cpu_seconds": (cpu() - state.cpu_before).as_secs_f64(),
                "latencies_ns": state.latencies,
            }}));
        }
    }
}

/// The measurement is worth nothing, and ends.
pub fn void(why: &str) -> ! {
    print(&json!({ "void": why }));
    exit(1);
}

/// A number out of the environment.
pub fn number(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

fn print(line: &Value) {
    println!("{line}");
    let _ = std::io::stdout().flush();
}

/// Nanoseconds of the clock that the server reads too.
fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// What all threads of this process have used.
fn cpu() -> Duration {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(used.tv_sec as u64, used.tv_nsec as u32)
}
