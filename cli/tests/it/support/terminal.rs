use std::fs::File;
use std::os::fd::OwnedFd;

use nix::pty::openpty;
use nix::sys::termios::{OutputFlags, SetArg, tcgetattr, tcsetattr};
use tokio::io::{AsyncBufReadExt, BufReader};

use super::within;

/// A terminal in front of which the test sits.
pub(crate) struct Terminal {
    screen: BufReader<tokio::fs::File>,
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
        let screen = tokio::fs::File::from_std(File::from(pty.master));
        Self {
            screen: BufReader::new(screen),
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
        let mut line = String::new();
        let read = within(self.screen.read_line(&mut line)).await;
        assert_ne!(read.expect("a screen"), 0, "it ends: {}", self.read);
        self.read.push_str(&line);
        line.trim_end().to_owned()
    }

    /// Skips lines until this one.
    pub(crate) async fn line_where(&mut self, wanted: &str) {
        while self.line().await != wanted {}
    }
}
