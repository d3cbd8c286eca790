//! Files that the configuration names.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use toml::de::DeValue;

use super::source::Source;
use super::values;
use crate::Secret;

/// A credentials file has some kilobytes.
const MAX_SECRET: u64 = 64 * 1024;

/// The path of a file, from the folder of the configuration, which must exist.
pub(super) fn path(value: &DeValue<'_>, source: &Source<'_>) -> Result<PathBuf, String> {
    let path = resolved(&values::text(value)?, source);
    match File::open(&path) {
        Ok(_) => Ok(path),
        Err(error) => Err(unreadable(&path, &error)),
    }
}

/// The content of a file, without the white space around it.
pub(super) fn secret(value: &DeValue<'_>, source: &Source<'_>) -> Result<Secret, String> {
    let path = resolved(&values::text(value)?, source);
    let text = File::open(&path)
        .and_then(|file| read_bounded(file, MAX_SECRET))
        .map_err(|error| unreadable(&path, &error))?;
    match text.trim() {
        "" => Err(format!("{} is empty", path.display())),
        text => Ok(Secret::new(text)),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> String {
    format!(
        "{} cannot be read: {error}; a path starts in the folder of the configuration",
        path.display()
    )
}

/// A path from the folder of the configuration.
pub(super) fn resolved(text: &str, source: &Source<'_>) -> PathBuf {
    let folder = source.file.and_then(Path::parent);
    folder.map_or_else(|| PathBuf::from(text), |folder| folder.join(text))
}

/// The text of a file of at most `limit` bytes.
pub(crate) fn read_bounded(file: File, limit: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let problem = format!("it has more than {limit} bytes, so it is another file");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    String::from_utf8(bytes)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}
