//! The path of a delta query.

use crate::resource_path::{ResourcePath, decode};

/// What a delta query returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Collection {
    DriveItems,
    ListItems,
}

/// A delta query, as its path describes it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DeltaPath {
    pub(super) collection: Collection,
    /// The token between parentheses, decoded.
    pub(super) token: Option<String>,
}

impl DeltaPath {
    /// `None` if the path is not one of a delta query.
    pub(crate) fn parse(path: &ResourcePath<'_>) -> Option<Self> {
        let (collection, function) = if path.plain_list {
            (Collection::ListItems, path.rest.strip_prefix("/items/")?)
        } else if let Some(function) = path.rest.strip_prefix("/list/items/") {
            (Collection::ListItems, function)
        } else {
            (Collection::DriveItems, path.rest.strip_prefix("/root/")?)
        };
        if function.contains('/') {
            return None;
        }
        let function = decode(function)?;
        let name = function.strip_prefix("microsoft.graph.");
        let arguments = name.unwrap_or(&function).strip_prefix("delta")?;
        let token = match arguments {
            "" | "()" => None,
            arguments => {
                let token = arguments.strip_prefix("(token=")?.strip_suffix(')')?;
                Some(unquoted(token).to_owned())
            }
        };
        Some(Self { collection, token })
    }
}

/// Removes the single quotes around a token, if there are any.
pub(super) fn unquoted(token: &str) -> &str {
    let inner = token.strip_prefix('\'').and_then(|t| t.strip_suffix('\''));
    inner.unwrap_or(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(path: &str) -> Option<(Collection, Option<String>)> {
        let delta = DeltaPath::parse(&ResourcePath::parse(path)?)?;
        Some((delta.collection, delta.token))
    }

    #[test]
    fn the_forms_of_a_delta_query() {
        let token = |token: &str| Some(token.to_owned());
        for (path, expected) in [
            ("/me/drive/root/delta", (Collection::DriveItems, None)),
            ("/drives/x/root/delta()", (Collection::DriveItems, None)),
            (
                "/users/x/drive/root/delta(token='a%3D')",
                (Collection::DriveItems, token("a=")),
            ),
            (
                "/sites/s/lists/l/drive/root/delta%28token=%27a%27%29",
                (Collection::DriveItems, token("a")),
            ),
            (
                "/groups/g/drive/root/microsoft.graph.delta(token=latest)",
                (Collection::DriveItems, token("latest")),
            ),
            (
                "/sites/s/lists/l/items/delta",
                (Collection::ListItems, None),
            ),
            (
                "/drives/x/list/items/delta(token='a')",
                (Collection::ListItems, token("a")),
            ),
        ] {
            assert_eq!(parsed(path), Some(expected), "{path}");
        }
        for path in [
            "/me/drive/root/deltas",
            "/me/drive/root/delta/x",
            "/me/drive/root/delta(token='a'",
            "/me/drive/root/delta(since='a')",
            "/me/drive/items/delta",
            "/me/drive/delta",
            "/sites/s/lists/l/root/delta",
            "/sites/s/lists/l/list/items/delta",
        ] {
            assert_eq!(parsed(path), None, "{path}");
        }
    }
}
