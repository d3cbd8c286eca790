//! Where in Graph's tree a request points: at a drive, by one of its names.

use percent_encoding::percent_decode_str;

/// One of the names by which Graph reaches a drive.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Me,
    Drive(String),
    Group(String),
    User(String),
    Site(String),
    List { site: String, list: String },
}

/// A place, and what of the path is behind it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Located<'a> {
    pub(crate) place: Place,
    /// The path named the list, not the drive that belongs to it.
    pub(crate) plain_list: bool,
    /// Empty, or starts with a slash. Still percent-encoded.
    pub(crate) rest: &'a str,
}

impl Place {
    /// Reads a path below `/v1.0`; ids may be percent-encoded.
    pub(crate) fn locate(path: &str) -> Option<Located<'_>> {
        Self::split(path).filter(|at| at.rest.is_empty() || at.rest.starts_with('/'))
    }

    fn split(path: &str) -> Option<Located<'_>> {
        let (kind, rest) = segment(path)?;
        if kind == "me" {
            return Some(drive_of(Self::Me, rest.strip_prefix("/drive")?));
        }
        let (id, rest) = segment(rest)?;
        let id = decode(id)?;
        match kind {
            "drives" => Some(drive_of(Self::Drive(id), rest)),
            "groups" => Some(drive_of(Self::Group(id), rest.strip_prefix("/drive")?)),
            "users" => Some(drive_of(Self::User(id), rest.strip_prefix("/drive")?)),
            "sites" => match segment(rest)? {
                ("drive", rest) => Some(drive_of(Self::Site(id), rest)),
                ("lists", rest) => {
                    let (list, rest) = segment(rest)?;
                    let place = Self::List {
                        site: id,
                        list: decode(list)?,
                    };
                    Some(match segment(rest) {
                        Some(("drive", rest)) => drive_of(place, rest),
                        _ => Located {
                            place,
                            plain_list: true,
                            rest,
                        },
                    })
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// A path that names a place and nothing behind it.
    pub(crate) fn from_prefix(prefix: &str) -> Option<Self> {
        let located = Self::locate(prefix)?;
        located.rest.is_empty().then_some(located.place)
    }
}

fn drive_of(place: Place, rest: &str) -> Located<'_> {
    Located {
        place,
        plain_list: false,
        rest,
    }
}

/// Splits `/first/and/more` into `first` and `/and/more`.
fn segment(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix('/')?;
    let end = path.find('/').unwrap_or(path.len());
    let (first, rest) = path.split_at(end);
    (!first.is_empty()).then_some((first, rest))
}

pub(crate) fn decode(segment: &str) -> Option<String> {
    let decoded = percent_decode_str(segment).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_arrive_encoded() {
        let located = Place::locate("/drives/b%21x%2Fy/root").expect("a drive");
        assert_eq!(located.place, Place::Drive("b!x/y".into()));
        assert_eq!(located.rest, "/root");
    }

    #[test]
    fn a_list_is_told_from_its_drive() {
        let plain = Place::locate("/sites/s/lists/l/subscriptions/socketIo").expect("a list");
        assert!(plain.plain_list);
        assert_eq!(plain.rest, "/subscriptions/socketIo");
        let drive = Place::locate("/sites/s/lists/l/drive/root").expect("its drive");
        assert!(!drive.plain_list);
        assert_eq!((&drive.place, drive.rest), (&plain.place, "/root"));
    }

    #[test]
    fn what_is_no_place() {
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
            assert_eq!(Place::locate(path), None, "{path}");
        }
    }
}
