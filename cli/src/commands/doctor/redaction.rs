//! Ids are no secrets, but they are nobody's business: in a report they are told as `{id}`.

use drivebell::Resource;
use percent_encoding::percent_decode_str;

/// What Graph's paths are made of besides ids.
const WORDS: [&str; 12] = [
    "me",
    "drive",
    "drives",
    "users",
    "groups",
    "sites",
    "list",
    "lists",
    "root",
    "items",
    "special",
    "documents",
];

/// Shorter ones would be found within ordinary words.
const SHORTEST: usize = 3;

#[derive(Debug)]
pub(crate) struct Redaction {
    path: String,
    /// As they stand in the path, and as people write them.
    ids: Vec<String>,
}

impl Redaction {
    pub(crate) fn new(resource: &Resource) -> Self {
        let path = resource.to_string();
        let mut ids = Vec::new();
        let mut shown = String::new();
        for segment in path.split('/').skip(1) {
            shown.push('/');
            if WORDS.contains(&segment) {
                shown.push_str(segment);
                continue;
            }
            shown.push_str("{id}");
            if segment.len() >= SHORTEST {
                ids.push(segment.to_owned());
                ids.push(percent_decode_str(segment).decode_utf8_lossy().into_owned());
            }
        }
        Self { path: shown, ids }
    }

    /// The resource, without its ids.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// A text that may name the resource.
    pub(crate) fn told(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for id in &self.ids {
            text = text.replace(id, "{id}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_taken_out_of_paths_and_texts() {
        let resource = Resource::site_list("contoso,a b,c", "l").unwrap();
        let redaction = Redaction::new(&resource);
        assert_eq!(redaction.path(), "/sites/{id}/lists/{id}");
        assert_eq!(
            redaction.told("no contoso,a%20b,c and no contoso,a b,c"),
            "no {id} and no {id}"
        );
        assert_eq!(
            Redaction::new(&Resource::my_drive()).path(),
            "/me/drive/root"
        );
    }
}
