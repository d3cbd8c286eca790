use std::borrow::Cow;
use std::collections::HashSet;

use serde::Deserialize;

use super::drive_item::DriveItem;
use super::head::Head;
use super::item::Item;
use super::items_array::{ItemsArray, MAX_DEPTH, MAX_ITEMS, is_deeper_than};
use super::list_item::ListItem;
use crate::{Error, ErrorKind};

/// The kind of items that a resource has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ItemKind {
    Drive,
    List,
}

/// One page of a delta query.
#[derive(Debug)]
pub(crate) struct Page {
    /// Each item at most once, in its last state.
    pub(super) items: Vec<Item>,
    pub(super) link: PageLink,
}

/// The link to what follows, as Graph sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PageLink {
    /// To the next page of this query.
    Next(String),
    /// To the next query.
    Delta(String),
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, default)]
    value: ItemsArray<'a>,
    #[serde(borrow, rename = "@odata.nextLink")]
    next_link: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "@odata.deltaLink")]
    delta_link: Option<Cow<'a, str>>,
}

impl Page {
    pub(super) fn parse(body: &[u8], kind: ItemKind) -> Result<Self, Error> {
        let malformed = |problem: &str| {
            Error::new(
                ErrorKind::Protocol,
                format!("Graph's response is not a page of a delta query: {problem}"),
            )
        };
        let text = std::str::from_utf8(body).map_err(|_| malformed("the body is not UTF-8"))?;
        if is_deeper_than(MAX_DEPTH, text) {
            return Err(malformed(&format!(
                "it is nested more than {MAX_DEPTH} levels deep"
            )));
        }
        let body: Body<'_> = serde_json::from_str(text).map_err(|_| {
            malformed(&format!(
                "the body is not a JSON object with a link and at most {MAX_ITEMS} items"
            ))
        })?;
        let link = match (body.next_link, body.delta_link) {
            (Some(link), _) => PageLink::Next(link.into_owned()),
            (None, Some(link)) => PageLink::Delta(link.into_owned()),
            (None, None) => {
                return Err(malformed("it has neither nextLink nor deltaLink"));
            }
        };
        let raws = body.value.0;
        let mut items = Vec::with_capacity(raws.len());
        for raw in raws {
            let item = item(raw.get(), kind).ok_or_else(|| malformed("an item has no id"))?;
            items.push(item);
        }
        Ok(Self {
            items: last_states(items),
            link,
        })
    }
}

fn item(raw: &str, kind: ItemKind) -> Option<Item> {
    let head = Head::parse(raw)?;
    Some(match kind {
        ItemKind::Drive => Item::Drive(DriveItem::new(head, raw)),
        ItemKind::List => Item::List(ListItem::new(head, raw)),
    })
}

/// Keeps the last state of an item that comes more than once.
fn last_states(mut items: Vec<Item>) -> Vec<Item> {
    let mut ids = HashSet::with_capacity(items.len());
    let keep: Vec<_> = items
        .iter()
        .rev()
        .map(|item| ids.insert(item.id()))
        .collect();
    if keep.iter().all(|keep| *keep) {
        return items;
    }
    let mut keep = keep.into_iter().rev();
    items.retain(|_| keep.next().unwrap_or(true));
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<Page, Error> {
        Page::parse(body.as_bytes(), ItemKind::Drive)
    }

    #[test]
    fn the_last_state_of_an_item_wins() {
        let page = parse(
            r#"{"value":[{"id":"a","name":"1"},{"id":"b"},{"id":"a","name":"2"},{"id":"c","deleted":{}}],
                "@odata.nextLink":"https://host/next"}"#,
        )
        .unwrap();
        let states: Vec<_> = page
            .items
            .iter()
            .map(|item| (item.id(), item.name(), item.is_deleted()))
            .collect();
        assert_eq!(
            states,
            [
                ("b", None, false),
                ("a", Some("2"), false),
                ("c", None, true)
            ]
        );
        assert_eq!(page.link, PageLink::Next("https://host/next".to_owned()));
    }

    #[test]
    fn an_empty_page_has_a_link() {
        let page = parse(r#"{"value":[],"@odata.deltaLink":"https://host/\u0064"}"#).unwrap();
        assert!(page.items.is_empty());
        assert_eq!(page.link, PageLink::Delta("https://host/d".to_owned()));
        assert!(
            parse(r#"{"@odata.deltaLink":"l"}"#)
                .unwrap()
                .items
                .is_empty()
        );
    }

    #[test]
    fn a_malformed_page_is_an_error() {
        for body in [
            "",
            "[]",
            "<html>",
            r#"{"value":[]}"#,
            r#"{"value":[{"name":"x"}],"@odata.deltaLink":"l"}"#,
            r#"{"value":7,"@odata.deltaLink":"l"}"#,
        ] {
            let error = parse(body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Protocol, "{body}");
        }
        assert!(Page::parse(b"\xFF", ItemKind::List).is_err());
        let deep = format!(
            r#"{{"value":[{{"id":"a","x":{}{}}}],"@odata.deltaLink":"l"}}"#,
            "[".repeat(80),
            "]".repeat(80)
        );
        assert!(parse(&deep).unwrap_err().to_string().contains("64 levels"));
        let many = format!(
            r#"{{"value":[{{"id":"a"}}{}],"@odata.deltaLink":"l"}}"#,
            r#",{"id":"a"}"#.repeat(20_000)
        );
        assert!(
            parse(&many)
                .unwrap_err()
                .to_string()
                .contains("20000 items")
        );
    }
}
