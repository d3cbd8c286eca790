use std::collections::HashSet;
use std::sync::Arc;

use super::drive_item::{self, DriveItem};
use super::item::Item;
use super::json_scanner::{MAX_DEPTH, Refusal, Scanner};
use super::layout::{Layout, with_key};
use super::list_item::{self, ListItem};
use super::sheet::{Problem, Rows, unescaped};
use crate::{Error, ErrorKind, ResourceKind};

/// Graph sends at most 1,000 items on a page, whatever is requested.
pub(super) const MAX_ITEMS: usize = 20_000;

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

impl Page {
    /// Reads the body of a response, once.
    pub(super) fn parse(body: impl Into<Vec<u8>>, kind: ResourceKind) -> Result<Self, Error> {
        Self::read(body.into(), kind).map_err(|problem| {
            Error::new(
                ErrorKind::Protocol,
                format!("Graph's response is not a page of a delta query: {problem}"),
            )
        })
    }

    fn read(body: Vec<u8>, kind: ResourceKind) -> Result<Self, String> {
        let mut text = String::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned())?;
        // Items keep it.
        text.shrink_to_fit();
        let layout = match kind {
            ResourceKind::Drive => &drive_item::LAYOUT,
            ResourceKind::List => &list_item::LAYOUT,
        };
        let body = Body::read(&text, layout).map_err(|problem| match problem {
            Problem::Refused(Refusal::TooDeep) => {
                format!("it is nested more than {MAX_DEPTH} levels deep")
            }
            Problem::NoId => "an item has no id".to_owned(),
            Problem::Refused(Refusal::Malformed) | Problem::TooMany => {
                format!("the body is not a JSON object with a link and at most {MAX_ITEMS} items")
            }
        })?;
        let link = match (body.next_link, body.delta_link) {
            (Some(link), _) => PageLink::Next(link.into()),
            (None, Some(link)) => PageLink::Delta(link.into()),
            (None, None) => return Err("it has neither nextLink nor deltaLink".to_owned()),
        };
        let sheet = Arc::new(body.rows.into_sheet(text));
        let items = sheet.rows().map(|row| match kind {
            ResourceKind::Drive => Item::Drive(DriveItem::of(Arc::clone(&sheet), row)),
            ResourceKind::List => Item::List(ListItem::of(Arc::clone(&sheet), row)),
        });
        Ok(Self {
            items: last_states(items.collect()),
            link,
        })
    }
}

/// What a page has.
struct Body {
    rows: Rows,
    next_link: Option<Box<str>>,
    delta_link: Option<Box<str>>,
}

impl Body {
    /// Of several equal members the last one counts.
    fn read(text: &str, layout: &'static Layout) -> Result<Self, Problem> {
        let mut body = Self {
            rows: Rows::new(layout),
            next_link: None,
            delta_link: None,
        };
        let mut scanner = Scanner::new(text)?;
        scanner.object(|scanner, key| {
            match with_key(scanner, key, Member::of) {
                Some(Member::Items) => body.rows.read_all(scanner, MAX_ITEMS)?,
                Some(Member::NextLink) => body.next_link = link(scanner)?,
                Some(Member::DeltaLink) => body.delta_link = link(scanner)?,
                None => drop(scanner.value()?),
            }
            Ok::<_, Problem>(())
        })?;
        scanner.end()?;
        Ok(body)
    }
}

enum Member {
    Items,
    NextLink,
    DeltaLink,
}

impl Member {
    fn of(key: &[u8]) -> Option<Self> {
        Some(match key {
            b"value" => Self::Items,
            b"@odata.nextLink" => Self::NextLink,
            b"@odata.deltaLink" => Self::DeltaLink,
            _ => return None,
        })
    }
}

fn link(scanner: &mut Scanner<'_>) -> Result<Option<Box<str>>, Refusal> {
    let json = scanner.value()?;
    match scanner.bytes(json) {
        b"null" => Ok(None),
        json if json.starts_with(b"\"") => unescaped(json).map(Some).ok_or(Refusal::Malformed),
        _ => Err(Refusal::Malformed),
    }
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
        Page::parse(body.as_bytes(), ResourceKind::Drive)
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
        assert!(Page::parse(b"\xFF", ResourceKind::List).is_err());
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
