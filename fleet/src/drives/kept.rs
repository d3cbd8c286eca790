//! What is kept of each drive in memory. A fleet may have a million of them, and each worker knows all.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use drivebell::Resource;

use super::entry::{Drive, Entry, EntryProblem, StartAt};
use super::key::check_key;
use super::list::DriveEvent;

/// A drive in 40 bytes and its texts, which are in one piece.
#[derive(Debug)]
struct Kept {
    revision: u64,
    /// The path, the user and the label, which may be empty.
    text: Box<str>,
    tenant: u32,
    path_end: u16,
    user_end: u16,
    since: StartAt,
    round: bool,
}

#[derive(Debug)]
struct Invalid {
    revision: u64,
    problem: EntryProblem,
    round: bool,
}

/// All entries of the bucket.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// A tree, because a hash table of a million entries is half empty.
    drives: BTreeMap<Box<str>, Kept>,
    invalid: BTreeMap<Box<str>, Invalid>,
    tenants: Tenants,
    /// Marks what the current pass over the bucket has found. It changes with each pass.
    round: bool,
    /// Whether a pass has been completed.
    pub(super) is_complete: bool,
}

/// The names of tenants, each once, with the number of their drives.
#[derive(Debug, Default)]
struct Tenants {
    names: Vec<(Arc<str>, u64)>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Tenants {
    fn add(&mut self, name: &Arc<str>) -> u32 {
        let number = *self.numbers.entry(Arc::clone(name)).or_insert_with(|| {
            self.names.push((Arc::clone(name), 0));
            u32::try_from(self.names.len() - 1).unwrap_or(u32::MAX)
        });
        self.names[number as usize].1 += 1;
        number
    }

    fn remove(&mut self, number: u32) {
        self.names[number as usize].1 -= 1;
    }
}

impl Table {
    /// An entry has this value now. Tells what that changes.
    pub(super) fn put(&mut self, key: &str, revision: u64, json: &[u8]) -> Option<DriveEvent> {
        let round = self.round;
        if let Some(kept) = self.drives.get_mut(key)
            && kept.revision == revision
        {
            kept.round = round;
            return None;
        }
        if let Some(invalid) = self.invalid.get_mut(key)
            && invalid.revision == revision
        {
            invalid.round = round;
            return None;
        }
        let checked =
            check_key(key).map_err(|problem| EntryProblem::new(format!("key: {problem}")));
        match checked.and_then(|()| Entry::parse(json)) {
            Ok(entry) => self.put_drive(key, revision, entry.drive),
            Err(problem) => {
                self.forget(key);
                let invalid = Invalid {
                    revision,
                    problem: problem.clone(),
                    round,
                };
                let known = self.invalid.insert(key.into(), invalid);
                let is_known = known.is_some_and(|known| known.problem == problem);
                (!is_known).then(|| DriveEvent::Invalid {
                    key: key.to_owned(),
                    problem,
                })
            }
        }
    }

    fn put_drive(&mut self, key: &str, revision: u64, drive: Drive) -> Option<DriveEvent> {
        self.invalid.remove(key);
        let before = self.get(key);
        if before.as_ref() == Some(&drive) {
            if let Some(kept) = self.drives.get_mut(key) {
                (kept.revision, kept.round) = (revision, self.round);
            }
            return None;
        }
        self.forget(key);
        let kept = self.keep(revision, &drive);
        self.drives.insert(key.into(), kept);
        let key = key.to_owned();
        Some(if before.is_some() {
            DriveEvent::Changed { key, drive }
        } else {
            DriveEvent::Added { key, drive }
        })
    }

    /// There is no such entry any more.
    pub(super) fn remove(&mut self, key: &str) -> Option<DriveEvent> {
        let was_invalid = self.invalid.remove(key).is_some();
        (self.forget(key) || was_invalid).then(|| DriveEvent::Removed {
            key: key.to_owned(),
        })
    }

    /// A pass over the whole bucket begins.
    pub(super) fn begin_pass(&mut self) {
        self.round = !self.round;
    }

    /// The pass is complete. Tells what was not found any more.
    pub(super) fn end_pass(&mut self) -> Vec<DriveEvent> {
        let round = self.round;
        let drives = self.drives.iter().filter(|(_, kept)| kept.round != round);
        let invalid = self.invalid.iter().filter(|(_, it)| it.round != round);
        let gone: Vec<Box<str>> = drives
            .map(|(key, _)| key.clone())
            .chain(invalid.map(|(key, _)| key.clone()))
            .collect();
        let mut events: Vec<_> = gone.iter().filter_map(|key| self.remove(key)).collect();
        if !self.is_complete {
            self.is_complete = true;
            events.push(DriveEvent::Listed);
        }
        events
    }

    pub(super) fn len(&self) -> usize {
        self.drives.len()
    }

    pub(super) fn get(&self, key: &str) -> Option<Drive> {
        self.drives.get(key).map(|kept| self.drive(kept))
    }

    pub(super) fn select(&self, wanted: impl Fn(&str) -> bool) -> Vec<(String, Drive)> {
        let selected = self.drives.iter().filter(|(key, _)| wanted(key));
        selected
            .map(|(key, kept)| (String::from(&**key), self.drive(kept)))
            .collect()
    }

    pub(super) fn for_each(&self, mut each: impl FnMut(&str, &Arc<str>)) {
        for (key, kept) in &self.drives {
            each(key, &self.tenants.names[kept.tenant as usize].0);
        }
    }

    pub(super) fn tenants(&self) -> Vec<(Arc<str>, u64)> {
        let tenants = self.tenants.names.iter().filter(|(_, count)| *count > 0);
        tenants.cloned().collect()
    }

    pub(super) fn invalid(&self) -> Vec<(String, EntryProblem)> {
        let invalid = self.invalid.iter();
        invalid
            .map(|(key, it)| (String::from(&**key), it.problem.clone()))
            .collect()
    }

    fn forget(&mut self, key: &str) -> bool {
        let kept = self.drives.remove(key);
        if let Some(kept) = &kept {
            self.tenants.remove(kept.tenant);
        }
        kept.is_some()
    }

    fn keep(&mut self, revision: u64, drive: &Drive) -> Kept {
        let mut text = drive.resource.to_string();
        let path_end = short(text.len());
        text.push_str(&drive.user);
        let user_end = short(text.len());
        text.push_str(drive.label.as_deref().unwrap_or_default());
        Kept {
            revision,
            text: text.into(),
            tenant: self.tenants.add(&drive.tenant),
            path_end,
            user_end,
            since: drive.since,
            round: self.round,
        }
    }

    fn drive(&self, kept: &Kept) -> Drive {
        let (path_end, user_end) = (usize::from(kept.path_end), usize::from(kept.user_end));
        let label = &kept.text[user_end..];
        let path = &kept.text[..path_end];
        Drive {
            // It was the text of a resource before.
            resource: path.parse().unwrap_or_else(|_| Resource::my_drive()),
            user: kept.text[path_end..user_end].into(),
            tenant: Arc::clone(&self.tenants.names[kept.tenant as usize].0),
            label: (!label.is_empty()).then(|| label.into()),
            since: kept.since,
        }
    }
}

/// The texts of an entry are checked to be much shorter.
fn short(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(user: &str) -> Vec<u8> {
        format!(r#"{{"resource":"/drives/b!x","user":"{user}","label":"L"}}"#).into_bytes()
    }

    fn name(event: Option<DriveEvent>) -> String {
        match event {
            None => "nothing".to_owned(),
            Some(DriveEvent::Added { key, drive }) => format!("added {key} {}", drive.user),
            Some(DriveEvent::Changed { key, drive }) => format!("changed {key} {}", drive.user),
            Some(DriveEvent::Removed { key }) => format!("removed {key}"),
            Some(DriveEvent::Invalid { key, .. }) => format!("invalid {key}"),
            Some(DriveEvent::Listed) => "listed".to_owned(),
        }
    }

    #[test]
    fn only_what_differs_is_told() {
        let mut table = Table::default();
        assert_eq!(name(table.put("a", 1, &json("kim@x"))), "added a kim@x");
        assert_eq!(name(table.put("a", 1, &json("kim@x"))), "nothing");
        assert_eq!(name(table.put("a", 2, &json("kim@x"))), "nothing");
        assert_eq!(name(table.put("a", 3, &json("alex@y"))), "changed a alex@y");
        assert_eq!(table.tenants(), [(Arc::from("y"), 1)]);
        assert_eq!(name(table.put("a", 4, b"{")), "invalid a");
        assert_eq!(name(table.put("a", 5, b"{")), "nothing");
        assert_eq!((table.len(), table.invalid().len()), (0, 1));
        assert_eq!(name(table.put("a", 6, &json("kim@x"))), "added a kim@x");
        assert!(table.invalid().is_empty());
        assert_eq!(name(table.remove("a")), "removed a");
        assert_eq!(name(table.remove("a")), "nothing");
        assert!(table.tenants().is_empty());
        assert_eq!(name(table.put("a b", 7, &json("kim@x"))), "invalid a b");
        assert_eq!(name(table.remove("a b")), "removed a b");
    }

    #[test]
    fn a_drive_is_given_back_as_it_was() {
        let mut table = Table::default();
        for (key, text) in [
            (
                "a",
                r#"{"resource":"/drives/b!x%20y","user":"kim@x","label":"Ä","since":"now"}"#,
            ),
            (
                "b",
                r#"{"resource":"/sites/a,b,c/lists/l","user":"k","tenant":"t"}"#,
            ),
            ("c", r#"{"resource":"/me/drive","user":"ü@x"}"#),
        ] {
            let drive = Entry::parse(text.as_bytes()).unwrap().drive;
            table.put(key, 1, text.as_bytes());
            assert_eq!(table.get(key), Some(drive), "{text}");
        }
        let selected = table.select(|key| key != "b");
        let keys: Vec<_> = selected.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["a", "c"]);
    }

    #[test]
    fn a_pass_finds_what_is_gone() {
        let mut table = Table::default();
        table.begin_pass();
        for key in ["a", "b", "c"] {
            table.put(key, 1, &json("kim@x"));
        }
        table.put("d", 1, b"");
        assert_eq!(table.end_pass().len(), 1);
        assert!(table.is_complete);
        table.begin_pass();
        table.put("b", 1, &json("kim@x"));
        table.put("c", 2, &json("alex@x"));
        let gone: Vec<_> = table.end_pass().into_iter().map(Some).map(name).collect();
        assert_eq!(gone, ["removed a", "removed d"]);
        table.begin_pass();
        assert_eq!(table.end_pass().len(), 2);
        assert_eq!(table.len(), 0);
    }
}
