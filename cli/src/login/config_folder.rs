//! The folder for a user's configuration, by each system's own rules. The crate `dirs` knows more
//! folders, and brings two crates that are years old.

use std::env;
use std::path::PathBuf;

#[cfg(target_os = "macos")]
pub(super) fn of_user() -> Option<PathBuf> {
    Some(env::home_dir()?.join("Library/Application Support"))
}

/// Not the folder that is copied to other machines.
#[cfg(windows)]
pub(super) fn of_user() -> Option<PathBuf> {
    absolute("LOCALAPPDATA")
}

/// <https://specifications.freedesktop.org/basedir-spec/latest/>
#[cfg(not(any(target_os = "macos", windows)))]
pub(super) fn of_user() -> Option<PathBuf> {
    absolute("XDG_CONFIG_HOME").or_else(|| Some(env::home_dir()?.join(".config")))
}

#[cfg(not(target_os = "macos"))]
fn absolute(variable: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env::var_os(variable)?);
    folder.is_absolute().then_some(folder)
}
