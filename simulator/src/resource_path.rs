//! The path of a Graph request: the drive that it addresses, and what follows.

use percent_encoding::percent_decode_str;

/// One of the addresses that Graph has for a drive.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum DriveAddress {
    Me,
    Drive(String),
    Group(String),
    User(String),
    Site(String),
    List { site: String, list: String },
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ResourcePath<'a> {
    pub(crate) drive: DriveAddress,
    /// The path addresses a list itself, not the drive that belongs to it.
    pub(crate) plain_list: bool,
    /// What follows the drive: empty, or a slash and more. Still percent-encoded.
    pub(crate) rest: &'a str,
}

impl DriveAddress {
    /// Parses a path that addresses a drive and nothing below it.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let path = ResourcePath::parse(path)?;
        path.rest.is_empty().then_some(path.drive)
    }
}

impl<'a> ResourcePath<'a> {
    /// Parses a path without its version. Ids may be percent-encoded.
    pub(crate) fn parse(path: &'a str) -> Option<Self> {
        Self::split(path).filter(|path| path.rest.is_empty() || path.rest.starts_with('/'))
    }

    fn split(path: &'a str) -> Option<Self> {
        let (kind, rest) = segment(path)?;
        if kind == "me" {
            return Some(Self::of(DriveAddress::Me, rest.strip_prefix("/drive")?));
        }
        let (id, rest) = segment(rest)?;
        let id = decode(id)?;
        Some(match kind {
            "drives" => Self::of(DriveAddress::Drive(id), rest),
            "groups" => Self::of(DriveAddress::Group(id), rest.strip_prefix("/drive")?),
            "users" => Self::of(DriveAddress::User(id), rest.strip_prefix("/drive")?),
            "sites" => match segment(rest)? {
                ("drive", rest) => Self::of(DriveAddress::Site(id), rest),
                ("lists", rest) => Self::of_list(id, rest)?,
                _ => return None,
            },
            _ => return None,
        })
    }

    fn of_list(site: String, rest: &'a str) -> Option<Self> {
        let (list, rest) = segment(rest)?;
        let list = decode(list)?;
        let drive = DriveAddress::List { site, list };
        Some(match segment(rest) {
            Some(("drive", rest)) => Self::of(drive, rest),
            _ => Self {
                drive,
                plain_list: true,
                rest,
            },
        })
    }

    fn of(drive: DriveAddress, rest: &'a str) -> Self {
        Self {
            drive,
            plain_list: false,
            rest,
        }
    }
}

/// Splits `/first/and/more` into `first` and `/and/more`.
fn segment(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix('/')?;
    let end = path.find('/').unwrap_or(path.len());
    let (first, rest) = path.split_at(end);
    (!first.is_empty()).then_some((first, rest))
}

/// Splits `/v1.0/me/drive` into `v1.0` and `/me/drive`.
pub(crate) fn split_version(path: &str) -> (&str, &str) {
    let path = path.strip_prefix('/').unwrap_or(path);
    let end = path.find('/').unwrap_or(path.len());
    path.split_at(end)
}

/// Undoes percent-encoding; `None` if the result is not UTF-8.
pub(crate) fn decode(segment: &str) -> Option<String> {
    let decoded = percent_decode_str(segment).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_arrive_encoded() {
        let path = ResourcePath::parse("/drives/b%21x%2Fy/root").expect("a drive");
        assert_eq!(path.drive, DriveAddress::Drive("b!x/y".into()));
        assert_eq!(path.rest, "/root");
    }

    #[test]
    fn a_list_and_its_drive_differ() {
        let plain = ResourcePath::parse("/sites/s/lists/l/subscriptions/socketIo").expect("a list");
        assert!(plain.plain_list);
        assert_eq!(plain.rest, "/subscriptions/socketIo");
        let drive = ResourcePath::parse("/sites/s/lists/l/drive/root").expect("its drive");
        assert!(!drive.plain_list);
        assert_eq!((&drive.drive, drive.rest), (&plain.drive, "/root"));
    }

    #[test]
    fn paths_that_address_no_drive() {
        for path in [
            "",
            "/",
            "/me",
            "/me/drives",
            "/drives",
            "/drives//root",
            "/groups/g",
            "/sites/s/root",
        ] {
            assert_eq!(ResourcePath::parse(path), None, "{path}");
        }
    }
}
