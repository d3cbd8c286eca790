//! Delta queries: what changed.
//!
//! One binary for all topics: each further one would be linked anew.

#[path = "../support/mod.rs"]
mod support;

mod awkward;
mod faults;
mod follower;
mod items;
mod lag;
mod lists;
mod options;
mod rounds;
mod seeds;
mod tokens;
