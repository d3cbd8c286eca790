use super::checkpoint::{Position, Since};
use super::page::{ItemKind, Page};
use crate::{Error, Item, Resource};

/// The items of a page, and its link.
pub fn delta_page(body: &[u8], of_list: bool) -> Result<(Vec<Item>, String), Error> {
    let kind = if of_list {
        ItemKind::List
    } else {
        ItemKind::Drive
    };
    let page = Page::parse(body, kind)?;
    Ok((page.items, format!("{:?}", page.link)))
}

/// The checkpoint that continues where this one does.
pub fn checkpoint(text: &str, resource: &Resource) -> Result<Option<String>, Error> {
    let since = Since::Checkpoint(text.to_owned());
    Ok(Position::of(&since, resource)?.checkpoint(resource))
}
