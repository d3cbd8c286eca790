//! The names of the pages about errors, events and findings: the tests compare them with the pages.

use std::collections::BTreeMap;
use std::fmt::Write;

use drivebell::declarations::{help_pages, slug};

pub(crate) fn json() -> String {
    let mut folders: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (folder, name) in help_pages() {
        folders.entry(folder.as_str()).or_default().push(slug(name));
    }
    let mut text = String::from("{\n");
    for (index, (folder, mut names)) in folders.into_iter().enumerate() {
        names.sort_unstable();
        let comma = if index == 0 { "" } else { ",\n" };
        let names: Vec<String> = names.iter().map(|name| format!("    \"{name}\"")).collect();
        let _ = write!(text, "{comma}  \"{folder}\": [\n{}\n  ]", names.join(",\n"));
    }
    text.push_str("\n}\n");
    text
}
