use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::Error;
use crate::names::names;

const SUBSCRIPTION_SUFFIX: &str = "/subscriptions/socketIo";

/// The characters that RFC 3986 does not allow in a `pchar`. So `b!x`, `a,b,c` and `user@x` stay
/// unchanged, and `#` is encoded.
const NOT_PCHAR: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

names! {
    /// What a [`Resource`] is, and so what the items of its delta query are.
    pub enum ResourceKind {
        /// A drive, whose items are files and folders: [`DriveItem`](crate::DriveItem)s.
        Drive = "drive",
        /// A list, whose items are rows: [`ListItem`](crate::ListItem)s.
        List = "list",
    }
}

/// A drive or a list to watch, named in one of Graph's ways.
///
/// Prefer [`Resource::drive`] if you know the drive's id: for a SharePoint library, the endpoint of
/// `/me/drive` never notifies about the library.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Resource {
    root: Arc<str>,
    delta: Option<Arc<str>>,
}

impl Resource {
    /// The signed-in user's own drive: `/me/drive`.
    pub fn my_drive() -> Self {
        Self::item_root("/me/drive/root")
    }

    /// A drive by its id: `/drives/{id}`.
    pub fn drive(id: &str) -> Result<Self, Error> {
        Ok(Self::item_root(&format!(
            "/drives/{}/root",
            segment("id", id)?
        )))
    }

    /// The SharePoint list behind a drive: `/drives/{id}/list`.
    pub fn drive_list(id: &str) -> Result<Self, Error> {
        Ok(Self::list_root(&format!(
            "/drives/{}/list",
            segment("id", id)?
        )))
    }

    /// The default drive of a Microsoft 365 group: `/groups/{id}/drive`.
    pub fn group_drive(id: &str) -> Result<Self, Error> {
        Ok(Self::item_root(&format!(
            "/groups/{}/drive/root",
            segment("id", id)?
        )))
    }

    /// The drive of a document library: `/sites/{site_id}/lists/{list_id}/drive`.
    pub fn site_list_drive(site_id: &str, list_id: &str) -> Result<Self, Error> {
        let (site, list) = (segment("site_id", site_id)?, segment("list_id", list_id)?);
        Ok(Self::item_root(&format!(
            "/sites/{site}/lists/{list}/drive/root"
        )))
    }

    /// A list that need not be a document library: `/sites/{site_id}/lists/{list_id}`.
    pub fn site_list(site_id: &str, list_id: &str) -> Result<Self, Error> {
        let (site, list) = (segment("site_id", site_id)?, segment("list_id", list_id)?);
        Ok(Self::list_root(&format!("/sites/{site}/lists/{list}")))
    }

    /// The drive of a user, by id or user principal name: `/users/{id}/drive`.
    pub fn user_drive(id: &str) -> Result<Self, Error> {
        Ok(Self::item_root(&format!(
            "/users/{}/drive/root",
            segment("id", id)?
        )))
    }

    /// The default document library of a site: `/sites/{id}/drive`.
    pub fn site_drive(id: &str) -> Result<Self, Error> {
        Ok(Self::item_root(&format!(
            "/sites/{}/drive/root",
            segment("id", id)?
        )))
    }

    /// Any other path, relative to the API version and already percent-encoded.
    ///
    /// `path` starts with `/`, ends in `/subscriptions/socketIo` and contains no `?`, `#`, `..`,
    /// `//`, backslash or white space. `delta` is the path of the resource's delta query, if it has
    /// one. It follows the same rules, except for the ending.
    ///
    /// # Errors
    /// `InvalidArgument` for `path` or `delta`.
    pub fn path(path: &str, delta: Option<&str>) -> Result<Self, Error> {
        check_path("path", path)?;
        let root = path
            .strip_suffix(SUBSCRIPTION_SUFFIX)
            .filter(|root| !root.is_empty())
            .ok_or_else(|| {
                Error::invalid_argument(
                    "path",
                    format!("{path:?} does not end in a resource's {SUBSCRIPTION_SUFFIX}"),
                )
            })?;
        if let Some(delta) = delta {
            check_path("delta", delta)?;
        }
        Ok(Self {
            root: Arc::from(root),
            delta: delta.map(Arc::from),
        })
    }

    /// Whether it is a drive or a list. Its paths say so: the delta query of a list ends in
    /// `/items/delta`.
    pub fn kind(&self) -> ResourceKind {
        let is_list = if let Some(delta) = &self.delta {
            delta.ends_with("/items/delta")
        } else {
            let mut segments = self.root.rsplit('/');
            segments.next() == Some("list") || segments.next() == Some("lists")
        };
        if is_list {
            ResourceKind::List
        } else {
            ResourceKind::Drive
        }
    }

    /// The path of the endpoint request, relative to the API version.
    pub fn subscription_path(&self) -> String {
        format!("{}{SUBSCRIPTION_SUFFIX}", self.root)
    }

    /// The path of the delta query, relative to the API version. None for [`Resource::path`]
    /// without
    /// `delta`.
    pub fn delta_path(&self) -> Option<&str> {
        self.delta.as_deref()
    }

    fn item_root(root: &str) -> Self {
        Self {
            root: Arc::from(root),
            delta: Some(Arc::from(format!("{root}/delta"))),
        }
    }

    fn list_root(root: &str) -> Self {
        Self {
            root: Arc::from(root),
            delta: Some(Arc::from(format!("{root}/items/delta"))),
        }
    }
}

/// A path of a drive or list in Graph, relative to the API version: `/me/drive`, `/drives/{id}`,
/// `/sites/{id}/lists/{id}/drive` and so on. Ids may be percent-encoded, as in a URL. The first slash
/// may be missing, because shells on Windows rewrite what begins with one. A path that ends in
/// `/subscriptions/socketIo` is taken as it is, without a delta query.
///
/// ```
/// # use drivebell::Resource;
/// let drive: Resource = "/drives/b%21x".parse()?;
/// assert_eq!(drive, Resource::drive("b!x")?);
/// # Ok::<(), drivebell::Error>(())
/// ```
impl FromStr for Resource {
    type Err = Error;

    /// # Errors
    /// `InvalidArgument`, by the name `resource`, for any other path.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.ends_with(SUBSCRIPTION_SUFFIX) {
            return Self::path(text, None);
        }
        let path = text.strip_prefix('/').unwrap_or(text);
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut segments: Vec<&str> = path.split('/').collect();
        // Other requests to Graph name the same drive by its root.
        if segments.len() > 2 && segments.last() == Some(&"root") {
            segments.pop();
        }
        match segments[..] {
            ["me", "drive"] => Ok(Self::my_drive()),
            ["drives", id] => Self::drive(&decoded(id)?),
            ["drives", id, "list"] => Self::drive_list(&decoded(id)?),
            ["users", id, "drive"] => Self::user_drive(&decoded(id)?),
            ["groups", id, "drive"] => Self::group_drive(&decoded(id)?),
            ["sites", id, "drive"] => Self::site_drive(&decoded(id)?),
            ["sites", site, "lists", list, "drive"] => {
                Self::site_list_drive(&decoded(site)?, &decoded(list)?)
            }
            ["sites", site, "lists", list] => Self::site_list(&decoded(site)?, &decoded(list)?),
            _ => Err(Error::invalid_argument(
                "resource",
                "is not a path of a drive or list in Graph, like /me/drive, /drives/ID or \
                 /sites/ID/lists/ID/drive",
            )),
        }
    }
}

/// The resource's path, as in Graph's documentation, which can be parsed again. A resource without a
/// delta query is shown by its whole path.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root)?;
        match self.delta {
            Some(_) => Ok(()),
            None => f.write_str(SUBSCRIPTION_SUFFIX),
        }
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resource({self})")
    }
}

fn decoded(segment: &str) -> Result<Cow<'_, str>, Error> {
    percent_decode_str(segment).decode_utf8().map_err(|_| {
        Error::invalid_argument("resource", "holds an id that is not UTF-8 once decoded")
    })
}

fn segment(name: &'static str, id: &str) -> Result<String, Error> {
    if id.is_empty() {
        return Err(Error::invalid_argument(name, "must not be empty"));
    }
    if id.contains('/') {
        return Err(Error::invalid_argument(
            name,
            format!("{id:?} contains '/': give the id alone, not a path"),
        ));
    }
    // URL parsers resolve these, encoded or not, and the request would go elsewhere.
    if is_dot_segment(id) {
        return Err(Error::invalid_argument(
            name,
            format!("{id:?} is not an id"),
        ));
    }
    Ok(utf8_percent_encode(id, NOT_PCHAR).to_string())
}

fn check_path(name: &'static str, path: &str) -> Result<(), Error> {
    let refuse = |problem: &str| Err(Error::invalid_argument(name, format!("{path:?} {problem}")));
    if !path.starts_with('/') {
        return refuse("does not start with '/'");
    }
    for forbidden in ["?", "#", "..", "//", "\\"] {
        if path.contains(forbidden) {
            return refuse(&format!("contains {forbidden:?}"));
        }
    }
    if path.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return refuse("contains white space or a control character");
    }
    if path.split('/').any(is_dot_segment) {
        return refuse("contains the segment '.' or '..', which changes the path");
    }
    Ok(())
}

fn is_dot_segment(segment: &str) -> bool {
    matches!(
        percent_decode_str(segment).collect::<Vec<u8>>().as_slice(),
        b"." | b".."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_constructor_names_its_documented_paths() {
        let (drive, list) = ("b!aZ9-_", "a,b,c");
        let table = [
            (
                Resource::my_drive(),
                "/me/drive/root",
                "/me/drive/root/delta",
            ),
            (
                Resource::drive(drive).unwrap(),
                "/drives/b!aZ9-_/root",
                "/drives/b!aZ9-_/root/delta",
            ),
            (
                Resource::drive_list(drive).unwrap(),
                "/drives/b!aZ9-_/list",
                "/drives/b!aZ9-_/list/items/delta",
            ),
            (
                Resource::group_drive("g1").unwrap(),
                "/groups/g1/drive/root",
                "/groups/g1/drive/root/delta",
            ),
            (
                Resource::site_list_drive(list, "l1").unwrap(),
                "/sites/a,b,c/lists/l1/drive/root",
                "/sites/a,b,c/lists/l1/drive/root/delta",
            ),
            (
                Resource::site_list(list, "l1").unwrap(),
                "/sites/a,b,c/lists/l1",
                "/sites/a,b,c/lists/l1/items/delta",
            ),
            (
                Resource::user_drive("user@x").unwrap(),
                "/users/user@x/drive/root",
                "/users/user@x/drive/root/delta",
            ),
            (
                Resource::site_drive(list).unwrap(),
                "/sites/a,b,c/drive/root",
                "/sites/a,b,c/drive/root/delta",
            ),
        ];
        for (resource, root, delta) in table {
            assert_eq!(
                resource.subscription_path(),
                format!("{root}/subscriptions/socketIo")
            );
            assert_eq!(resource.delta_path(), Some(delta));
            let kind = if delta.ends_with("/items/delta") {
                ResourceKind::List
            } else {
                ResourceKind::Drive
            };
            assert_eq!(resource.kind(), kind, "{root}");
            let path = resource.subscription_path();
            assert_eq!(Resource::path(&path, None).unwrap().kind(), kind, "{root}");
            assert_eq!(resource.to_string(), root);
        }
    }

    #[test]
    fn ids_are_encoded_as_path_segments() {
        let resource = Resource::drive("a#b?c d%e\\é").unwrap();
        assert_eq!(
            resource.to_string(),
            "/drives/a%23b%3Fc%20d%25e%5C%C3%A9/root"
        );
        let plain = "AZaz09-._~!$&'()*+,;=:@";
        assert_eq!(
            Resource::drive(plain).unwrap().to_string(),
            format!("/drives/{plain}/root")
        );
    }

    #[test]
    fn the_errors_of_bad_ids_name_the_argument() {
        let refused = [
            (Resource::drive(""), "id"),
            (Resource::drive("a/b"), "id"),
            (Resource::drive(".."), "id"),
            (Resource::drive("%2e%2E"), "id"),
            (Resource::site_list("", "l"), "site_id"),
            (Resource::site_list_drive("s", "l/x"), "list_id"),
        ];
        for (result, argument) in refused {
            assert_eq!(result.unwrap_err().argument(), Some(argument));
        }
    }

    #[test]
    fn a_path_must_follow_its_grammar() {
        let good = "/drives/x/special/documents/subscriptions/socketIo";
        let resource = Resource::path(good, Some("/drives/x/root/delta")).unwrap();
        assert_eq!(resource.subscription_path(), good);
        assert_eq!(resource.delta_path(), Some("/drives/x/root/delta"));
        assert_eq!(Resource::path(good, None).unwrap().delta_path(), None);

        for bad in [
            "",
            "me/drive/root/subscriptions/socketIo",
            "/me/drive/root",
            "/subscriptions/socketIo",
            "/me/drive/root/subscriptions/socketIo?x=1",
            "/me#/subscriptions/socketIo",
            "/me/../you/subscriptions/socketIo",
            "/me/%2e%2e/you/subscriptions/socketIo",
            "/me/./drive/subscriptions/socketIo",
            "//host/subscriptions/socketIo",
            "/me\\drive/subscriptions/socketIo",
            "/me drive/subscriptions/socketIo",
            "/me\n/subscriptions/socketIo",
        ] {
            let error = Resource::path(bad, None).unwrap_err();
            assert_eq!(error.argument(), Some("path"), "{bad:?}");
        }
        let error = Resource::path(good, Some("/x?token=1")).unwrap_err();
        assert_eq!(error.argument(), Some("delta"));
    }

    #[test]
    fn the_paths_of_graph_are_known() {
        for (text, path) in [
            ("/me/drive", "/me/drive/root"),
            ("me/drive", "/me/drive/root"),
            ("/me/drive/root", "/me/drive/root"),
            ("/me/drive/", "/me/drive/root"),
            ("/drives/b!x", "/drives/b!x/root"),
            ("/drives/b%21x", "/drives/b!x/root"),
            ("/drives/root", "/drives/root/root"),
            ("/drives/b!x/list", "/drives/b!x/list"),
            ("/users/a@b.example/drive", "/users/a@b.example/drive/root"),
            ("/groups/g/drive", "/groups/g/drive/root"),
            ("/sites/root/drive", "/sites/root/drive/root"),
            (
                "/sites/a,b,c/lists/l/drive",
                "/sites/a,b,c/lists/l/drive/root",
            ),
            ("/sites/a,b,c/lists/l", "/sites/a,b,c/lists/l"),
            ("/x/y/subscriptions/socketIo", "/x/y/subscriptions/socketIo"),
            (
                "/me/drive/root/subscriptions/socketIo",
                "/me/drive/root/subscriptions/socketIo",
            ),
        ] {
            let resource: Resource = text.parse().unwrap();
            assert_eq!(resource.to_string(), path, "{text}");
            assert_eq!(path.parse::<Resource>().unwrap(), resource, "{path}");
        }
    }

    #[test]
    fn other_paths_are_refused() {
        for text in [
            "",
            "/",
            "me",
            "/me/drives",
            "/drives",
            "/drives/",
            "/drives//list",
            "/drives/a%2Fb",
            "/drives/..",
            "/drives/%ff",
            "/drives/x/items/y",
            "https://graph.microsoft.com/v1.0/me/drive",
            "/me/../you/subscriptions/socketIo",
        ] {
            let error = text.parse::<Resource>().unwrap_err();
            assert!(error.argument().is_some(), "{text}: {error}");
        }
    }
}
