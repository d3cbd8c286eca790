//! Paths and names. SharePoint preserves the case of names and ignores it when it compares them.

use drivebell::Error;

/// The path of the drive's root.
pub(crate) const ROOT: &str = "/";

/// A name for comparing, as a drive compares names.
pub(crate) fn folded(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.chars().flat_map(char::to_lowercase).collect()
}

/// Whether a drive takes two names for the same.
pub(crate) fn same_name(left: &str, right: &str) -> bool {
    left == right || folded(left) == folded(right)
}

/// The hash of a name by which its index finds it. Part of the file's schema: [`hash`] of the folded
/// name, in 32 bits.
pub(crate) fn name_key(name: &str) -> i64 {
    if name.is_ascii() {
        return key(hash(name.bytes().map(|byte| byte.to_ascii_lowercase())));
    }
    key(hash(folded(name).bytes()))
}

/// The hash of an id by which its index finds it. Part of the file's schema: [`hash`] in 32 bits.
pub(crate) fn id_key(id: &str) -> i64 {
    key(hash(id.bytes()))
}

/// 32 bits, because SQLite stores small numbers in few bytes.
pub(crate) fn key(hash: u64) -> i64 {
    let folded = (hash ^ (hash >> 32)) & 0xffff_ffff;
    i64::try_from(folded).unwrap_or_default() - (1 << 31)
}

/// FNV-1a in 64 bits.
pub(crate) fn hash(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The path of an item in a folder.
pub(crate) fn joined(folder: &str, name: &str) -> String {
    let mut path = String::with_capacity(folder.len() + 1 + name.len());
    if folder != ROOT {
        path.push_str(folder);
    }
    path.push('/');
    path.push_str(name);
    path
}

/// Whether a path is that of a folder, or of something in it.
pub(crate) fn is_within(path: &str, folder: &str) -> bool {
    folder == ROOT
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A path that a user has given, without a slash at its end.
///
/// # Errors
/// `InvalidArgument`, by the argument's name, for a path that does not start with `/`.
pub(crate) fn checked<'a>(argument: &'static str, path: &'a str) -> Result<&'a str, Error> {
    if !path.starts_with('/') {
        let problem = format!(
            "{path:?} does not start with a slash: write a path from the drive's root, such as \"/Reports\""
        );
        return Err(Error::invalid_argument(argument, problem));
    }
    if path.split('/').any(|name| matches!(name, "." | "..")) {
        let problem = format!("{path:?} has a \".\" or \"..\": write the path itself");
        return Err(Error::invalid_argument(argument, problem));
    }
    let path = path.trim_end_matches('/');
    Ok(if path.is_empty() { ROOT } else { path })
}

/// The names of a path.
pub(crate) fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_within_its_folder_and_not_beside_it() {
        assert!(is_within("/a", "/") && is_within("/a", "/a") && is_within("/a/b", "/a"));
        assert!(!is_within("/ab", "/a") && !is_within("/", "/a"));
    }

    #[test]
    fn names_differ_in_more_than_case() {
        assert!(same_name("Größe.TXT", "größe.txt") && same_name("a", "A"));
        assert!(!same_name("a", "b") && !same_name("e\u{301}", "\u{e9}"));
        assert_eq!(
            name_key("Größe.TXT"),
            name_key("gRÖSSE.txt".replace("SS", "ß").as_str())
        );
    }

    #[test]
    fn a_path_is_checked_and_loses_its_last_slash() {
        assert_eq!(checked("under", "/a/b/").unwrap(), "/a/b");
        assert_eq!(checked("under", "///").unwrap(), "/");
        for path in ["", "a", "./a", "/a/../b"] {
            assert_eq!(
                checked("under", path).unwrap_err().argument(),
                Some("under"),
                "{path}"
            );
        }
    }
}
