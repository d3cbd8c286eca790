//! Whether the file of the login can be trusted: nobody else may read it or have written it.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;

use crate::file_mode;

/// Opens the file, if there is one. The error says what is wrong with it and what to do.
pub(super) fn open(path: &Path) -> Result<Option<File>, String> {
    let unreadable = |error: io::Error| format!("cannot be read: {error}");
    let named = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        named => named.map_err(unreadable)?,
    };
    if named.is_symlink() {
        return Err("is a symbolic link, and drivebell follows none here: remove it".to_owned());
    }
    // Opening a pipe would wait for its writer.
    if !named.is_file() {
        return Err("is not a file: remove it".to_owned());
    }
    let owner = owner_problem(&named);
    if let Some(problem) = owner {
        return Err(problem);
    }
    let file = File::open(path).map_err(unreadable)?;
    let opened = file.metadata().map_err(unreadable)?;
    if !is_same_file(&named, &opened) {
        return Err("was replaced while it was opened: try again".to_owned());
    }
    match mode_problem(&opened, path) {
        Some(problem) => Err(problem),
        None => Ok(Some(file)),
    }
}

#[cfg(unix)]
fn is_same_file(named: &Metadata, opened: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (named.dev(), named.ino()) == (opened.dev(), opened.ino())
}

#[cfg(unix)]
fn owner_problem(file: &Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let user = nix::unistd::Uid::effective().as_raw();
    describe_owner(file.uid(), user)
}

#[cfg(unix)]
fn describe_owner(owner: u32, user: u32) -> Option<String> {
    (owner != user).then(|| {
        format!(
            "belongs to another user (uid {owner}, and this process has uid {user}): it is not \
             used. Run the command as its owner, or set DRIVEBELL_CONFIG_DIR to a folder of your own"
        )
    })
}

fn mode_problem(file: &Metadata, path: &Path) -> Option<String> {
    let mode = file_mode::open_to_others(file)?;
    Some(format!(
        "can be read or written by other users (mode {mode:03o}), and it holds a secret. If nobody \
         has read it, run: chmod 600 '{}'",
        path.display()
    ))
}

/// On Windows, the access rules of the user's profile protect the file.
#[cfg(not(unix))]
fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
    true
}

#[cfg(not(unix))]
fn owner_problem(_: &Metadata) -> Option<String> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_another_user_is_refused() {
        assert_eq!(describe_owner(1000, 1000), None);
        let problem = describe_owner(1000, 0).expect("refused");
        assert!(problem.contains("another user (uid 1000"), "{problem}");
    }
}
