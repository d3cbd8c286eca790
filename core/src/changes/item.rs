use std::time::SystemTime;

use super::drive_item::DriveItem;
use super::list_item::ListItem;

/// A changed item, of a drive or of a list, in its latest state.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Item {
    /// A file or folder of a drive.
    Drive(DriveItem),
    /// A row of a SharePoint list.
    List(ListItem),
}

impl Item {
    /// The item's id, unique in its drive or list.
    pub fn id(&self) -> &str {
        match self {
            Self::Drive(item) => item.id(),
            Self::List(item) => item.id(),
        }
    }

    /// Whether the item was deleted.
    pub fn is_deleted(&self) -> bool {
        match self {
            Self::Drive(item) => item.is_deleted(),
            Self::List(item) => item.is_deleted(),
        }
    }

    /// The item's name, if Graph sent one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Drive(item) => item.name(),
            Self::List(item) => item.name(),
        }
    }

    /// The JSON object as Graph sent it.
    pub fn raw(&self) -> &str {
        match self {
            Self::Drive(item) => item.raw(),
            Self::List(item) => item.raw(),
        }
    }

    /// When the item was last modified (UTC).
    pub fn modified_at(&self) -> Option<SystemTime> {
        match self {
            Self::Drive(item) => item.modified_at(),
            Self::List(item) => item.modified_at(),
        }
    }

    /// The same item with a text of its own: it does not keep its page in memory.
    #[must_use]
    pub fn detached(&self) -> Self {
        match self {
            Self::Drive(item) => Self::Drive(item.detached()),
            Self::List(item) => Self::List(item.detached()),
        }
    }
}
