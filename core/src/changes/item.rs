use super::{DriveItem, ListItem};

/// What changed: an item of a drive, or of a list.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Item {
    /// A file or a folder.
    Drive(DriveItem),
    /// A row of a list.
    List(ListItem),
}

impl Item {
    /// Unique in its drive or list.
    pub fn id(&self) -> &str {
        match self {
            Self::Drive(item) => item.id(),
            Self::List(item) => item.id(),
        }
    }

    /// It is gone.
    pub fn is_deleted(&self) -> bool {
        match self {
            Self::Drive(item) => item.is_deleted(),
            Self::List(item) => item.is_deleted(),
        }
    }

    /// The name, where Graph gives one.
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
}
