//! `--token-file`.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use drivebell::AccessToken;
use tokio::task::spawn_blocking;

use crate::{bounded_file, file_mode};

/// In bytes. Tokens have some kilobytes.
const MAX_SIZE: u64 = 1024 * 1024;

/// Read anew for each token.
#[derive(Debug, Clone)]
pub(super) struct TokenFile {
    path: Arc<Path>,
    has_warned: Arc<AtomicBool>,
}

impl TokenFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path: path.into(),
            has_warned: Arc::default(),
        }
    }

    pub(super) async fn token(&self) -> Result<AccessToken, String> {
        let path = self.path.display();
        let file = self.clone();
        // The file may be a pipe whose writer is slow.
        let text = spawn_blocking(move || file.read()).await;
        let text = text.map_err(io::Error::other).and_then(|text| text);
        match text.as_deref().map(str::trim) {
            Ok("") => Err(format!("--token-file {path} is empty")),
            Ok(token) => Ok(AccessToken::new(token)),
            Err(error) => Err(format!("--token-file {path} cannot be read: {error}")),
        }
    }

    fn read(&self) -> io::Result<String> {
        let file = File::open(&self.path)?;
        let metadata = file.metadata()?;
        // A pipe has nothing to protect.
        if metadata.is_file()
            && let Some(mode) = file_mode::open_to_others(&metadata)
            && !self.has_warned.swap(true, Ordering::Relaxed)
        {
            let path = self.path.display();
            let _ = writeln!(
                io::stderr(),
                "drivebell: --token-file {path} can be read or written by other users (mode \
                 {mode:03o}), and it holds a secret; it is used all the same. Run: chmod 600 '{path}'"
            );
        }
        bounded_file::read_open(file, MAX_SIZE)
    }
}
