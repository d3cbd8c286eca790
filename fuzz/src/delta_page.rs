use std::collections::HashSet;

use drivebell::{ErrorKind, Item, fuzzing};
use serde_json::value::RawValue;

/// The kind of items, and the body of a page.
pub fn run(data: &[u8]) {
    let ([of_list], body) = crate::choices(data);
    let of_list = of_list & 1 == 1;
    let page = fuzzing::delta_page(body, of_list);
    let items = page.as_ref().map(|(items, _)| items.as_slice());
    fuzzing::compare_delta_page(body, items.ok());
    match page {
        Ok((items, link)) => {
            let ids: HashSet<_> = items.iter().map(Item::id).collect();
            assert_eq!(ids.len(), items.len(), "an item comes twice");
            let mut all = Vec::new();
            for item in &items {
                let raw: &RawValue = serde_json::from_str(item.raw()).expect("an item is JSON");
                assert!(raw.get().starts_with('{'));
                let _ = (item.name(), item.is_deleted(), format!("{item:?}"));
                all.push(item.raw());
            }
            // The same page, written again, has the same items.
            let again = format!(r#"{{"value":[{}],"@odata.nextLink":"x"}}"#, all.join(","));
            let (again, _) = fuzzing::delta_page(again.as_bytes(), of_list).expect("a page");
            assert!(items.iter().map(Item::raw).eq(again.iter().map(Item::raw)));
            assert!(!link.is_empty());
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Protocol);
            crate::assert_presentable(&error.to_string());
        }
    }
}
