//! The file that keeps the login.

use std::env;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::config_folder;
use super::file_check;
use super::record::Login;
use crate::exit::{ExitCode, Failure};
use crate::{atomic_file, bounded_file};

/// Services and tests have no home.
const FOLDER_VARIABLE: &str = "DRIVEBELL_CONFIG_DIR";

const NAME: &str = "login.json";

/// Of the file's format.
const VERSION: u64 = 1;

/// In bytes. A login has about 3 KB.
const MAX_SIZE: u64 = 1024 * 1024;

#[derive(Debug, Clone)]
pub(crate) struct LoginFile {
    folder: PathBuf,
    path: PathBuf,
}

impl LoginFile {
    /// Where this user's login is, or would be.
    pub(crate) fn locate() -> Result<Self, Failure> {
        let given = env::var_os(FOLDER_VARIABLE).filter(|folder| !folder.is_empty());
        let folder = match given {
            Some(folder) => PathBuf::from(folder),
            None => config_folder::of_user()
                .ok_or_else(|| {
                    Failure::new(
                        ExitCode::Token,
                        format!(
                            "this user has no folder for its configuration: set {FOLDER_VARIABLE}"
                        ),
                    )
                })?
                .join("drivebell"),
        };
        Ok(Self {
            path: folder.join(NAME),
            folder,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The login, if there is one.
    pub(crate) fn read(&self) -> Result<Option<Login>, Failure> {
        self.read_now().map_err(|problem| {
            Failure::new(
                ExitCode::Token,
                format!("the login in {} {problem}", self.path.display()),
            )
        })
    }

    fn read_now(&self) -> Result<Option<Login>, String> {
        let Some(file) = file_check::open(&self.path)? else {
            return Ok(None);
        };
        let text = bounded_file::read_open(file, MAX_SIZE)
            .map_err(|error| format!("cannot be read: {error}"))?;
        parse(&text).map(Some)
    }

    /// Fails if the login could not be stored: the user must learn this before signing in.
    pub(crate) fn check_writable(&self) -> Result<(), Failure> {
        self.create_folder()
            .and_then(|()| atomic_file::check_writable(&self.path))
            .map_err(|error| self.cannot_store(&error))
    }

    /// Stores a new login, in place of any other.
    pub(crate) fn store(&self, login: &Login) -> Result<(), Failure> {
        let _lock = self.lock();
        self.create_folder()
            .and_then(|()| self.replace(login))
            .map_err(|error| self.cannot_store(&error))
    }

    fn cannot_store(&self, error: &io::Error) -> Failure {
        Failure::new(
            ExitCode::Other,
            format!(
                "the login cannot be stored in {}: {error}; set {FOLDER_VARIABLE} to a folder that \
                 you can write to",
                self.path.display()
            ),
        )
    }

    /// Stores what a renewal has changed, unless the user has signed out or in meanwhile.
    pub(crate) fn update(&self, login: &Login) -> Result<(), String> {
        let _lock = self.lock();
        match self.read_now()? {
            Some(stored) if stored.is_same_sign_in(login) => self
                .replace(login)
                .map_err(|error| format!("cannot be replaced: {error}")),
            _ => Ok(()),
        }
    }

    /// Deletes the login, also one that cannot be used. False if there was none.
    pub(crate) fn delete(&self) -> Result<bool, Failure> {
        let _lock = self.lock();
        match fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Failure::new(
                ExitCode::Other,
                format!(
                    "the login in {} cannot be deleted: {error}; you are still signed in",
                    self.path.display()
                ),
            )),
        }
    }

    /// Other processes wait while this one compares and replaces. Without a lock, for instance on
    /// some network file systems and on Windows, each change is still atomic.
    fn lock(&self) -> Option<File> {
        let folder = File::open(&self.folder).ok()?;
        folder.lock().ok()?;
        Some(folder)
    }

    fn create_folder(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.folder)
    }

    fn replace(&self, login: &Login) -> io::Result<()> {
        atomic_file::replace(&self.path, &to_text(login)?, None)
    }
}

#[derive(Serialize)]
struct Versioned<'a> {
    version: u64,
    #[serde(flatten)]
    login: &'a Login,
}

fn to_text(login: &Login) -> io::Result<String> {
    let version = VERSION;
    let text = serde_json::to_string_pretty(&Versioned { version, login })?;
    Ok(format!("{text}\n"))
}

/// No error quotes the text, which holds a secret.
fn parse(text: &str) -> Result<Login, String> {
    let unusable = || "cannot be used: it is damaged; run `drivebell login` again".to_owned();
    let fields: Value = serde_json::from_str(text).map_err(|_| unusable())?;
    match fields["version"].as_u64() {
        Some(VERSION) => serde_json::from_value(fields).map_err(|_| unusable()),
        Some(version) => Err(format!(
            "has the format {version}, and this drivebell knows only {VERSION}: use the drivebell \
             that wrote it, or run `drivebell login` again"
        )),
        None => Err(unusable()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::a_login as login;
    use super::*;

    #[test]
    fn a_login_is_read_as_it_was_written() {
        let text = to_text(&login()).unwrap();
        assert_eq!(parse(&text).unwrap(), login());
        assert!(!format!("{:?}", login()).contains("s3cr3t"));
    }

    #[test]
    fn an_unusable_file_is_explained_and_not_quoted() {
        let text = to_text(&login()).unwrap();
        for (text, expected) in [
            (text.replace("\"version\": 1", "\"version\": 2"), "format 2"),
            (text.replace("\"version\": 1,", ""), "damaged"),
            (text.replace("\"client_id\"", "\"id\""), "damaged"),
            (text.replace("\"global\"", "\"moon\""), "damaged"),
            (text[..text.len() - 4].to_owned(), "damaged"),
            (String::new(), "damaged"),
        ] {
            let problem = parse(&text).unwrap_err();
            assert!(problem.contains(expected), "{problem}");
            assert!(problem.contains("drivebell login"), "{problem}");
            assert!(!problem.contains("s3cr3t"), "{problem}");
        }
    }
}
