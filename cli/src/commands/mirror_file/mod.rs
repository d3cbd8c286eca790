//! `drivebell ls` and `drivebell find`: a mirror's file, without network.

mod find;
mod ls;
mod open;

pub(crate) use self::find::run as find;
pub(crate) use self::ls::run as ls;
