use super::checkpoint::{Position, Since};
use super::json_scanner::MAX_DEPTH;
use super::page::{MAX_ITEMS, Page};
use super::reference;
use crate::{Error, Item, Resource, ResourceKind};

/// The items of a page, and its link.
pub fn delta_page(body: &[u8], of_list: bool) -> Result<(Vec<Item>, String), Error> {
    let kind = if of_list {
        ResourceKind::List
    } else {
        ResourceKind::Drive
    };
    let page = Page::parse(body, kind)?;
    Ok((page.items, format!("{:?}", page.link)))
}

/// Panics unless `serde_json` reads the same in a page as [`delta_page`] did.
pub fn compare_delta_page(body: &[u8], read: Option<&[Item]>) {
    let text = std::str::from_utf8(body);
    let Ok(text) = text.map_err(|_| assert!(read.is_none(), "not UTF-8")) else {
        return;
    };
    if reference::is_deeper_than(MAX_DEPTH as usize, text) {
        assert!(read.is_none(), "too deep");
        return;
    }
    if let Ok(expected) = reference::page(text, MAX_ITEMS) {
        let read = read.map(|items| items.iter().map(Item::raw).collect::<Vec<_>>());
        assert_eq!(read, expected);
    }
    for item in read.into_iter().flatten() {
        reference::check_fields(item);
    }
}

/// The checkpoint that continues where this one does.
pub fn checkpoint(text: &str, resource: &Resource) -> Result<Option<String>, Error> {
    let since = Since::Checkpoint(text.to_owned());
    Ok(Position::of(&since, resource)?.checkpoint(resource))
}
