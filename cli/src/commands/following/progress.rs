//! The progress of an enumeration, on stderr if that is a terminal.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// Moves the cursor to the beginning of the line, and clears it.
const CLEAR_LINE: &[u8] = b"\r\x1b[K";

#[derive(Debug)]
pub(crate) struct Progress {
    on_terminal: bool,
    items: u64,
    /// Those that were there at the beginning.
    before: Option<u64>,
    started: Instant,
    enumerating: bool,
    is_shown: bool,
}

impl Progress {
    /// Every run begins with an enumeration.
    pub(crate) fn new() -> Self {
        Self {
            on_terminal: io::stderr().is_terminal(),
            items: 0,
            before: None,
            started: Instant::now(),
            enumerating: true,
            is_shown: false,
        }
    }

    /// So many more items have come.
    pub(crate) fn advance(&mut self, items: u64, caught_up: bool) {
        if !self.enumerating {
            self.items = 0;
            self.started = Instant::now();
        }
        self.items += items;
        self.enumerating = !caught_up;
        self.draw();
    }

    /// So many items are there, also from an earlier run.
    pub(crate) fn reach(&mut self, items: u64, complete: bool) {
        self.items = items;
        self.before.get_or_insert(items);
        self.enumerating = !complete;
        if complete {
            self.clear();
        } else {
            self.draw();
        }
    }

    /// Whether the end of the enumeration is still to come.
    pub(crate) fn is_open(&self) -> bool {
        self.enumerating
    }

    pub(crate) fn draw(&mut self) {
        if self.on_terminal && self.enumerating {
            let new = self.items - self.before.unwrap_or_default().min(self.items);
            let text = text(self.items, new, self.started.elapsed());
            let _ = io::stderr().write_all(&[CLEAR_LINE, text.as_bytes()].concat());
            self.is_shown = true;
        }
    }

    pub(crate) fn clear(&mut self) {
        if self.is_shown {
            let _ = io::stderr().write_all(CLEAR_LINE);
            self.is_shown = false;
        }
    }
}

fn text(items: u64, new: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    let rate = new / seconds.max(1);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    format!("{items} items, {rate} a second, {minutes}:{seconds:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_short() {
        let line = text(12_345, 12_345, Duration::from_millis(65_900));
        assert_eq!(line, "12345 items, 189 a second, 1:05");
        assert_eq!(text(0, 0, Duration::ZERO), "0 items, 0 a second, 0:00");
    }
}
