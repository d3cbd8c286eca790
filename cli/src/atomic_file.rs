//! Replaces a file in one step, so that it is never incomplete.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::Path;

/// Creates a file that only this user can read.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Replaces `path` by a file with this text. After a failure or a crash, `path` has either the old
/// text or the new one.
///
/// `temporary` must be in the same folder, because a rename is atomic only within one file system.
pub(crate) fn replace(
    path: &Path,
    temporary: &Path,
    text: &str,
    permissions: Option<Permissions>,
) -> io::Result<()> {
    let replaced = create_private(temporary).and_then(|mut file| {
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)?;
        }
        file.write_all(text.as_bytes())?;
        // Without it, a power failure could leave an empty file under the new name.
        file.sync_all()?;
        fs::rename(temporary, path)
    });
    if replaced.is_err() {
        let _ = fs::remove_file(temporary);
    }
    replaced?;
    sync_folder(path);
    Ok(())
}

/// Makes the rename itself survive a power failure. If it fails, the old text may come back.
fn sync_folder(path: &Path) {
    #[cfg(unix)]
    {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    #[cfg(not(unix))]
    let _ = path;
}
