//! Delta queries.
//!
//! One binary for all topics, because each binary takes time to link.

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
mod unkind;
