//! The built command against the simulator, over real sockets.

mod bad_input;
mod changes;
mod checkpoint_files;
mod completions;
mod doctor;
mod endings;
mod endpoint;
mod login_files;
mod logins;
mod mirror;
mod mirror_exec;
mod mirror_files;
mod mirror_post;
mod sign_in;
mod support;
mod tokens;
mod watch;
