//! Replaces a file in one step, so that it is never incomplete.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::iter;
use std::path::{Path, PathBuf};

/// Fails if `path` could not be replaced later.
pub(crate) fn check_writable(path: &Path) -> io::Result<()> {
    let temporary = Temporary::beside(path)?;
    drop(temporary);
    Ok(())
}

/// Replaces `path` by a file with this text. After a failure or a crash, `path` has either the old
/// text or the new one. If `path` is a link, it replaces the link.
pub(crate) fn replace(path: &Path, text: &str, permissions: Option<Permissions>) -> io::Result<()> {
    let mut temporary = Temporary::beside(path)?;
    if let Some(permissions) = permissions {
        temporary.file.set_permissions(permissions)?;
    }
    temporary.file.write_all(text.as_bytes())?;
    // Without it, a power failure could leave an empty file under the new name.
    temporary.file.sync_all()?;
    fs::rename(&temporary.path, path)?;
    temporary.has_moved = true;
    sync_folder(path);
    Ok(())
}

/// A new file that only this user can read, deleted if it is not moved.
struct Temporary {
    path: PathBuf,
    file: File,
    has_moved: bool,
}

impl Temporary {
    /// In the same folder, because a rename is atomic only within one file system.
    ///
    /// Its name is random: nobody can put something else there, and two containers may share the
    /// folder and have the same process id. Whatever has the name all the same, a link for instance,
    /// is neither followed nor replaced.
    fn beside(path: &Path) -> io::Result<Self> {
        let random: String = iter::repeat_with(fastrand::alphanumeric).take(12).collect();
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{random}.tmp"));
        Self::create(path.with_file_name(name))
    }

    fn create(path: PathBuf) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        // O_EXCL, with which a link at its end is an error (POSIX, `open`).
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self {
            file: options.open(&path)?,
            path,
            has_moved: false,
        })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.has_moved {
            let _ = fs::remove_file(&self.path);
        }
    }
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

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;
    use std::{env, process};

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = env::temp_dir().join(format!("drivebell-{name}-{}", process::id()));
            fs::create_dir(&path).expect("a folder");
            Self(path)
        }

        fn names(&self) -> Vec<OsString> {
            let entries = fs::read_dir(&self.0).expect("the folder");
            let mut names: Vec<_> = entries
                .map(|entry| entry.expect("an entry").file_name())
                .collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_planted_link_is_not_followed() {
        let folder = Folder::new("planted");
        let victim = folder.0.join("victim");
        fs::write(&victim, "precious").unwrap();
        let planted = folder.0.join(".checkpoint.x.tmp");
        symlink(&victim, &planted).unwrap();
        let error = Temporary::create(planted.clone()).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        // What stood there is not ours to delete.
        assert!(fs::symlink_metadata(&planted).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    }

    #[test]
    fn a_file_is_replaced_and_no_other_is_left() {
        let folder = Folder::new("replaced");
        let path = folder.0.join("checkpoint");
        for text in ["one", "two"] {
            check_writable(&path).unwrap();
            replace(&path, text, None).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        // A link that was planted under the file's own name is replaced, and not followed.
        let victim = folder.0.join("victim");
        fs::write(&victim, "precious").unwrap();
        fs::remove_file(&path).unwrap();
        symlink(&victim, &path).unwrap();
        replace(&path, "three", None).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "three");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        assert_eq!(folder.names(), ["checkpoint", "victim"]);
        // Nor after a failure.
        assert!(replace(&folder.0, "x", None).is_err());
        assert!(check_writable(&folder.0.join("missing/x")).is_err());
        assert_eq!(folder.names(), ["checkpoint", "victim"]);
    }
}
