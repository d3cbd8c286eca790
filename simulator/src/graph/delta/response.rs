//! Responds to a delta query.

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::delta_path::{Collection, DeltaPath};
use super::options;
use super::page::{self, Page, PageOptions};
use super::page_item::{PageItem, page_item};
use super::query::Query;
use super::token::{Blind, Cursor, Round};
use crate::drive::Drive;
use crate::graph::error::{GraphError, GraphResult};
use crate::lock::lock;
use crate::resource_path::{DriveAddress, split_version};
use crate::service::Service;
use crate::watch_log::Watch;

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "@odata.context")]
    context: String,
    #[serde(rename = "@odata.nextLink", skip_serializing_if = "Option::is_none")]
    next_link: Option<String>,
    #[serde(rename = "@odata.deltaLink", skip_serializing_if = "Option::is_none")]
    delta_link: Option<String>,
    value: Vec<PageItem<'a>>,
}

pub(in crate::graph) fn respond(
    service: &Service,
    address: &DriveAddress,
    path: &DeltaPath,
    uri: &Uri,
    headers: &HeaderMap,
) -> GraphResult<Response> {
    let drive = service.drives.at(address);
    let mut drive = lock(drive.ok_or_else(|| GraphError::drive_not_found(address))?);
    drive.publish_due_changes();
    let config = &service.options;
    let id = drive.id().to_owned();
    let query = Query::read(service, &id, path, uri, headers)?;
    let since = query.since(&drive, config.delta_token_lifetime)?;
    if matches!(since.cursor, Cursor::UpTo(_)) && !query.asks_for_latest() {
        drive.begin_round();
    }
    let drive: &Drive = &drive;
    let quirks = drive.quirks();
    let round = round(since.cursor, drive.position());
    let mut blind = match since.cursor {
        Cursor::Start => Blind::from(drive.last_position()),
        Cursor::UpTo(_) | Cursor::Round(_) => since.blind,
    };
    let insert_empty = config.delta_empty_pages && !round.empty && !query.asks_for_latest();
    let preferred_size = options::preferred_page_size(headers);
    let options = query.options.clone().or(since.options);
    let size = [options.top, preferred_size].into_iter().flatten().min();
    let mut page = if insert_empty {
        Page {
            items: Vec::new(),
            next: Cursor::Round(Round {
                empty: true,
                ..round
            }),
            ends_empty_round: false,
        }
    } else {
        let page_options = PageOptions {
            collection: path.collection,
            size: size.unwrap_or(config.page_size) as usize,
            exclude_parents: options::excludes_parents(headers),
            duplicates: config.delta_duplicates,
            blind,
        };
        page::read(drive, round, page_options)
    };
    let value = page
        .items
        .into_iter()
        .map(|item| page_item(drive, item, path.collection, &options))
        .collect();
    if page.ends_empty_round && quirks.empty_rounds_skip {
        page.next = Cursor::UpTo(drive.last_position());
    }
    if page.ends_empty_round && quirks.empty_rounds_skip_deletions {
        // It has got all earlier ones, or never will.
        blind = Blind {
            after: 0,
            until: drive.last_position(),
        };
    }
    let enumerated = round.full && matches!(page.next, Cursor::UpTo(_));
    if enumerated && quirks.enumerations_lose_tombstones {
        blind.until = drive.last_position();
    }
    let links = since.links.wrapping_add(1);
    let token = query.issuer.issue(page.next, blind, options, links);
    let link = query.links.write(&token);
    let (next_link, delta_link) = match page.next {
        Cursor::Round(_) => (Some(link), None),
        Cursor::Start | Cursor::UpTo(_) => (None, Some(link)),
    };
    if next_link.is_none() {
        // Only now has the client seen all changes up to here.
        service.watch_log.add(Watch::Queried, &id);
    }
    let body = Body {
        context: context(uri, path.collection),
        next_link,
        delta_link,
        value,
    };
    let mut response = Json(body).into_response();
    if let Some(size) = preferred_size {
        let applied = HeaderValue::try_from(format!("odata.maxpagesize={size}"));
        let applied = applied.map(|applied| (PREFERENCE_APPLIED, applied));
        response.headers_mut().extend(applied);
    }
    Ok(response)
}

fn round(cursor: Cursor, now: u64) -> Round {
    let begin = |full, after| Round {
        full,
        after,
        until: now.max(after),
        done: after,
        empty: false,
    };
    match cursor {
        Cursor::Start => begin(true, 0),
        Cursor::UpTo(position) => begin(false, position),
        Cursor::Round(round) => round,
    }
}

fn context(uri: &Uri, collection: Collection) -> String {
    let (version, _) = split_version(uri.path());
    let entity = match collection {
        Collection::DriveItems => "driveItem",
        Collection::ListItems => "listItem",
    };
    format!("https://graph.microsoft.com/{version}/$metadata#Collection({entity})")
}
