use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::fd::OwnedFd;
use std::thread;

use nix::pty::openpty;
use nix::sys::termios::{OutputFlags, SetArg, tcgetattr, tcsetattr};
use tokio::sync::mpsc;

use super::within;

/// A terminal in front of which the test sits.
pub(crate) struct Terminal {
    screen: mpsc::UnboundedReceiver<String>,
    other_end: Option<OwnedFd>,
    read: String,
}

impl Terminal {
    pub(crate) fn open() -> Self {
        let pty = openpty(None, None).expect("a terminal");
        let mut settings = tcgetattr(&pty.slave).expect("settings");
        // No carriage return before each line feed.
        settings.output_flags.remove(OutputFlags::OPOST);
        tcsetattr(&pty.slave, SetArg::TCSANOW, &settings).expect("set");
        let (lines, screen) = mpsc::unbounded_channel();
        thread::spawn(move || {
            // It fails once the command has ended.
            let read = BufReader::new(File::from(pty.master)).lines();
            for line in read.map_while(Result::ok) {
                let _ = lines.send(line);
            }
        });
        Self {
            screen,
            other_end: Some(pty.slave),
            read: String::new(),
        }
    }

    /// For the command.
    pub(crate) fn other_end(&mut self) -> OwnedFd {
        self.other_end.take().expect("one command")
    }

    /// The next line, without its end.
    pub(crate) async fn line(&mut self) -> String {
        let line = within(self.screen.recv()).await;
        let line = line.unwrap_or_else(|| panic!("it ends: {}", self.read));
        self.read.push_str(&line);
        self.read.push('\n');
        line
    }

    /// Skips lines until this one.
    pub(crate) async fn line_where(&mut self, wanted: &str) {
        while self.line().await != wanted {}
    }
}
