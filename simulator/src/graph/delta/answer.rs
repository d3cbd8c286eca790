//! Answers a delta query.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;

use super::link::Links;
use super::options::{self, Options};
use super::page::{self, Manner};
use super::page_item::{self, Shown};
use super::token::{Issuer, Progress, Round, Token};
use super::{Asked, Form};
use crate::behaviour::DriveType;
use crate::clock;
use crate::drive::Drive;
use crate::graph::{GraphError, GraphResult, no_such_place, split_version};
use crate::resource_path::Located;
use crate::service::{Shared, lock};

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const LATEST: &str = "latest";

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "@odata.context")]
    context: String,
    #[serde(rename = "@odata.nextLink", skip_serializing_if = "Option::is_none")]
    next_link: Option<String>,
    #[serde(rename = "@odata.deltaLink", skip_serializing_if = "Option::is_none")]
    delta_link: Option<String>,
    value: Vec<Shown<'a>>,
}

/// A request, read.
struct Query<'a> {
    issuer: Issuer<'a>,
    links: Links,
    /// Its token; empty if it has none.
    token: String,
    options: Options,
}

impl<'a> Query<'a> {
    fn read(
        shared: &Shared,
        drive: &'a Drive,
        asked: &Asked,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> GraphResult<Self> {
        let (in_query, options) = options::read(uri)?;
        let token = in_query.or_else(|| asked.token.clone());
        Ok(Self {
            issuer: Issuer {
                run: shared.run,
                drive: drive.id(),
                form: asked.form,
            },
            links: Links::to(uri, headers, shared.port, shared.config.delta.links),
            token: token.unwrap_or_default(),
            options,
        })
    }

    /// A link by which everything is enumerated.
    fn restart(self, earlier: Options) -> String {
        let options = self.options.or(earlier);
        let token = self.issuer.issue(Progress::Nothing, options, 0);
        self.links.write(&token)
    }
}

/// What the token of a request stands for.
struct Since {
    progress: Progress,
    options: Options,
    links: u32,
}

impl From<Progress> for Since {
    fn from(progress: Progress) -> Self {
        Self {
            progress,
            options: Options::default(),
            links: 0,
        }
    }
}

pub(in crate::graph) fn answer(
    shared: &Arc<Shared>,
    located: &Located<'_>,
    asked: &Asked,
    uri: &Uri,
    headers: &HeaderMap,
) -> GraphResult<Response> {
    let drive = shared.drive_at(&located.place);
    let mut drive = lock(drive.ok_or_else(|| no_such_place(located))?);
    drive.advance();
    let drive: &Drive = &drive;
    let delta = &shared.config.delta;
    let query = Query::read(shared, drive, asked, uri, headers)?;
    let (issuer, latest) = (query.issuer, query.token == LATEST);
    let since = match since(drive, issuer, &query.token, delta.token_lifetime)? {
        Ok(since) => since,
        Err(earlier) => return Err(GraphError::resync(query.restart(earlier))),
    };
    let round = round(since.progress, drive.position());
    let options = query.options.or(since.options);
    let preferred = options::preferred_page_size(headers);
    let sizes = [options.top, preferred];
    let size = sizes.into_iter().flatten().min();
    let manner = Manner {
        form: asked.form,
        size: size.unwrap_or(delta.page_size) as usize,
        exclude_parents: options::excludes_parents(headers),
        duplicates: delta.duplicates,
    };
    let (items, next) = if delta.empty_pages && !round.empty && !latest {
        let empty = true;
        (Vec::new(), Progress::Round(Round { empty, ..round }))
    } else {
        let page = page::read(drive, round, manner);
        (page.items, page.next)
    };
    let items = items.into_iter();
    let items = items.map(|item| page_item::show(drive, item, asked.form, &options));
    let value = items.collect();
    let token = issuer.issue(next, options, since.links.wrapping_add(1));
    let link = query.links.write(&token);
    let (next_link, delta_link) = match next {
        Progress::Round(_) => (Some(link), None),
        Progress::Nothing | Progress::UpTo(_) => (None, Some(link)),
    };
    let body = Body {
        context: context(uri, asked.form),
        next_link,
        delta_link,
        value,
    };
    let mut response = Json(body).into_response();
    if let Some(size) = preferred {
        let applied = HeaderValue::try_from(format!("odata.maxpagesize={size}"));
        let applied = applied.map(|applied| (PREFERENCE_APPLIED, applied));
        response.headers_mut().extend(applied);
    }
    Ok(response)
}

/// An inner error says with which options a token was issued that is good no more.
fn since(
    drive: &Drive,
    issuer: Issuer<'_>,
    text: &str,
    lifetime: Option<Duration>,
) -> GraphResult<Result<Since, Options>> {
    match text {
        "" => return Ok(Ok(Progress::Nothing.into())),
        LATEST => return Ok(Ok(Progress::UpTo(drive.position()).into())),
        _ => {}
    }
    if let Some(token) = Token::read(text) {
        if !token.is_for(issuer) {
            let message = "The delta token belongs to another resource.";
            return Err(GraphError::invalid_request(message));
        }
        let age = clock::unix_microseconds().saturating_sub(token.issued);
        let age = Duration::from_micros(age.try_into().unwrap_or_default());
        let expired = lifetime.is_some_and(|lifetime| age >= lifetime);
        if expired || !token.is_of_run(issuer) {
            return Ok(Err(token.options));
        }
        return Ok(Ok(Since {
            progress: token.progress,
            options: token.options,
            links: token.links,
        }));
    }
    let malformed = |_| GraphError::invalid_request("The delta token is malformed.");
    let instant = text.parse::<Timestamp>().map_err(malformed)?;
    if drive.drive_type() == DriveType::Personal {
        return Err(GraphError::invalid_request(
            "A timestamp as token is supported on business drives only.",
        ));
    }
    Ok(Ok(Progress::UpTo(drive.position_at(instant)).into()))
}

fn round(progress: Progress, now: u64) -> Round {
    let begin = |full, after| Round {
        full,
        after,
        until: now.max(after),
        done: after,
        empty: false,
    };
    match progress {
        Progress::Nothing => begin(true, 0),
        Progress::UpTo(position) => begin(false, position),
        Progress::Round(round) => round,
    }
}

fn context(uri: &Uri, form: Form) -> String {
    let (version, _) = split_version(uri.path());
    let entity = match form {
        Form::DriveItems => "driveItem",
        Form::ListItems => "listItem",
    };
    format!("https://graph.microsoft.com/{version}/$metadata#Collection({entity})")
}

/// Where a delta query that a fault refuses with 410 has to start again.
pub(crate) fn restart(
    shared: &Shared,
    located: &Located<'_>,
    asked: &Asked,
    uri: &Uri,
    headers: &HeaderMap,
) -> Option<String> {
    let drive = lock(shared.drive_at(&located.place)?);
    let query = Query::read(shared, &drive, asked, uri, headers).ok()?;
    let token = Token::read(&query.token);
    let earlier = token.map(|token| token.options);
    Some(query.restart(earlier.unwrap_or_default()))
}
