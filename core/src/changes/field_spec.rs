//! The fields of items as data, for programs that generate other languages' declarations.

use crate::names::camel_case;

/// An object of the public API and its fields.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ObjectSpec {
    /// The name of its class, in every language.
    pub name: &'static str,
    /// The fields that every item has; empty for an object inside an item.
    pub head: &'static [FieldSpec],
    /// The other fields.
    pub fields: &'static [FieldSpec],
    doc: &'static [&'static str],
}

/// A field of an object.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FieldSpec {
    /// The name, in `snake_case`.
    pub name: &'static str,
    /// Where Graph's JSON object has it; empty for the object itself.
    pub json: &'static [&'static str],
    /// The type of its value.
    pub kind: FieldKind,
    /// The name in Python.
    pub python_name: &'static str,
    /// The name in Node, where it is not `name` in `camelCase`.
    node_name: Option<&'static str>,
    /// Whether most programs read it of most items.
    pub is_common: bool,
    doc: &'static [&'static str],
}

/// The type of a field. An optional value is absent if Graph did not send it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// A text that every item has.
    Id,
    /// An optional text.
    Text,
    /// An optional integer, not negative.
    Integer,
    /// True if Graph sent a JSON object here, of any content.
    Facet,
    /// An optional instant (UTC).
    Time,
    /// An optional JSON object of any content.
    Object,
    /// The JSON object of the item.
    Raw,
    /// An optional `Identity`, the first one of Graph's identity set.
    Identity,
    /// `Hashes`, possibly without any.
    Hashes,
    /// An optional `RemoteItem`.
    RemoteItem,
}

impl ObjectSpec {
    /// What the object is: Markdown, one line a paragraph.
    pub fn doc(&self) -> String {
        paragraphs(self.doc)
    }
}

impl FieldSpec {
    /// What the field means: Markdown, one line a paragraph.
    pub fn doc(&self) -> String {
        paragraphs(self.doc)
    }

    /// The name in Node, in `camelCase`.
    pub fn node_name(&self) -> String {
        match self.node_name {
            Some(name) => name.to_owned(),
            None => camel_case(self.name),
        }
    }
}

/// Joins the lines of each paragraph of a doc comment. An empty line ends a paragraph.
fn paragraphs(lines: &[&str]) -> String {
    let paragraphs = lines.split(|line| line.is_empty());
    let paragraphs: Vec<_> = paragraphs
        .map(|lines| lines.iter().map(|line| line.trim()).collect::<Vec<_>>())
        .map(|lines| lines.join(" "))
        .collect();
    paragraphs.join("\n\n")
}

macro_rules! object_spec {
    (
        $(#[doc = $about:literal])*
        $object:ident
        $(head { $($head:tt)* })?
        $($(#[doc = $parent_about:literal])* parent $parent:ident { $($parent_fields:tt)* })?
        details { $($fields:tt)* }
    ) => {
        ObjectSpec {
            name: stringify!($object),
            head: field_specs! { $($($head)*)? },
            fields: field_specs! { $($($parent_fields)*)? $($fields)* },
            doc: &[$($about),*],
        }
    };
}

macro_rules! field_specs {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident $(as python $python:literal)? $(as node $node:literal)?:
            $kind:ident = $($json:literal).* $(, $common:ident)? $(=> $member:ident)?;
    )*) => {
        &[$(FieldSpec {
            name: stringify!($name),
            json: &[$($json),*],
            kind: FieldKind::$kind,
            python_name: first!([$($python)?] [stringify!($name)]),
            node_name: first!([$(Some($node))?] [None]),
            is_common: first!([$(is_marked!($common))?] [false]),
            doc: &[$($doc),*],
        }),*]
    };
}

macro_rules! is_marked {
    ($mark:ident) => {
        true
    };
}

/// The first of two expressions that is there.
macro_rules! first {
    ([] [$otherwise:expr]) => {
        $otherwise
    };
    ([$first:expr] [$otherwise:expr]) => {
        $first
    };
}

pub(super) const DRIVE_ITEM: ObjectSpec = crate::with_drive_item_fields!(object_spec);
pub(super) const LIST_ITEM: ObjectSpec = crate::with_list_item_fields!(object_spec);
pub(super) const IDENTITY: ObjectSpec = crate::with_identity_fields!(object_spec);
pub(super) const HASHES: ObjectSpec = crate::with_hashes_fields!(object_spec);
pub(super) const REMOTE_ITEM: ObjectSpec = crate::with_remote_item_fields!(object_spec);

/// The objects of the public API whose fields come from Graph's items.
pub const OBJECTS: &[ObjectSpec] = &[DRIVE_ITEM, LIST_ITEM, IDENTITY, HASHES, REMOTE_ITEM];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_own_names() {
        for (name, python, node) in [
            ("id", "id", "id"),
            ("is_deleted", "deleted", "deleted"),
            ("parent_id", "parent_id", "parentId"),
            ("is_file", "is_file", "isFile"),
            ("e_tag", "etag", "eTag"),
        ] {
            let item = &OBJECTS[0];
            let mut fields = item.head.iter().chain(item.fields);
            let field = fields.find(|field| field.name == name).expect("a field");
            assert_eq!((field.python_name, &*field.node_name()), (python, node));
        }
    }

    #[test]
    fn a_doc_has_one_line_for_each_paragraph() {
        let lines = [" One", " two.", "", " Three."];
        assert_eq!(paragraphs(&lines), "One two.\n\nThree.");
    }

    #[test]
    fn every_field_is_documented_and_has_a_place_in_the_json() {
        for object in OBJECTS {
            assert!(!object.doc().is_empty());
            for field in object.head.iter().chain(object.fields) {
                assert!(field.doc().ends_with('.'), "{field:?}");
                assert_eq!(field.json.is_empty(), field.kind == FieldKind::Raw);
            }
        }
    }
}
