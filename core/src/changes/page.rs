use std::borrow::Cow;
use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::drive_item::DriveItem;
use super::head::Head;
use super::item::Item;
use super::list_item::ListItem;
use crate::{Error, ErrorKind};

/// What a resource holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    DriveItems,
    ListItems,
}

/// One answer of a delta query.
#[derive(Debug)]
pub(crate) struct Page {
    /// Each at most once, in its last state.
    pub(super) items: Vec<Item>,
    pub(super) next: Next,
}

/// Where it goes on: links as Graph gave them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    /// With the next page of this round.
    Page(String),
    /// With what changes after this round.
    Round(String),
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, default)]
    value: Vec<&'a RawValue>,
    #[serde(borrow, rename = "@odata.nextLink")]
    next_link: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "@odata.deltaLink")]
    delta_link: Option<Cow<'a, str>>,
}

impl Page {
    pub(super) fn parse(body: &[u8], holds: Holds) -> Result<Self, Error> {
        let broken = |problem: &str| {
            Error::new(
                ErrorKind::Protocol,
                format!("the answer is not a page of a delta query: {problem}"),
            )
        };
        let text = std::str::from_utf8(body).map_err(|_| broken("it is not UTF-8"))?;
        let body: Body<'_> = serde_json::from_str(text)
            .map_err(|_| broken("it is not JSON with a list of items and a link"))?;
        let next = match (body.next_link, body.delta_link) {
            (Some(link), _) => Next::Page(link.into_owned()),
            (None, Some(link)) => Next::Round(link.into_owned()),
            (None, None) => {
                return Err(broken(
                    "it has neither nextLink nor deltaLink, and nobody can tell what follows",
                ));
            }
        };
        let mut items = Vec::with_capacity(body.value.len());
        for raw in body.value {
            let item = item(raw.get(), holds).ok_or_else(|| broken("an item has no id"))?;
            items.push(item);
        }
        Ok(Self {
            items: last_states(items),
            next,
        })
    }
}

fn item(raw: &str, holds: Holds) -> Option<Item> {
    let head = Head::parse(raw)?;
    Some(match holds {
        Holds::DriveItems => Item::Drive(DriveItem::new(head, raw)),
        Holds::ListItems => Item::List(ListItem::new(head, raw)),
    })
}

/// The same item may come more than once; the last time counts.
fn last_states(mut items: Vec<Item>) -> Vec<Item> {
    let mut seen = HashSet::with_capacity(items.len());
    let keep: Vec<_> = items
        .iter()
        .rev()
        .map(|item| seen.insert(item.id()))
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
        Page::parse(body.as_bytes(), Holds::DriveItems)
    }

    #[test]
    fn the_last_state_of_an_item_wins() {
        let page = parse(
            r#"{"value":[{"id":"a","name":"1"},{"id":"b"},{"id":"a","name":"2"},{"id":"c","deleted":{}}],
                "@odata.nextLink":"https://host/next"}"#,
        )
        .unwrap();
        let shown: Vec<_> = page
            .items
            .iter()
            .map(|item| (item.id(), item.name(), item.is_deleted()))
            .collect();
        assert_eq!(
            shown,
            [
                ("b", None, false),
                ("a", Some("2"), false),
                ("c", None, true)
            ]
        );
        assert_eq!(page.next, Next::Page("https://host/next".to_owned()));
    }

    #[test]
    fn an_empty_page_goes_on_where_it_says() {
        let page = parse(r#"{"value":[],"@odata.deltaLink":"https://host/\u0064"}"#).unwrap();
        assert!(page.items.is_empty());
        assert_eq!(page.next, Next::Round("https://host/d".to_owned()));
        assert!(
            parse(r#"{"@odata.deltaLink":"l"}"#)
                .unwrap()
                .items
                .is_empty()
        );
    }

    #[test]
    fn what_is_no_page_is_told() {
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
        assert!(Page::parse(b"\xFF", Holds::ListItems).is_err());
    }
}
