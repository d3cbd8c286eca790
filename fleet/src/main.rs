//! The command `drivebell-fleet`.

fn main() {}
