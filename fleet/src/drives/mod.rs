//! The drives that a fleet follows: entries of a bucket, which any program may change.

mod entry;
mod kept;
mod key;
mod list;
mod read;

pub(crate) use self::entry::Fields;
pub use self::entry::{Drive, Entry, EntryProblem, StartAt};
pub use self::key::{MAX_KEY, check_key, default_key};
pub use self::list::{DriveEvent, DriveEvents, DriveList, WatchError};
pub(crate) use self::read::read_all;
