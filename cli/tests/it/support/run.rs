use std::ffi::OsStr;
use std::process::{ExitStatus, Stdio};

use drivebell_simulator::Simulator;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use super::{TOKEN, within};

/// A command before it runs.
pub(crate) struct Setup<'a> {
    simulator: &'a Simulator,
    command: Command,
}

impl<'a> Setup<'a> {
    /// Has the token in the environment.
    pub(crate) fn new(simulator: &'a Simulator) -> Self {
        Self::without_token(simulator).env("DRIVEBELL_TOKEN", TOKEN)
    }

    pub(crate) fn without_token(simulator: &'a Simulator) -> Self {
        let url = simulator.base_url();
        Self::bare(simulator).arg("--base-url").arg(url)
    }

    /// Has neither a token nor the address of the simulator.
    pub(crate) fn bare(simulator: &'a Simulator) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drivebell"));
        command
            .env_remove("DRIVEBELL_TOKEN")
            .env("DRIVEBELL_CONFIG_DIR", "/nowhere/drivebell")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Self { simulator, command }
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Replaces the pipe that the test reads.
    #[cfg(unix)]
    pub(crate) fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self
    }

    /// Starts the command with these arguments, separated by spaces.
    pub(crate) fn start(mut self, words: &str) -> Run<'a> {
        self.command.args(words.split_whitespace());
        let mut child = self.command.spawn().expect("it starts");
        let stdout = child.stdout.take();
        let stderr = child.stderr.take().expect("a pipe");
        Run {
            simulator: self.simulator,
            child,
            stdout: stdout.map(BufReader::new),
            stderr: BufReader::new(stderr),
            read: String::new(),
            logged: String::new(),
        }
    }

    /// Runs the command with these arguments to its end.
    pub(crate) async fn run(self, words: &str) -> Ended {
        self.start(words).end().await
    }
}

/// A running command.
pub(crate) struct Run<'a> {
    simulator: &'a Simulator,
    child: Child,
    stdout: Option<BufReader<ChildStdout>>,
    stderr: BufReader<ChildStderr>,
    /// The part of stdout that has been read.
    read: String,
    logged: String,
}

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run<'_> {
    /// The next line of stdout.
    pub(crate) async fn line(&mut self) -> Value {
        serde_json::from_str(&self.text_line().await).expect("JSON")
    }

    /// The next line of stdout, with its end.
    pub(crate) async fn text_line(&mut self) -> String {
        let stdout = self.stdout.as_mut().expect("it is read");
        let mut line = String::new();
        within(stdout.read_line(&mut line)).await.expect("text");
        assert!(
            line.ends_with('\n'),
            "the output ends: {line:?}, after {}",
            self.read
        );
        self.read.push_str(&line);
        line
    }

    /// The part of stdout that was read so far.
    pub(crate) fn output(&self) -> &str {
        &self.read
    }

    /// Skips lines until one fulfils the condition.
    pub(crate) async fn line_where(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.line().await;
            if wanted(&line) {
                return line;
            }
        }
    }

    /// Reads up to the checkpoint that is caught up. Returns the names of the items, and that
    /// checkpoint.
    pub(crate) async fn caught_up(&mut self) -> (Vec<String>, Value) {
        let mut names = Vec::new();
        loop {
            let line = self.line().await;
            match line["type"].as_str() {
                Some("item") => {
                    names.push(line["item"]["name"].as_str().expect("a name").to_owned());
                }
                _ if line["caught_up"] == true => return (names, line),
                _ => {}
            }
        }
    }

    /// Waits until stderr contains `word`.
    pub(crate) async fn logged(&mut self, word: &str) {
        while !self.logged.contains(word) {
            let line = within(self.stderr.read_line(&mut self.logged)).await;
            assert_ne!(line.expect("text"), 0, "it ends: {}", self.logged);
        }
    }

    /// Kills the process before it can clean up.
    pub(crate) async fn kill(mut self) {
        within(self.child.kill()).await.expect("it runs");
    }

    /// Kills the process, and returns all that it has printed.
    pub(crate) async fn kill_and_read(mut self) -> String {
        within(self.child.kill()).await.expect("it runs");
        let mut stdout = self.stdout.take().expect("it is read");
        let mut printed = std::mem::take(&mut self.read);
        let read = within(stdout.read_to_string(&mut printed)).await;
        read.expect("text");
        printed
    }

    /// Closes the reading end of stdout.
    pub(crate) fn hang_up(&mut self) {
        self.stdout = None;
    }

    #[cfg(unix)]
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status().await;
        assert!(status.expect("kill runs").success());
    }

    /// Waits for the process without reading its output.
    pub(crate) async fn exit(&mut self) -> ExitStatus {
        within(self.child.wait()).await.expect("it ends")
    }

    /// Waits for the end, and checks that the output holds no secret.
    pub(crate) async fn end(mut self) -> Ended {
        let mut stderr = std::mem::take(&mut self.logged);
        let mut stdout = std::mem::take(&mut self.read);
        let reader = self.stdout.take();
        let status = within(async {
            let read_stdout = async {
                if let Some(mut reader) = reader {
                    reader.read_to_string(&mut stdout).await.expect("text");
                }
            };
            let read_stderr =
                async { self.stderr.read_to_string(&mut stderr).await.expect("text") };
            tokio::join!(read_stdout, read_stderr);
            self.child.wait().await.expect("it ends")
        })
        .await;
        let ended = Ended {
            status,
            stdout,
            stderr,
        };
        if !ended.stdout.contains("notification_url") {
            self.assert_no_secret(&ended);
        }
        ended
    }

    fn assert_no_secret(&self, ended: &Ended) {
        let output = format!("{}\n{}", ended.stdout, ended.stderr);
        // Each access token of the simulator begins like this.
        let mut secrets = vec![TOKEN.to_owned(), "eyJ0eXAi".to_owned()];
        // These requests repeat the secrets of the notification URLs.
        for request in self.simulator.requests() {
            if request.path.starts_with("/socket.io/") {
                let (_, query) = request.path.split_once('?').expect("a query");
                let values = query.split('&').filter_map(|pair| pair.split_once('='));
                let long = values.filter(|(_, value)| value.len() > 9);
                secrets.extend(long.map(|(_, value)| value.to_owned()));
            }
        }
        for secret in secrets.iter().filter(|secret| *secret != "websocket") {
            assert!(
                !output.contains(secret.as_str()),
                "{secret} is in: {output}"
            );
        }
    }
}

impl Ended {
    /// Checks the exit code, and that stderr contains these words.
    pub(crate) fn assert_failed(&self, code: i32, words: &[&str]) {
        assert_eq!(self.status.code(), Some(code), "{self:?}");
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in {}", self.stderr);
        }
    }

    pub(crate) fn assert_quiet(&self, code: i32) {
        assert_eq!(self.status.code(), Some(code), "{self:?}");
        assert_eq!(self.stderr, "");
    }
}
