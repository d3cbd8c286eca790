//! The part of a path that addresses an item and its facet.

use crate::resource_path::decode;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Facet {
    Item,
    Children,
    Content,
}

/// For example `/root:/a/b:/content`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ItemPath {
    /// The id of an item, or `root`.
    pub(super) from: String,
    /// The names from that item down.
    pub(super) names: Vec<String>,
    pub(super) facet: Facet,
}

impl ItemPath {
    /// Parses what follows a drive: `/root…` or `/items/{id}…`.
    pub(super) fn parse(rest: &str) -> Option<Self> {
        let (from, rest) = match rest.strip_prefix("/items/") {
            Some(rest) => {
                let end = rest.find(['/', ':']).unwrap_or(rest.len());
                let (id, rest) = rest.split_at(end);
                (decode(id).filter(|id| !id.is_empty())?, rest)
            }
            None => ("root".to_owned(), rest.strip_prefix("/root")?),
        };
        // No name contains a colon, so the second one ends the path.
        let (names, rest) = match rest.strip_prefix(":/") {
            Some(path) => {
                let (path, rest) = path.split_once(':').unwrap_or((path, ""));
                (split_names(path)?, rest)
            }
            None => (Vec::new(), rest),
        };
        let facet = match rest {
            "" => Facet::Item,
            "/children" => Facet::Children,
            "/content" => Facet::Content,
            _ => return None,
        };
        Some(Self { from, names, facet })
    }
}

fn split_names(path: &str) -> Option<Vec<String>> {
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Some(Vec::new());
    }
    path.split('/').map(decode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(rest: &str) -> Option<(String, String, Facet)> {
        let path = ItemPath::parse(rest)?;
        Some((path.from, path.names.join("|"), path.facet))
    }

    #[test]
    fn the_forms_that_graph_allows() {
        for (rest, from, names, facet) in [
            ("/root", "root", "", Facet::Item),
            ("/root/children", "root", "", Facet::Children),
            ("/root:/a/b%20c.txt", "root", "a|b c.txt", Facet::Item),
            ("/root:/a/b:", "root", "a|b", Facet::Item),
            ("/root:/a/b:/content", "root", "a|b", Facet::Content),
            ("/root:/:/children", "root", "", Facet::Children),
            ("/items/01X", "01X", "", Facet::Item),
            ("/items/01X/content", "01X", "", Facet::Content),
            ("/items/01X:/a:/children", "01X", "a", Facet::Children),
        ] {
            let expected = (from.to_owned(), names.to_owned(), facet);
            assert_eq!(parse(rest), Some(expected), "{rest}");
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for rest in [
            "",
            "/",
            "/rooty",
            "/root/",
            "/root/x",
            "/root:",
            "/items",
            "/items/",
            "/root:/a:/x",
        ] {
            assert_eq!(parse(rest), None, "{rest}");
        }
    }
}
