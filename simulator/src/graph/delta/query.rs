//! A delta query: its token, its options, and the links of its response.

use std::time::Duration;

use axum::http::{HeaderMap, Uri};
use jiff::Timestamp;

use super::delta_path::DeltaPath;
use super::link::Links;
use super::options::{self, Options};
use super::token::{Blind, Cursor, Issuer, Token};
use crate::behaviour::DriveType;
use crate::drive::Drive;
use crate::graph::error::{GraphError, GraphResult};
use crate::lock::lock;
use crate::resource_path::DriveAddress;
use crate::service::Service;

const LATEST: &str = "latest";

pub(super) struct Query<'a> {
    pub(super) issuer: Issuer<'a>,
    pub(super) links: Links,
    /// Empty if the request has none.
    token: String,
    pub(super) options: Options,
}

/// The meaning of a request's token.
pub(super) struct Since {
    pub(super) cursor: Cursor,
    pub(super) blind: Blind,
    pub(super) options: Options,
    pub(super) links: u32,
}

impl From<Cursor> for Since {
    fn from(cursor: Cursor) -> Self {
        Self {
            cursor,
            blind: Blind::default(),
            options: Options::default(),
            links: 0,
        }
    }
}

impl<'a> Query<'a> {
    pub(super) fn read(
        service: &Service,
        drive_id: &'a str,
        path: &DeltaPath,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> GraphResult<Self> {
        let (in_query, options) = options::read(uri)?;
        let token = in_query.or_else(|| path.token.clone());
        Ok(Self {
            issuer: Issuer {
                run: service.run,
                drive: drive_id,
                collection: path.collection,
                now: service.advance.now(),
            },
            links: Links::to(uri, headers, service.port, service.options.delta_links),
            token: token.unwrap_or_default(),
            options,
        })
    }

    pub(super) fn asks_for_latest(&self) -> bool {
        self.token == LATEST
    }

    /// Reads the token. An expired token is an error with a link that restarts the enumeration.
    pub(super) fn since(&self, drive: &Drive, lifetime: Option<Duration>) -> GraphResult<Since> {
        match self.token.as_str() {
            "" => return Ok(Cursor::Start.into()),
            LATEST => return Ok(Cursor::UpTo(drive.position()).into()),
            _ => {}
        }
        let Some(token) = Token::read(&self.token) else {
            return self.since_timestamp(drive);
        };
        if !token.is_for(self.issuer) {
            let message = "The delta token belongs to another resource.";
            return Err(GraphError::invalid_request(message));
        }
        let age = self.issuer.now.saturating_sub(token.issued);
        let age = Duration::from_micros(age.try_into().unwrap_or_default());
        let expired = lifetime.is_some_and(|lifetime| age >= lifetime);
        if expired || !token.is_of_run(self.issuer) {
            return Err(GraphError::resync(self.restart_link(token.options)));
        }
        Ok(Since {
            cursor: token.cursor,
            blind: token.blind,
            options: token.options,
            links: token.links,
        })
    }

    fn since_timestamp(&self, drive: &Drive) -> GraphResult<Since> {
        let malformed = |_| GraphError::invalid_request("The delta token is malformed.");
        let instant = self.token.parse::<Timestamp>().map_err(malformed)?;
        if drive.drive_type() == DriveType::Personal {
            return Err(GraphError::invalid_request(
                "A timestamp as token is supported on business drives only.",
            ));
        }
        Ok(Cursor::UpTo(drive.position_at(instant)).into())
    }

    /// A link that starts a full enumeration with the options of an earlier token.
    fn restart_link(&self, earlier: Options) -> String {
        let options = self.options.clone().or(earlier);
        let token = self
            .issuer
            .issue(Cursor::Start, Blind::default(), options, 0);
        self.links.write(&token)
    }
}

/// The link that restarts the enumeration, for a delta query that gets a 410 from a fault.
pub(crate) fn restart_link(
    service: &Service,
    address: &DriveAddress,
    path: &DeltaPath,
    uri: &Uri,
    headers: &HeaderMap,
) -> Option<String> {
    let drive = lock(service.drives.at(address)?);
    let query = Query::read(service, drive.id(), path, uri, headers).ok()?;
    let token = Token::read(&query.token);
    let earlier = token.map(|token| token.options);
    Some(query.restart_link(earlier.unwrap_or_default()))
}
