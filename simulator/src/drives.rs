//! The drives of a simulator, by id and by the other addresses that Graph knows for them.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::drive::Drive;
use crate::resource_path::DriveAddress;

#[derive(Default)]
pub(crate) struct Drives {
    by_id: HashMap<String, Mutex<Drive>>,
    aliases: HashMap<DriveAddress, String>,
}

impl Drives {
    pub(crate) fn insert(&mut self, drive: Drive) {
        self.by_id.insert(drive.id().to_owned(), Mutex::new(drive));
    }

    /// Makes a drive reachable by another address. False if no drive has this id.
    pub(crate) fn add_alias(&mut self, address: DriveAddress, id: &str) -> bool {
        let known = self.contains(id);
        if known {
            self.aliases.insert(address, id.to_owned());
        }
        known
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Mutex<Drive>> {
        self.by_id.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Drive> {
        // A builder has the drives for itself, so no lock can be poisoned.
        self.by_id.get_mut(id)?.get_mut().ok()
    }

    pub(crate) fn at(&self, address: &DriveAddress) -> Option<&Mutex<Drive>> {
        let id = match address {
            DriveAddress::Drive(id) => id,
            alias => self.aliases.get(alias)?,
        };
        self.get(id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Mutex<Drive>> {
        self.by_id.values()
    }
}
