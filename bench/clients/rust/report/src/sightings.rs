//! Changes of a mirror as a program sees them.

use serde_json::json;

use crate::print;
use crate::process::now_ns;

/// Reports when each change came, by the clock that the service reads too. The changes that a folder's
/// change brings to what is in it are one report, when the last of them came.
#[derive(Default)]
pub struct Sightings {
    /// How many of them are still to come, and how many there are.
    left: u64,
    inside: u64,
}

impl Sightings {
    /// The program has a change. `inside` is how many others follow for what is in the folder.
    pub fn change(&mut self, kind: &str, path: &str, descendants: u64, inside: u64) {
        let at_ns = now_ns();
        self.left = inside;
        self.inside = inside;
        print(&json!({
            "event": "change",
            "at_ns": at_ns,
            "kind": kind,
            "path": path,
            "descendants": descendants,
        }));
    }

    /// The program has one of the changes for what is in a folder.
    pub fn inherited(&mut self) {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            print(&json!({ "event": "expanded", "at_ns": now_ns(), "changes": self.inside }));
        }
    }
}
