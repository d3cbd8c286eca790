use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use drivebell::{ChangesMember, ChangesMembers, Client, Error, ErrorKind, Resource};
use tokio::sync::watch;

use crate::handle::wait_ready;
use crate::keeper::{self, DriveKey, KeeperHandle, Order, Progress};
use crate::mirror::{check_resource, since};
use crate::reader::Reader;
use crate::stats::MirrorStats;
use crate::tree::Tree;

/// The drives of a [`MirrorSet`](crate::MirrorSet). Clones refer to the same set, and do not keep it open.
#[derive(Clone)]
pub struct MirrorMembers(Arc<Shared>);

struct Shared {
    client: Client,
    changes: ChangesMembers,
    keeper: KeeperHandle,
    reader: Arc<Reader>,
    drives: Mutex<HashMap<DriveKey, Member>>,
}

#[derive(Clone)]
#[expect(clippy::struct_field_names, reason = "the core's word")]
struct Member {
    member: ChangesMember,
    progress: watch::Receiver<Progress>,
    tree: Tree,
}

impl MirrorMembers {
    pub(crate) fn new(
        client: &Client,
        changes: &ChangesMembers,
        keeper: &KeeperHandle,
        reader: Reader,
    ) -> Self {
        Self(Arc::new(Shared {
            client: client.clone(),
            changes: changes.clone(),
            keeper: keeper.clone(),
            reader: Arc::new(reader),
            drives: Mutex::default(),
        }))
    }

    pub(crate) fn keeper(&self) -> &KeeperHandle {
        &self.0.keeper
    }

    /// Adds a drive on behalf of the client that made the set. It goes on where the file ends, or begins
    /// with a full enumeration. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// Those of [`MirrorClient::mirror_all`](crate::MirrorClient::mirror_all).
    pub fn add(&self, resource: &Resource) -> Result<(), Error> {
        self.add_for(&self.0.client.clone(), resource)
    }

    /// Adds a drive on behalf of another user. Two users' `/me/drive` cannot be in one file: name them by
    /// their ids.
    ///
    /// # Errors
    /// Those of [`add`](Self::add).
    pub fn add_for(&self, client: &Client, resource: &Resource) -> Result<(), Error> {
        check_resource(resource)?;
        if self.0.keeper.is_closing() {
            return Err(keeper::closed());
        }
        let known = self.find(resource);
        if let Some(known) = known {
            if known.member.client() != client {
                let problem = format!(
                    "{resource} is in this file for another user: name their drives by id, as /drives/ID"
                );
                return Err(Error::invalid_argument("resource", problem));
            }
            let has_ended = known.progress.borrow().ended.is_some();
            if !has_ended {
                return Ok(());
            }
        }
        let (enrolled, progress) = self.0.keeper.enroll(resource)?;
        let tree = Tree::of(&self.0.reader, resource)?.ok_or_else(keeper::closed)?;
        // Locked, so that its first batch finds the member.
        let mut drives = self.drives();
        let since = since(enrolled.checkpoint);
        self.0.changes.remove(client, resource);
        let member = self.0.changes.add_for(client, resource, &since)?;
        drives.insert(
            enrolled.drive,
            Member {
                member,
                progress,
                tree,
            },
        );
        Ok(())
    }

    /// Stops to follow a drive. Its tree stays in the file as it is. False if it is not a member.
    pub fn remove(&self, resource: &Resource) -> bool {
        let mut drives = self.drives();
        let Some(drive) = drives
            .iter()
            .find(|(_, member)| member.tree.resource() == resource)
            .map(|(drive, _)| *drive)
        else {
            return false;
        };
        if let Some(removed) = drives.remove(&drive) {
            self.0.changes.remove(removed.member.client(), resource);
        }
        drop(drives);
        self.0.keeper.order(Order::Leave { drive });
        true
    }

    /// The tree of a member.
    ///
    /// # Errors
    /// `State` if it is not a member.
    pub fn tree(&self, resource: &Resource) -> Result<Tree, Error> {
        Ok(self.require(resource)?.tree)
    }

    /// Waits until the first enumeration of a member is complete, as
    /// [`Mirror::ready`](crate::Mirror::ready).
    ///
    /// # Errors
    /// Those of [`Mirror::ready`](crate::Mirror::ready), and `State` if it is not a member.
    pub async fn ready(&self, resource: &Resource) -> Result<(), Error> {
        let progress = self.require(resource)?.progress;
        wait_ready(progress).await
    }

    /// Waits until the first enumeration of every drive that is a member now is complete.
    ///
    /// # Errors
    /// The error of the first member that has ended.
    pub async fn all_ready(&self) -> Result<(), Error> {
        let all: Vec<_> = self
            .drives()
            .values()
            .map(|member| member.progress.clone())
            .collect();
        for progress in all {
            wait_ready(progress).await?;
        }
        Ok(())
    }

    /// The counts of a member.
    ///
    /// # Errors
    /// `State` if it is not a member, and `Storage`.
    pub fn stats(&self, resource: &Resource) -> Result<MirrorStats, Error> {
        let member = self.require(resource)?;
        let mut stats = member.tree.stats()?;
        stats.changes = member.member.stats();
        Ok(stats)
    }

    /// Says that something has changed in a member's drive, as [`Mirror::hint`](crate::Mirror::hint).
    ///
    /// # Errors
    /// `State` if it is not a member, or has ended.
    pub fn hint(&self, resource: &Resource) -> Result<(), Error> {
        self.require(resource)?.member.hint()
    }

    /// A member, to inspect and hint its stream of changes.
    pub fn get(&self, resource: &Resource) -> Option<ChangesMember> {
        self.find(resource).map(|member| member.member)
    }

    /// The members' resources, in no particular order.
    pub fn resources(&self) -> Vec<Resource> {
        let drives = self.drives();
        drives
            .values()
            .filter(|member| self.is_member(member))
            .map(|member| member.tree.resource().clone())
            .collect()
    }

    /// Starts to end the mirror, as [`MirrorSet::close`](crate::MirrorSet::close) does, without waiting.
    pub fn start_close(&self) {
        self.0.reader.release();
        self.0.changes.start_close();
        self.0.keeper.start_close();
    }

    /// Waits until the file is closed.
    pub async fn closed(&self) {
        self.0.keeper.ended().await;
    }

    fn drives(&self) -> MutexGuard<'_, HashMap<DriveKey, Member>> {
        self.0.drives.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, resource: &Resource) -> Option<Member> {
        let drives = self.drives();
        drives
            .values()
            .find(|member| member.tree.resource() == resource && self.is_member(member))
            .cloned()
    }

    /// False once the client of another user is closed, which takes its members along.
    fn is_member(&self, member: &Member) -> bool {
        let member = &member.member;
        self.0
            .changes
            .get(member.client(), member.resource())
            .as_ref()
            == Some(member)
    }

    fn require(&self, resource: &Resource) -> Result<Member, Error> {
        self.find(resource).ok_or_else(|| {
            let problem = format!("{resource} is not a member of this mirror");
            Error::new(ErrorKind::State, problem)
        })
    }

    pub(crate) fn member(&self, drive: DriveKey) -> Option<ChangesMember> {
        self.drives()
            .get(&drive)
            .map(|member| member.member.clone())
    }

    pub(crate) fn any(&self) -> Option<ChangesMember> {
        self.drives()
            .values()
            .next()
            .map(|member| member.member.clone())
    }

    pub(crate) fn key_of(&self, member: &ChangesMember) -> Option<DriveKey> {
        let drives = self.drives();
        drives
            .iter()
            .find(|(_, known)| known.member == *member)
            .map(|(drive, _)| *drive)
    }
}

impl fmt::Debug for MirrorMembers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.drives().len();
        f.debug_struct("MirrorMembers")
            .field("count", &count)
            .finish_non_exhaustive()
    }
}
