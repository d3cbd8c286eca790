//! The file that keeps a checkpoint. It is replaced in one step, so it is never incomplete.

use std::path::{Path, PathBuf};
use std::{fs, io};

use tokio::task::spawn_blocking;

use crate::exit::{ExitCode, Failure};
use crate::{atomic_file, bounded_file};

/// In bytes. The links of Graph have some hundred.
const MAX_SIZE: u64 = 1024 * 1024;

#[derive(Debug, Clone)]
pub(crate) struct CheckpointFile {
    /// As the user gave it.
    given: PathBuf,
    /// The target of all symbolic links: replacing the file must not replace a link.
    path: PathBuf,
}

impl CheckpointFile {
    /// The file, and its content if it exists. Fails if it cannot be replaced later.
    pub(crate) fn open(given: &Path) -> Result<(Self, Option<String>), Failure> {
        let failure = |problem: String| Failure::new(ExitCode::Checkpoint, problem);
        let path_name = given.display();
        let text = match bounded_file::read(given, MAX_SIZE) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                return Err(failure(format!(
                    "{path_name} cannot be read: {error}; does it hold a checkpoint?"
                )));
            }
        };
        let path = match &text {
            Some(_) => given.canonicalize(),
            None => Ok(given.to_owned()),
        };
        let path =
            path.map_err(|error| failure(format!("{path_name} cannot be found: {error}")))?;
        if path.file_name().is_none() {
            return Err(failure(format!("{path_name} is not the name of a file")));
        }
        let given = given.to_owned();
        let file = Self { given, path };
        // The user must learn this now, and not after an hour of enumeration.
        atomic_file::check_writable(&file.path).map_err(|error| {
            failure(format!(
                "{} cannot be replaced: its folder is not writable: {error}; give a FILE in \
                 another folder",
                file.display()
            ))
        })?;
        Ok((file, text))
    }

    /// The path as the user wrote it, for messages.
    pub(crate) fn display(&self) -> std::path::Display<'_> {
        self.given.display()
    }

    /// Stores a checkpoint. After a failure or a crash, the file holds either this one or the last.
    pub(crate) async fn replace(&self, checkpoint: &str) -> Result<(), Failure> {
        let (file, text) = (self.clone(), format!("{checkpoint}\n"));
        let replaced = spawn_blocking(move || file.replace_now(&text)).await;
        let replaced = replaced.map_err(io::Error::other).and_then(|done| done);
        replaced.map_err(|error| {
            Failure::new(
                ExitCode::Checkpoint,
                format!(
                    "{} could not be replaced: {error}; the last items are printed, but the file holds \
                     the checkpoint before them: they will come again",
                    self.given.display()
                ),
            )
        })
    }

    /// An older checkpoint that comes back after a power failure repeats some items and loses none.
    fn replace_now(&self, text: &str) -> io::Result<()> {
        let before = fs::symlink_metadata(&self.path).ok();
        let permissions = before
            .filter(fs::Metadata::is_file)
            .map(|before| before.permissions());
        atomic_file::replace(&self.path, text, permissions)
    }
}
