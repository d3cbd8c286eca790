//! What a consumer wants to hear of, by a rule of the model's own.

use std::collections::BTreeMap;

use drivebell::MirrorOptions;
use drivebell::internals::TreeDrive;
use fastrand::Rng;

/// A filter, as its options and as a rule.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) options: MirrorOptions,
    under: Option<&'static str>,
    /// The end of a name in lower case.
    include: Option<&'static str>,
    /// A folder's or a file's name in lower case.
    exclude: Option<&'static str>,
    files_only: bool,
}

impl Wanted {
    pub(super) fn random(random: &mut Rng) -> Self {
        let mut wanted = Self::default();
        if random.bool() {
            return wanted;
        }
        if random.bool() {
            wanted.under = random.choice(["/reports", "/reports", "/a", "/a/reports"]);
            // In another case, which does not matter.
            wanted.options.under = wanted.under.map(str::to_uppercase);
        }
        if random.u32(0..3) == 0 {
            wanted.include = random.choice([".txt", ".pdf", "s"]);
            let glob = wanted.include.map(|end| format!("*{end}"));
            wanted.options.include = glob.into_iter().collect();
        }
        if random.u32(0..3) == 0 {
            wanted.exclude = random.choice(["reports", "b.txt", "a"]);
            wanted.options.exclude = wanted.exclude.map(str::to_owned).into_iter().collect();
        }
        wanted.files_only = random.u32(0..3) == 0;
        wanted.options.files_only = wanted.files_only;
        wanted
    }

    /// Everything is wanted.
    pub(super) fn is_all(&self) -> bool {
        self.under.is_none() && self.include.is_none() && self.exclude.is_none() && !self.files_only
    }

    /// Each item in a folder that moves or goes has a change of its own.
    pub(super) fn tells_each(&self) -> bool {
        self.options.expand || self.include.is_some() || self.exclude.is_some() || self.files_only
    }

    pub(super) fn wants(&self, path: &str, is_folder: bool) -> bool {
        let path = path.to_lowercase();
        let mut names = path.split('/').skip(1);
        path != "/"
            && !(self.files_only && is_folder)
            && self
                .under
                .is_none_or(|under| path == under || path.starts_with(&format!("{under}/")))
            && self.include.is_none_or(|end| path.ends_with(end))
            && self
                .exclude
                .is_none_or(|excluded| names.all(|name| name != excluded))
    }

    /// The paths of a drive that are wanted, and their ids.
    pub(super) fn paths(&self, drive: &TreeDrive) -> BTreeMap<String, String> {
        let items = drive.items();
        let paths = drive.paths().into_iter();
        paths
            .filter(|(path, id)| self.wants(path, items[id].is_folder))
            .collect()
    }
}
