//! What the mirror keeps of an item, and how two states of it differ.

use crate::node::{CTag, Fields, facets, part};

/// What differs between two states of an item, beside its name and its place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) content: bool,
    pub(super) sharing: bool,
    /// Anything that is worth a change.
    pub(super) any: bool,
}

pub(super) fn differences(old: &Fields, new: &Fields) -> Difference {
    let is_folder = new.facets & facets::FOLDER != 0;
    let sharing = (old.facets ^ new.facets) & facets::SHARED != 0
        || part_of(old, "shared") != part_of(new, "shared");
    let content = !is_folder && content_differs(old, new);
    // A folder's size, times and tags follow from what is in it.
    let own = old.facets != new.facets
        || old.created != new.created
        || old.created_by != new.created_by
        || old.extra != new.extra;
    let any = own
        || !is_folder
            && (old.size != new.size
                || old.modified != new.modified
                || old.e_tag != new.e_tag
                || old.c_tag != new.c_tag
                || old.hash != new.hash
                || old.mime != new.mime
                || old.modified_by != new.modified_by);
    Difference {
        content,
        sharing,
        any: any || sharing || content,
    }
}

fn content_differs(old: &Fields, new: &Fields) -> bool {
    if let (Some(old), Some(new)) = (&old.hash, &new.hash) {
        return old != new;
    }
    if let (Some(old), Some(new)) = (part_of(old, "hashes"), part_of(new, "hashes")) {
        return old != new;
    }
    if old.c_tag != CTag::None && new.c_tag != CTag::None {
        return old.c_tag != new.c_tag;
    }
    old.size != new.size || old.modified != new.modified
}

fn part_of(fields: &Fields, key: &str) -> Option<String> {
    part(fields.extra.as_deref()?, key)
}

#[cfg(test)]
mod tests {
    use drivebell::DriveItem;

    use super::*;
    use crate::reading::Readings;

    fn fields(raw: &str) -> Fields {
        let item = DriveItem::from_raw(raw).unwrap();
        Readings::of_one(&item)
            .get(0, &item)
            .columns([None; 3])
            .to_fields()
    }

    #[test]
    fn content_is_judged_by_hashes_before_tags() {
        let file = |c_tag: &str, hashes: &str| {
            fields(&format!(
                r#"{{"id":"a","size":3,"eTag":"e{c_tag}","cTag":"{c_tag}","file":{{"hashes":{hashes}}}}}"#
            ))
        };
        let xor = |byte: &str| format!(r#"{{"quickXorHash":"{byte}AAAAAAAAAAAAAAAAAAAAAAAAAA="}}"#);
        let (one, other) = (xor("A"), xor("B"));
        let differs = |old: &Fields, new: &Fields| differences(old, new);
        let same = differs(&file("1", &one), &file("2", &one));
        assert!(same.any && !same.content);
        assert!(differs(&file("1", &one), &file("1", &other)).content);
        // The hash of a new file may come later.
        assert!(!differs(&file("1", "{}"), &file("1", &one)).content);
        assert!(differs(&file("1", "{}"), &file("2", &one)).content);
        assert_eq!(
            differs(&file("1", &one), &file("1", &one)),
            Difference::default()
        );
    }

    #[test]
    fn what_a_folder_sums_up_is_no_difference_of_its_own() {
        let old = fields(r#"{"id":"a","size":3,"eTag":"1","folder":{"childCount":1}}"#);
        let new = fields(
            r#"{"id":"a","size":4,"eTag":"2","lastModifiedDateTime":"2026-01-01T00:00:00Z","folder":{"childCount":2}}"#,
        );
        assert_eq!(differences(&old, &new), Difference::default());
        let shared =
            fields(r#"{"id":"a","size":3,"eTag":"1","folder":{},"shared":{"scope":"users"}}"#);
        let difference = differences(&old, &shared);
        assert!(difference.sharing && difference.any && !difference.content);
    }
}
