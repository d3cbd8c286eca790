//! The file that keeps a checkpoint: at every moment there is a whole one in it.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use crate::exit::{Failure, code};

#[derive(Debug, Clone)]
pub(crate) struct CheckpointFile {
    /// As the user gave it.
    given: PathBuf,
    /// Behind all links, which are to stay.
    path: PathBuf,
    /// In the same folder, because only there a rename is one step.
    temporary: PathBuf,
}

impl CheckpointFile {
    /// The file with what is in it, if it is there. It can be written, or it is refused.
    pub(crate) fn open(given: &Path) -> Result<(Self, Option<String>), Failure> {
        let refuse = |problem: String| Failure::new(code::CHECKPOINT, problem);
        let shown = given.display();
        let text = match fs::read_to_string(given) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                return Err(refuse(format!(
                    "{shown} cannot be read: {error}; is it the file of a checkpoint?"
                )));
            }
        };
        let path = match &text {
            Some(_) => given.canonicalize(),
            None => Ok(given.to_owned()),
        };
        let path = path.map_err(|error| refuse(format!("{shown} cannot be found: {error}")))?;
        let Some(name) = path.file_name() else {
            return Err(refuse(format!("{shown} is not the name of a file")));
        };
        let mut temporary = OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}.tmp", std::process::id()));
        let file = Self {
            given: given.to_owned(),
            temporary: path.with_file_name(temporary),
            path,
        };
        // Now, and not after an hour of work.
        file.try_out().map_err(|error| {
            refuse(format!(
                "{shown} could not be replaced, because nothing can be written beside it: {error}; \
                 give a FILE in a folder of yours"
            ))
        })?;
        Ok((file, text))
    }

    /// For people.
    pub(crate) fn name(&self) -> std::path::Display<'_> {
        self.given.display()
    }

    /// Whatever happens meanwhile, the file holds the checkpoint of before or this one.
    pub(crate) async fn replace(&self, checkpoint: &str) -> Result<(), Failure> {
        let (file, text) = (self.clone(), format!("{checkpoint}\n"));
        let replaced = spawn_blocking(move || file.replace_now(&text)).await;
        let replaced = replaced.map_err(io::Error::other).and_then(|done| done);
        replaced.map_err(|error| {
            Failure::new(
                code::CHECKPOINT,
                format!(
                    "{} could not be replaced: {error}; the items above are written out, and the \
                     file holds the checkpoint before them: from there they will come again",
                    self.given.display()
                ),
            )
        })
    }

    fn try_out(&self) -> io::Result<()> {
        drop(self.create()?);
        fs::remove_file(&self.temporary)
    }

    fn create(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.temporary)
    }

    fn replace_now(&self, text: &str) -> io::Result<()> {
        let replaced = self.create().and_then(|mut file| {
            if let Ok(before) = fs::metadata(&self.path) {
                file.set_permissions(before.permissions())?;
            }
            file.write_all(text.as_bytes())?;
            // Else a machine that loses power could be left with the new name of an empty file.
            file.sync_all()?;
            fs::rename(&self.temporary, &self.path)
        });
        if replaced.is_err() {
            let _ = fs::remove_file(&self.temporary);
        }
        replaced?;
        self.sync_folder();
        Ok(())
    }

    /// So that the rename itself outlives a loss of power. Without it, an older checkpoint may come
    /// back, which costs some work and loses nothing.
    fn sync_folder(&self) {
        #[cfg(unix)]
        {
            let folder = match self.path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
    }
}
