//! One module for each command.

pub(crate) mod changes;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod endpoint;
mod following;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod mirror;
pub(crate) mod mirror_file;
pub(crate) mod watch;
pub(crate) mod whoami;
