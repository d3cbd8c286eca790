//! Rows of lists. `fields.rs` declares their fields.

use std::sync::Arc;

use super::field_kind::kind;
use super::field_spec::LIST_ITEM;
use super::layout::Layout;
use super::parts::Identity;
use super::sheet::Sheet;
use super::typed_item::define_item;

pub(super) static LAYOUT: Layout = Layout::of(&LIST_ITEM);

crate::with_list_item_fields!(define_item);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_is_read_from_its_place() {
        let raw = r#"{"id": "7", "name": "n", "eTag": "e", "contentType": {"name": "Task"},
                      "parentReference": {"siteId": "s"}, "webUrl": "w",
                      "createdBy": {"user": {"id": "u"}}, "fields": {"Title": "t"}}"#;
        let item = ListItem::from_raw(raw).unwrap();
        assert_eq!(
            (item.id(), item.raw(), item.is_deleted()),
            ("7", raw, false)
        );
        assert_eq!((item.name(), item.e_tag()), (Some("n"), Some("e")));
        assert_eq!(
            (item.content_type(), item.site_id()),
            (Some("Task"), Some("s"))
        );
        assert_eq!(
            (item.web_url(), item.fields()),
            (Some("w"), Some(r#"{"Title": "t"}"#))
        );
        assert_eq!(item.created_by().unwrap().id.as_deref(), Some("u"));
        assert_eq!((item.modified_by(), item.created_at()), (None, None));
    }
}
