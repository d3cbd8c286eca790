//! Reading a page of a delta query, and the fields of its items.

use std::hint::black_box;

use drivebell::Item;
use drivebell::internals::page_items;

use crate::{Case, repeat};

/// As many as Graph sends on a page.
const ITEMS: usize = 200;

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "page-of-200",
        run: |times| {
            repeat(times, page(), |page| {
                black_box(page_items(black_box(page)));
            })
        },
    },
    Case {
        name: "fields-of-200",
        run: |times| {
            let items = page_items(&page());
            assert_eq!(items.len(), ITEMS);
            repeat(times, items, |items| items.iter().for_each(read))
        },
    },
];

fn read(item: &Item) {
    let Item::Drive(item) = item else {
        unreachable!("a drive holds drive items");
    };
    black_box((item.id(), item.name(), item.parent_id()));
    black_box((item.size(), item.modified_at()));
}

fn page() -> String {
    let items: Vec<_> = (0..ITEMS).map(item).collect();
    let items = items.join(",");
    let link = "https://graph.microsoft.com/v1.0/me/drive/root/delta?token=xyz";
    format!(r#"{{"value":[{items}],"@odata.nextLink":"{link}"}}"#)
}

fn item(number: usize) -> String {
    let user =
        r#"{"user":{"id":"5a0b9e15-9b33-40ad-8f9c-3db9e0e4babd","displayName":"Alex Wilber"}}"#;
    let times =
        r#""createdDateTime":"2025-01-01T01:02:03Z","lastModifiedDateTime":"2025-02-03T04:05:06Z""#;
    format!(
        r##"{{"@odata.type":"#microsoft.graph.driveItem","id":"01BYE5RZ{number:026}",
        "name":"file-{number:07}.txt","size":{number},"eTag":"\"{{{number:036}}},1\"",
        "cTag":"\"c:{{{number:036}}},1\"",
        "webUrl":"https://contoso.sharepoint.com/sites/a/Documents/file-{number:07}.txt",
        {times},"createdBy":{user},"lastModifiedBy":{user},"fileSystemInfo":{{{times}}},
        "parentReference":{{"driveId":"b!me","driveType":"business","id":"01BYE5RZ{number:026}"}},
        "file":{{"mimeType":"text/plain","hashes":{{"quickXorHash":"AAAAAAAAAAAAAAAAAAAAAAAAAAA="}}}}}}"##
    )
    .replace("\n        ", "")
}
