//! Reads pages and items as `serde_json` does, in several passes: tests and `fuzz/` compare the
//! single pass with it.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::drive_item::DriveItem;
use super::item::Item;
use super::list_item::ListItem;
use super::parts::{Hashes, Identity, RemoteItem};
use crate::timestamp;

/// Of a page, or of an item of a page.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members<'de>, M::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

impl<'a> Members<'a> {
    fn of(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    fn last(&self, key: &str) -> Option<&'a str> {
        let members = self.0.iter().rev();
        let mut members = members.filter(|(name, _)| name == key);
        members.next().map(|(_, value)| value.get())
    }

    fn has_twice(&self, key: &str) -> bool {
        self.0.iter().filter(|(name, _)| name == key).count() > 1
    }
}

/// Whether a text is JSON, whatever its strings mean.
pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Whether JSON has more levels than this.
pub(super) fn is_deeper_than(limit: usize, json: &str) -> bool {
    let (mut depth, mut in_string) = (0_usize, false);
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' => drop(bytes.next()),
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

/// This way of reading cannot tell: it reads no key that is no text, and takes no member twice.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Undecided;

/// The JSON of the items of a page. `None` if the text is not a page.
pub(super) fn page(text: &str, most_items: usize) -> Result<Option<Vec<&str>>, Undecided> {
    if !is_json(text) || !text.trim_start().starts_with('{') {
        return Ok(None);
    }
    let members = Members::of(text).ok_or(Undecided)?;
    let links = ["@odata.nextLink", "@odata.deltaLink"];
    if links
        .iter()
        .chain(&["value"])
        .any(|key| members.has_twice(key))
    {
        return Err(Undecided);
    }
    let links = links.map(|link| members.last(link).filter(|json| *json != "null"));
    let is_text = |json: &str| serde_json::from_str::<String>(json).is_ok();
    if links == [None, None] || !links.iter().flatten().all(|json| is_text(json)) {
        return Ok(None);
    }
    let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(members.last("value").unwrap_or("[]"))
    else {
        return Ok(None);
    };
    if items.len() > most_items {
        return Ok(None);
    }
    let mut all = Vec::new();
    for item in items {
        if !item.get().starts_with('{') {
            return Ok(None);
        }
        let id = Members::of(item.get()).ok_or(Undecided)?.last("id");
        let Some(Ok(id)) = id.map(serde_json::from_str::<String>) else {
            return Ok(None);
        };
        all.push((id, item.get()));
    }
    let mut ids = HashSet::new();
    let kept = all.iter().rev();
    let mut kept: Vec<_> = kept.filter(|(id, _)| ids.insert(id)).collect();
    kept.reverse();
    Ok(Some(kept.iter().map(|(_, raw)| *raw).collect()))
}

/// Checks the rows of a table of fields.
macro_rules! check_each {
    ($item:ident $value:ident {$(
        $(#[$doc:meta])*
        $field:ident $(as python $python:literal)? $(as node $node:literal)?:
            $kind:ident = $($json:literal).+ $(, $common:ident)? $(=> $member:ident)?;
    )*}) => {
        $(assert_eq!(
            read!($kind $item.$field()),
            expected!($kind &$value$([$json])+),
            "{} of {}", stringify!($field), $item.raw(),
        );)*
    };
}

macro_rules! read {
    (Object $field:expr) => {
        $field
            .and_then(|json| serde_json::from_str::<Value>(json).ok())
            .as_ref()
    };
    ($kind:ident $field:expr) => {
        $field
    };
}

macro_rules! expected {
    (Text $value:expr) => {
        $value.as_str()
    };
    (Integer $value:expr) => {
        $value.as_u64()
    };
    (Facet $value:expr) => {
        $value.is_object()
    };
    (Time $value:expr) => {
        $value.as_str().and_then(timestamp::parse)
    };
    (Object $value:expr) => {
        Some($value).filter(|value| value.is_object())
    };
    (Hashes $value:expr) => {
        hashes($value)
    };
    (Identity $value:expr) => {
        identity($value)
    };
    (RemoteItem $value:expr) => {
        remote_item($value)
    };
}

trait CheckFields {
    fn check_fields(&self, value: &Value);
}

macro_rules! check_item {
    (
        $(#[doc = $about:literal])*
        $class:ident
        head $head:tt
        $($(#[doc = $parent_about:literal])* parent $parent:ident $parent_fields:tt)?
        details $details:tt
    ) => {
        impl CheckFields for $class {
            fn check_fields(&self, value: &Value) {
                let item = self;
                $(check_each!(item value $parent_fields);)?
                check_each!(item value $details);
            }
        }
    };
}

crate::with_drive_item_fields!(check_item);
crate::with_list_item_fields!(check_item);

/// Panics unless an item has the fields of its JSON.
pub(super) fn check_fields(item: &Item) {
    // Fails for half of a surrogate pair, and for a number that is too large for a float.
    let Ok(value) = serde_json::from_str::<Value>(item.raw()) else {
        return;
    };
    assert_eq!(Some(item.id()), value["id"].as_str());
    assert_eq!(item.is_deleted(), !value["deleted"].is_null());
    match item {
        Item::Drive(item) => item.check_fields(&value),
        Item::List(item) => item.check_fields(&value),
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn hashes(value: &Value) -> Hashes {
    Hashes {
        quick_xor: text(&value["quickXorHash"]),
        sha1: text(&value["sha1Hash"]),
        sha256: text(&value["sha256Hash"]),
    }
}

fn identity(set: &Value) -> Option<Identity> {
    let kinds = ["user", "application", "device", "group"];
    let mut identities = kinds.iter().map(|kind| &set[*kind]);
    let identity = identities.find(|identity| identity.is_object())?;
    Some(Identity {
        id: text(&identity["id"]),
        display_name: text(&identity["displayName"]),
        email: text(&identity["email"]),
    })
}

fn remote_item(value: &Value) -> Option<RemoteItem> {
    value.is_object().then(|| RemoteItem {
        id: text(&value["id"]),
        drive_id: text(&value["parentReference"]["driveId"]),
        name: text(&value["name"]),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::field_spec::{FieldSpec, OBJECTS};
    use super::super::json_scanner::MAX_DEPTH;
    use super::super::page::{MAX_ITEMS, Page};
    use super::*;
    use crate::ResourceKind;
    use crate::strategies::damaged;

    /// The keys of all objects, in any order and place.
    fn key() -> impl Strategy<Value = String> {
        let fields = OBJECTS
            .iter()
            .flat_map(|object| object.head.iter().chain(object.fields));
        let known: Vec<&str> = fields
            .flat_map(|field: &FieldSpec| field.json)
            .copied()
            .collect();
        prop_oneof![
            20 => prop::sample::select(known).prop_map(|key| format!("{key:?}")),
            1 => r#""[a-z]{0,3}(\\u006[0-9])?""#,
            1 => Just(r#""n\u0061me""#.to_owned()),
            1 => Just(r#""user""#.to_owned()),
        ]
    }

    fn leaf() -> impl Strategy<Value = String> {
        prop_oneof![
            r#""([a-zé ]|\\["\\/bfnrt]|\\u[0-9a-f]{4}){0,40}""#,
            "[0-9]|-?[1-9][0-9]{0,20}|[0-9]\\.5|1e[0-9]|null|true",
            Just(r#""2026-05-11T21:52:27.52Z""#.to_owned()),
        ]
    }

    fn object(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
        let member = (key(), "[ \n]?", value);
        let member = member.prop_map(|(key, space, value)| format!("{key}:{space}{value}"));
        prop::collection::vec(member, 0..8).prop_map(|all| format!("{{{}}}", all.join(",")))
    }

    fn item() -> impl Strategy<Value = String> {
        let inner = prop_oneof![2 => leaf(), 1 => object(leaf())];
        let item = object(prop_oneof![2 => leaf(), 3 => object(inner)]);
        // Most of them end with an id, which is the one that counts.
        let id = prop_oneof![1 => Just(String::new()), 20 => r#","id":"[a-g]""#];
        (item, id).prop_map(|(item, id)| {
            let members = item.strip_suffix('}').expect("an object");
            format!("{members}{id}}}").replace("{,", "{")
        })
    }

    fn page() -> impl Strategy<Value = String> {
        let items = prop::collection::vec(item(), 0..6);
        let link = prop_oneof![
            10 => r#","@odata\.(nextLink|deltaLink)":"a[a-z]{0,3}""#,
            1 => r#",("@odata\.nextLink":(null|7))?"#,
        ];
        (items, link, "[ \n]?").prop_map(|(items, link, space)| {
            format!("{space}{{\"value\":[{}]{link}{space}}}", items.join(","))
        })
    }

    proptest! {
        #[test]
        fn a_page_has_the_items_that_serde_json_reads(
            text in prop_oneof![3 => page(), 1 => damaged(page())],
            of_list: bool,
        ) {
            let kind = if of_list { ResourceKind::List } else { ResourceKind::Drive };
            prop_assume!(!is_deeper_than(MAX_DEPTH as usize, &text));
            let read = Page::parse(text.clone(), kind).ok();
            if let Ok(expected) = super::page(&text, MAX_ITEMS) {
                let raws = read.as_ref().map(|page| page.items.iter().map(Item::raw).collect());
                prop_assert_eq!(raws, expected, "{}", text);
            }
            for item in read.iter().flat_map(|page| &page.items) {
                check_fields(item);
                check_fields(&item.detached());
            }
        }
    }
}
