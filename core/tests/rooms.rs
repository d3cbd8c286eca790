//! The layout is the architecture: imports between the rooms of `core/src` run one way, and no
//! files of a room import each other in a circle.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The rooms from top to bottom: each may use those after it.
const ROOMS: [&str; 13] = [
    "changes_set",
    "changes",
    "diagnosis",
    "set",
    "client",
    "session",
    "event",
    "options",
    "graph",
    "socketio",
    "auth",
    "network",
    "pacing",
];

struct File {
    /// Relative to `core/src`.
    path: String,
    room: Option<String>,
    /// Without comments, and without the tests at its end.
    code: String,
}

fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let relative = path.strip_prefix(&root).unwrap().to_str().unwrap();
            let relative = relative.replace('\\', "/");
            // Code for tests and benchmarks may use every room.
            let is_test = relative.contains("tests.rs") || relative.contains("/model/");
            if is_test || relative == "internals.rs" || relative == "declarations.rs" {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap();
            let code: Vec<&str> = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            files.push(File {
                room: relative.split_once('/').map(|(room, _)| room.to_owned()),
                code: code.join("\n"),
                path: relative,
            });
        }
    }
    files
}

/// The names behind a prefix: `a` and `b` of `crate::{a, b::C}`, as well as of `crate::a::C`.
fn names_behind(prefix: &str, code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            names.push(first_word(rest));
            continue;
        };
        let mut depth = 0;
        let mut starts = true;
        for (index, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => starts = true,
                c if starts && !c.is_whitespace() => {
                    names.push(first_word(&list[index..]));
                    starts = false;
                }
                _ => {}
            }
        }
    }
    names
}

fn first_word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// Which room a public name of the crate comes from.
fn public_names(files: &[File]) -> BTreeMap<String, String> {
    let lib = files.iter().find(|file| file.path == "lib.rs").unwrap();
    let mut rooms = BTreeMap::new();
    for statement in lib.code.split("pub use ").skip(1) {
        let statement = statement.split(';').next().unwrap();
        let room = first_word(statement);
        for name in names_behind(&format!("{room}::"), statement) {
            rooms.insert(name, room.clone());
        }
    }
    rooms
}

#[test]
fn rooms_use_only_those_below_them() {
    let files = sources();
    let public = public_names(&files);
    let floor = |room: &str| ROOMS.iter().position(|known| *known == room);
    let mut arrows = 0;
    for file in &files {
        let Some(from) = &file.room else {
            continue;
        };
        let from = floor(from).unwrap_or_else(|| panic!("{from} is not in the list of rooms"));
        for name in names_behind("crate::", &file.code) {
            let room = public.get(&name).unwrap_or(&name);
            if let Some(to) = floor(room) {
                assert!(
                    to >= from,
                    "{} uses {name} of {room}, a room above it",
                    file.path
                );
                arrows += 1;
            }
        }
    }
    assert!(arrows > 50, "only {arrows} imports were found");
}

#[test]
fn files_of_a_room_do_not_import_each_other_in_a_circle() {
    let files = sources();
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.path.ends_with("mod.rs")) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let prefix = if folder.is_empty() {
            "crate::"
        } else {
            "super::"
        };
        let targets = names_behind(prefix, &file.code)
            .into_iter()
            .filter_map(|name| {
                let path = if folder.is_empty() {
                    format!("{name}.rs")
                } else {
                    format!("{folder}/{name}.rs")
                };
                let is_other = path != file.path && files.iter().any(|other| other.path == path);
                is_other.then_some(path)
            });
        uses.insert(file.path.clone(), targets.collect());
    }
    assert!(uses.values().map(BTreeSet::len).sum::<usize>() > 30);
    // A file that uses none of the remaining ones is in no circle.
    while let Some(done) = uses
        .iter()
        .find(|(_, targets)| targets.iter().all(|target| !uses.contains_key(target)))
        .map(|(path, _)| path.clone())
    {
        uses.remove(&done);
    }
    assert!(uses.is_empty(), "in a circle, or using one: {uses:?}");
}

#[test]
fn files_do_not_import_through_the_mod_of_their_own_room() {
    for file in sources() {
        let Some(room) = &file.room else {
            continue;
        };
        let through_crate = names_behind(&format!("crate::{room}::"), &file.code);
        let through_super = names_behind("super::", &file.code);
        let through_super = through_super.into_iter().filter(|name| {
            let is_file = name.starts_with(|c: char| c.is_ascii_lowercase());
            !is_file && !file.path.ends_with("mod.rs")
        });
        let mut names = through_crate.into_iter().chain(through_super);
        assert_eq!(
            names.next(),
            None,
            "{} imports through its own room",
            file.path
        );
    }
}
