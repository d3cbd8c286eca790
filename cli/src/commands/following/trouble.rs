//! What goes wrong while changes are followed, on stderr: nobody should wait in silence.

use std::io::{self, IsTerminal, Write};

use drivebell::{Event, Lifecycle, Resource};

use crate::output::{Format, Style};

#[derive(Debug)]
pub(crate) struct Trouble {
    format: Format,
    /// The last event was one.
    exists: bool,
}

impl Trouble {
    pub(crate) fn new() -> Self {
        Self {
            format: Format::Text(Style::for_terminal(io::stderr().is_terminal())),
            exists: false,
        }
    }

    /// Shows trouble, and that it is over.
    pub(crate) fn take(&mut self, resource: &Resource, event: &Event) {
        let Event::Lifecycle { change, .. } = event else {
            return;
        };
        // The end of the stream is the command's own message.
        let is_trouble = (change.reason().is_some() || change.error().is_some())
            && !matches!(change, Lifecycle::Ended { .. });
        let was_trouble = std::mem::replace(&mut self.exists, is_trouble);
        if is_trouble || (was_trouble && matches!(change, Lifecycle::Connected)) {
            let _ = io::stderr().write_all(self.format.event(resource, event).as_bytes());
        }
    }
}
