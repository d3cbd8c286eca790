//! How far an enumeration is, on a terminal's stderr.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use drivebell::ChangeBatch;

/// To the beginning of the line, and what is behind it away.
const CLEAR: &[u8] = b"\r\x1b[K";

#[derive(Debug)]
pub(crate) struct Progress {
    wanted: bool,
    items: u64,
    since: Instant,
    under_way: bool,
    shown: bool,
}

impl Progress {
    /// Everything begins with a look at what there is.
    pub(crate) fn new() -> Self {
        Self {
            wanted: io::stderr().is_terminal(),
            items: 0,
            since: Instant::now(),
            under_way: true,
            shown: false,
        }
    }

    pub(crate) fn advance(&mut self, batch: &ChangeBatch) {
        if !self.under_way {
            self.items = 0;
            self.since = Instant::now();
        }
        self.items += batch.items.len() as u64;
        self.under_way = !batch.caught_up;
        self.draw();
    }

    pub(crate) fn draw(&mut self) {
        if self.wanted && self.under_way {
            let text = text(self.items, self.since.elapsed());
            let _ = io::stderr().write_all(&[CLEAR, text.as_bytes()].concat());
            self.shown = true;
        }
    }

    pub(crate) fn clear(&mut self) {
        if self.shown {
            let _ = io::stderr().write_all(CLEAR);
            self.shown = false;
        }
    }
}

fn text(items: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    let rate = items / seconds.max(1);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    format!("{items} items, {rate} a second, {minutes}:{seconds:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_short() {
        let shown = text(12_345, Duration::from_millis(65_900));
        assert_eq!(shown, "12345 items, 189 a second, 1:05");
        assert_eq!(text(0, Duration::ZERO), "0 items, 0 a second, 0:00");
    }
}
