//! Keeps the tree, and says what changes in it.

use std::path::Path;

use drivebell::{ChangeBatch, Error, Initial, MirrorOptions, Resource};

use crate::change::Change;
use crate::filter::Filter;
use crate::keeper::DriveKey;

/// What a consumer asked for.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) filter: Filter,
    pub(crate) initial: Initial,
    pub(crate) keep_raw: bool,
    /// The only drive of the file; `None` if it may have many.
    pub(crate) only: Option<Resource>,
}

impl Settings {
    pub(crate) fn new(filter: Filter, options: &MirrorOptions, only: Option<&Resource>) -> Self {
        Self {
            filter,
            initial: options.initial.unwrap_or_default(),
            keep_raw: options.keep_raw,
            only: only.cloned(),
        }
    }
}

/// A drive of the file.
#[derive(Debug, Clone)]
pub(crate) struct Enrolled {
    pub(crate) drive: DriveKey,
    pub(crate) checkpoint: Option<String>,
    pub(crate) ready: bool,
}

pub(crate) struct Store;

impl Store {
    pub(crate) fn open(_file: &Path, _settings: Settings) -> Result<Self, Error> {
        unimplemented!()
    }
    pub(crate) fn enroll(&mut self, _resource: &Resource) -> Result<Enrolled, Error> {
        unimplemented!()
    }
    pub(crate) fn leave(&mut self, _drive: DriveKey) {}
    pub(crate) fn apply(&mut self, _drive: DriveKey, _batch: &ChangeBatch) -> Result<(), Error> {
        unimplemented!()
    }
    pub(crate) fn commit(&mut self) -> Result<(), Error> {
        unimplemented!()
    }
    pub(crate) fn abandon(&mut self) {}
    pub(crate) fn outbox(&self) -> u64 {
        0
    }
    pub(crate) fn is_enumerating(&self, _drive: DriveKey) -> bool {
        false
    }
    pub(crate) fn is_ready(&self, _drive: DriveKey) -> bool {
        false
    }
    pub(crate) fn acknowledge(&mut self, _drive: DriveKey, _sequence: u64) -> Result<(), Error> {
        unimplemented!()
    }
    pub(crate) fn next_chunk(&mut self) -> Result<Option<(DriveKey, Vec<Change>)>, Error> {
        Ok(None)
    }
}
