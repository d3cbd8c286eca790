//! A command that prints a token.

use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use drivebell::AccessToken;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::timeout;

use super::command_output;

/// A token whose expiry nobody tells serves for so long: a command costs a second, and an
/// enumeration asks for a token with each of its pages.
const SERVES: Duration = Duration::from_secs(5 * 60);

/// More than this is no token.
const LONGEST_OUTPUT: u64 = 1024 * 1024;

#[derive(Debug, Clone)]
pub(crate) struct TokenCommand {
    line: Arc<str>,
    time_limit: Duration,
    kept: Arc<Mutex<Option<(AccessToken, Instant)>>>,
}

impl TokenCommand {
    pub(crate) fn new(line: String, time_limit: Duration) -> Self {
        Self {
            line: line.into(),
            time_limit,
            kept: Arc::default(),
        }
    }

    /// Runs the command, unless an earlier token still serves.
    pub(crate) async fn token(&self, refresh: bool) -> Result<AccessToken, String> {
        let lock = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = lock().take_if(|(_, since)| refresh || since.elapsed() >= SERVES);
        drop(kept);
        if let Some((token, _)) = &*lock() {
            return Ok(token.clone());
        }
        let answer = command_output::parse(&self.run().await?)?;
        let Some(expires_at) = answer.expires_at else {
            let token = AccessToken::new(answer.token);
            *lock() = Some((token.clone(), Instant::now()));
            return Ok(token);
        };
        Ok(AccessToken::new(answer.token).with_expiry(expires_at))
    }

    async fn run(&self) -> Result<String, String> {
        let mut child = shell(&self.line)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // What it has to say, how to sign in for instance, it says to the user itself.
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("--token-command cannot be run: {error}"))?;
        let stdout = child.stdout.take();
        let ended = timeout(self.time_limit, async {
            let mut output = Vec::new();
            if let Some(stdout) = stdout {
                stdout.take(LONGEST_OUTPUT).read_to_end(&mut output).await?;
            }
            std::io::Result::Ok((child.wait().await?, output))
        });
        let ended = ended.await.map_err(|_| {
            format!(
                "--token-command was not over after {} s, and was ended; it may wait for a person: \
                 sign in first, or allow more by --token-timeout",
                self.time_limit.as_secs()
            )
        })?;
        let (status, output) =
            ended.map_err(|error| format!("--token-command cannot be read: {error}"))?;
        if !status.success() {
            return Err(format!(
                "--token-command failed ({status}); run it by itself to see why"
            ));
        }
        String::from_utf8(output).map_err(|_| "--token-command printed no text".to_owned())
    }
}

#[cfg(unix)]
fn shell(line: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(line);
    command
}

#[cfg(windows)]
fn shell(line: &str) -> Command {
    let mut command = Command::new("cmd");
    // As it stands: cmd has rules of its own for quotes.
    command.arg("/C").raw_arg(line);
    command
}
