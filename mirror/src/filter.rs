//! Which changes are handed out.

use drivebell::{ChangeKind, Error, MirrorOptions};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::paths::{ROOT, checked, folded, is_within};

/// Globs on paths. One without a slash matches a name in any folder, another the whole path. Case does
/// not matter. `*` and `?` match no slash, `**` matches any number of folders.
#[derive(Debug, Clone)]
pub struct PathFilter(GlobSet);

impl PathFilter {
    /// Reads globs of the [globset] kind.
    ///
    /// [globset]: https://docs.rs/globset/latest/globset/#syntax
    ///
    /// # Errors
    /// `InvalidArgument`, by the given name, for a glob that does not parse.
    pub fn new<'a>(
        argument: &'static str,
        globs: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Error> {
        let mut set = GlobSetBuilder::new();
        let refuse = |glob: &str, error: &globset::Error| {
            let problem = format!("{glob:?} is not a glob: {}", error.kind());
            Error::invalid_argument(argument, problem)
        };
        for glob in globs {
            if glob.is_empty() {
                return Err(Error::invalid_argument(
                    argument,
                    "an empty glob matches nothing",
                ));
            }
            let whole = match glob.strip_prefix('/') {
                Some(_) => glob.to_owned(),
                None if glob.contains('/') => format!("/{glob}"),
                None => format!("/**/{glob}"),
            };
            let built = GlobBuilder::new(&whole)
                .literal_separator(true)
                .case_insensitive(true)
                .build()
                .map_err(|error| refuse(glob, &error))?;
            set.add(built);
        }
        let set = set.build().map_err(|error| refuse("", &error))?;
        Ok(Self(set))
    }

    /// Whether one of the globs matches the path.
    pub fn matches(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

/// What the consumer asked for.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    /// In lower case.
    under: String,
    include: Option<PathFilter>,
    exclude: Option<PathFilter>,
    kinds: Vec<ChangeKind>,
    pub(crate) files_only: bool,
    pub(crate) expand: bool,
}

impl Filter {
    /// # Errors
    /// `InvalidArgument`, by name.
    pub(crate) fn new(options: &MirrorOptions) -> Result<Self, Error> {
        let globs = |argument, globs: &[String]| {
            (!globs.is_empty())
                .then(|| PathFilter::new(argument, globs.iter().map(String::as_str)))
                .transpose()
        };
        let kinds = match &options.kinds {
            None => ChangeKind::ALL.to_vec(),
            Some(kinds) => kinds
                .iter()
                .map(|kind| kind.parse())
                .collect::<Result<_, Error>>()?,
        };
        Ok(Self {
            under: match &options.under {
                Some(under) => folded(checked("under", under)?),
                None => ROOT.to_owned(),
            },
            include: globs("include", &options.include)?,
            exclude: globs("exclude", &options.exclude)?,
            kinds,
            files_only: options.files_only,
            expand: options.expand,
        })
    }

    pub(crate) fn wants(&self, kind: ChangeKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// No change is handed out at all.
    pub(crate) fn wants_nothing(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Whether the consumer hears of the item at this path.
    pub(crate) fn passes(&self, path: &str, is_folder: bool) -> bool {
        !(self.files_only && is_folder)
            && self.is_under(path)
            && self
                .include
                .as_ref()
                .is_none_or(|globs| globs.matches(path))
            && !self.is_excluded(path)
    }

    /// Whether everything in a folder passes that passes by itself: one change can stand for all.
    pub(crate) fn takes_folders_whole(&self) -> bool {
        !self.files_only && self.include.is_none() && self.exclude.is_none()
    }

    /// Whether something in the folder at this path may pass.
    pub(crate) fn reaches(&self, folder: &str) -> bool {
        self.is_under(folder) || is_within(&self.under, &folded(folder))
    }

    fn is_under(&self, path: &str) -> bool {
        self.under == ROOT || is_within(&folded(path), &self.under)
    }

    /// Whether a glob excludes the path, or a folder that it is in.
    fn is_excluded(&self, path: &str) -> bool {
        let Some(globs) = &self.exclude else {
            return false;
        };
        let ends = path.match_indices('/').map(|(end, _)| end).skip(1);
        globs.matches(path) || ends.into_iter().any(|end| globs.matches(&path[..end]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(change: impl FnOnce(&mut MirrorOptions)) -> Result<Filter, Error> {
        let mut options = MirrorOptions::default();
        change(&mut options);
        Filter::new(&options)
    }

    #[test]
    fn globs_match_names_or_whole_paths_in_any_case() {
        let globs = PathFilter::new("include", ["*.pdf", "/Reports/*/x", "a/b"]).unwrap();
        for path in ["/x.PDF", "/deep/er/x.pdf", "/reports/2026/x", "/a/b"] {
            assert!(globs.matches(path), "{path}");
        }
        for path in ["/x.pdf/y", "/Reports/x", "/Reports/a/b/x", "/c/a/b"] {
            assert!(!globs.matches(path), "{path}");
        }
    }

    #[test]
    fn what_is_in_an_excluded_folder_is_excluded() {
        let filter = filter(|options| options.exclude = vec!["node_modules".to_owned()]).unwrap();
        assert!(!filter.passes("/a/node_modules/x/y", false));
        assert!(!filter.passes("/node_modules", true));
        assert!(filter.passes("/a/node_modules.txt", false));
    }

    #[test]
    fn bad_filters_are_refused_by_name() {
        let text = |text: &str| vec![text.to_owned()];
        let refused = [
            filter(|options| options.include = text("[")),
            filter(|options| options.exclude = text("{a")),
            filter(|options| options.include = text("")),
            filter(|options| options.under = Some("Reports".to_owned())),
            filter(|options| options.kinds = Some(text("changed"))),
        ];
        let names: Vec<_> = refused
            .map(|refused| refused.unwrap_err().argument())
            .into();
        let expected = ["include", "exclude", "include", "under", "kinds"];
        assert_eq!(names, expected.map(Some));
    }

    #[test]
    fn under_is_the_folder_and_what_is_in_it_in_any_case() {
        let filter = filter(|options| options.under = Some("/Reports/".to_owned())).unwrap();
        assert!(filter.passes("/reports", true) && filter.passes("/Reports/a/b", false));
        assert!(!filter.passes("/Reports2", true) && !filter.passes("/", true));
        assert!(filter.reaches("/") && filter.reaches("/reports/x") && !filter.reaches("/x"));
    }
}
