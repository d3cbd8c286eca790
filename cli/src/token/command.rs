//! `--token-command`.

use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use drivebell::AccessToken;
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

use super::command_output;
use crate::shell::{ProcessGroup, shell};

/// How long a token without a known expiry is cached. A command takes about a second, and an
/// enumeration needs a token for each page.
const CACHED_FOR: Duration = Duration::from_secs(5 * 60);

/// In bytes. The rest is not read: it cannot be a token.
const MAX_OUTPUT: u64 = 1024 * 1024;

#[derive(Debug, Clone)]
pub(crate) struct TokenCommand {
    line: Arc<str>,
    timeout: Duration,
    cached: Arc<Mutex<Option<(AccessToken, Instant)>>>,
}

impl TokenCommand {
    pub(crate) fn new(line: String, timeout: Duration) -> Self {
        Self {
            line: line.into(),
            timeout,
            cached: Arc::default(),
        }
    }

    /// Runs the command, unless a token is cached. `refresh`: the cached one was refused.
    pub(crate) async fn token(&self, refresh: bool) -> Result<AccessToken, String> {
        let lock = || self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        let outdated = lock().take_if(|(_, since)| refresh || since.elapsed() >= CACHED_FOR);
        drop(outdated);
        if let Some((token, _)) = &*lock() {
            return Ok(token.clone());
        }
        let output = command_output::parse(&self.run().await?)?;
        let Some(expires_at) = output.expires_at else {
            let token = AccessToken::new(output.token);
            *lock() = Some((token.clone(), Instant::now()));
            return Ok(token);
        };
        Ok(AccessToken::new(output.token).with_expiry(expires_at))
    }

    async fn run(&self) -> Result<String, String> {
        let mut shell = shell(&self.line);
        shell
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // The user must see its messages, how to sign in for instance.
            .stderr(Stdio::inherit())
            .kill_on_drop(true);
        // Dropped in the opposite order: the group first, while nothing has waited for its leader.
        let (mut child, group) = ProcessGroup::spawn(&mut shell)
            .map_err(|error| format!("--token-command cannot be run: {error}"))?;
        let stdout = child.stdout.take();
        let ended = timeout(self.timeout, async {
            let mut output = Vec::new();
            if let Some(stdout) = stdout {
                stdout.take(MAX_OUTPUT).read_to_end(&mut output).await?;
            }
            std::io::Result::Ok((child.wait().await?, output))
        });
        let ended = ended.await.map_err(|_| {
            format!(
                "--token-command took more than {} s and was stopped; it may wait for input: sign in \
                 first, or raise --token-timeout",
                self.timeout.as_secs()
            )
        })?;
        let (status, output) =
            ended.map_err(|error| format!("--token-command cannot be read: {error}"))?;
        group.release();
        if !status.success() {
            return Err(format!(
                "--token-command failed ({status}); run it alone to see why"
            ));
        }
        String::from_utf8(output).map_err(|_| "--token-command printed invalid UTF-8".to_owned())
    }
}
