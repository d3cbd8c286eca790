//! Delta queries.

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
