//! What the commands that follow a drive say on stderr.

mod progress;
mod trouble;

pub(crate) use self::progress::Progress;
pub(crate) use self::trouble::Trouble;
