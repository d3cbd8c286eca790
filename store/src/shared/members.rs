use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use drivebell::{Client, Error, ErrorKind, Resource, Since};

use super::host::SharedHost;
use crate::{DriveSource, Follower, LeaseKeeper, LeaseView};

/// The drives of a [`SharedChanges`](super::SharedChanges): all of them, whichever process follows them.
/// Clones refer to the same stream.
///
/// Every process that takes part should have the same drives. One that lacks a drive never follows it.
#[derive(Clone)]
pub struct SharedMembers {
    pub(super) client: Client,
    pub(super) host: Arc<SharedHost>,
    pub(super) keeper: Arc<LeaseKeeper>,
    pub(super) follower: Arc<Follower<SharedHost>>,
}

impl SharedMembers {
    /// Adds a drive on behalf of the client that made the stream. `since` counts only if the store has no
    /// checkpoint of it.
    ///
    /// # Errors
    /// `InvalidArgument` for a drive that is there already with another `since`; `State` if the stream is
    /// closed.
    pub fn add(&self, resource: &Resource, since: &Since) -> Result<(), Error> {
        self.add_for(&self.client.clone(), resource, since)
    }

    /// Adds a drive on behalf of another user. The client's [`label`](drivebell::ClientBuilder::label)
    /// becomes part of the drive's name in the store, so it must be the same in every process.
    ///
    /// # Errors
    /// Those of [`add`](Self::add), and `InvalidArgument` by the name `client` if another client has the
    /// same resource and the same label, or none.
    pub fn add_for(
        &self,
        client: &Client,
        resource: &Resource,
        since: &Since,
    ) -> Result<(), Error> {
        self.enter(client, [(resource, since)])
    }

    pub(super) fn enter<'a>(
        &self,
        client: &Client,
        drives: impl IntoIterator<Item = (&'a Resource, &'a Since)>,
    ) -> Result<(), Error> {
        if self.host.is_closed() {
            let problem = "this stream of changes is closed; make a new one";
            return Err(Error::new(ErrorKind::State, problem));
        }
        let mut all = self.host.lock();
        let mut new = BTreeMap::new();
        for (resource, since) in drives {
            let key = Arc::<str>::from(key_of(client, resource));
            let source = DriveSource {
                client: client.clone(),
                resource: resource.clone(),
                since: since.clone(),
            };
            check_same(all.get(&key).or_else(|| new.get(&key)), &source)?;
            new.insert(key, source);
        }
        let keys = new.keys().map(Arc::clone).collect::<Vec<_>>();
        all.extend(new);
        self.tell(&all);
        drop(all);
        // One that was removed may still be this worker's.
        for key in keys {
            self.follower.refresh(&key);
        }
        Ok(())
    }

    /// Removes a drive from this process. False if there is no such drive.
    ///
    /// In processes that still have it, it goes on from its checkpoint, and so it does if it is added again.
    /// Remove it in every process: one that has it offers it to those that lack it, again and again.
    pub fn remove(&self, client: &Client, resource: &Resource) -> bool {
        let key = key_of(client, resource);
        let mut all = self.host.lock();
        let removed = all.remove(&*key).is_some();
        if removed {
            self.tell(&all);
        }
        drop(all);
        self.follower.refresh(&key);
        removed
    }

    /// All drives, whoever follows them, in no particular order.
    pub fn all(&self) -> Vec<DriveSource> {
        self.host.lock().values().cloned().collect()
    }

    /// How many drives there are, whoever follows them.
    pub fn len(&self) -> usize {
        self.host.lock().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The drives that this process follows at present, in no particular order.
    pub fn owned(&self) -> Vec<crate::DriveStatus> {
        self.follower.drives()
    }

    /// The id of this process among those that take part: its name, and what tells this start from others.
    pub fn worker(&self) -> &str {
        self.keeper.id()
    }

    /// Which processes take part, and what each of them has.
    pub fn view(&self) -> LeaseView {
        self.keeper.view().borrow().clone()
    }

    fn tell(&self, drives: &BTreeMap<Arc<str>, DriveSource>) {
        let weights = drives.keys().map(|key| (key.to_string(), 1));
        self.keeper.set_partitions(weights.collect());
    }
}

/// The drive's name in the store.
fn key_of(client: &Client, resource: &Resource) -> String {
    match client.label() {
        Some(label) => format!("{label} {resource}"),
        None => resource.to_string(),
    }
}

fn check_same(known: Option<&DriveSource>, new: &DriveSource) -> Result<(), Error> {
    let Some(known) = known else {
        return Ok(());
    };
    if known.client != new.client {
        let problem = format!(
            "another client with the same label, or without one, follows {}: give each client a label of its own",
            new.resource
        );
        return Err(Error::invalid_argument("client", problem));
    }
    if known.since != new.since {
        let problem = format!("{} is followed from elsewhere already", new.resource);
        return Err(Error::invalid_argument("since", problem));
    }
    Ok(())
}

impl fmt::Debug for SharedMembers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedMembers")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
