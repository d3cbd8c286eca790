//! The command as it is built, over real sockets, against the simulator.

mod bad_input;
mod changes;
mod checkpoint_files;
mod doctor;
mod endings;
mod endpoint;
mod support;
mod tokens;
mod watch;
