//! Graph's delta query, behind a trait so that tests can replace it and pause time.
//!
//! <https://learn.microsoft.com/graph/api/driveitem-delta>,
//! <https://learn.microsoft.com/graph/api/listitem-delta>

use std::sync::Arc;
use std::time::SystemTime;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::checkpoint::{Link, Position};
use super::delta_link;
use super::page::{Page, PageLink};
use crate::graph::{GraphClient, GraphRequest};
use crate::pacing::{Call, Permit, Urgency};
use crate::{ChangesOptions, Error, ErrorKind, Resource, ResourceKind};

/// A page of 1,000 items with all of their fields is under 4 MB.
const MAX_PAGE: usize = 32 * 1024 * 1024;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const EXCLUDE_PARENT: HeaderName = HeaderName::from_static("deltaexcludeparent");

pub(crate) trait Source: Send + Sync + 'static {
    /// The right to send one request.
    type Permit: Send;

    /// Waits until the request for a page may be sent.
    fn permit(&self, link: &Link, urgency: Urgency) -> impl Future<Output = Self::Permit> + Send;

    /// The permit, if the request may be sent at once.
    fn try_permit(&self, link: &Link) -> Option<Self::Permit>;

    /// Makes one attempt to get a page.
    fn page(
        &self,
        link: &Link,
        permit: Self::Permit,
    ) -> impl Future<Output = Result<Received, PageError>> + Send;
}

#[derive(Debug)]
pub(crate) struct Received {
    pub(super) page: Page,
    /// Graph's clock when it sent the page, or else this machine's.
    pub(super) graph_now: SystemTime,
}

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum PageError {
    /// Graph requires a new enumeration (HTTP 410).
    Gone(Gone),
    /// The same request would fail again.
    Permanent(Error),
    /// Another attempt may succeed, which depends on the error.
    Failed(Error),
}

/// Graph has lost track.
#[derive(Debug)]
pub(crate) struct Gone {
    pub(super) code: Option<String>,
    /// Where the new enumeration begins, if Graph names that.
    pub(super) location: Option<String>,
}

/// The delta query of a resource.
pub(crate) struct DeltaQuery {
    service: Arc<GraphClient>,
    start: String,
    latest: String,
    headers: HeaderMap,
    kind: ResourceKind,
}

impl DeltaQuery {
    /// # Errors
    /// `InvalidArgument` for a resource without a delta query, and for options that cannot be sent.
    pub(crate) fn new(
        service: Arc<GraphClient>,
        resource: &Resource,
        options: &ChangesOptions,
    ) -> Result<Self, Error> {
        let path = resource.delta_path().ok_or_else(|| {
            Error::invalid_argument(
                "resource",
                format!("{resource} needs the path of its delta query"),
            )
        })?;
        options.check()?;
        let mut query = Vec::new();
        if !options.select.is_empty() {
            query.push(format!("$select={}", select(&options.select)?));
        }
        if let Some(size) = options.page_size {
            query.push(format!("$top={size}"));
        }
        let address = |query: &[String]| {
            let url = service.url_of(path);
            if query.is_empty() {
                url
            } else {
                format!("{url}?{}", query.join("&"))
            }
        };
        let start = address(&query);
        query.push("token=latest".to_owned());
        let latest = address(&query);
        Ok(Self {
            start,
            latest,
            headers: headers(options)?,
            kind: resource.kind(),
            service,
        })
    }

    /// Checks where a checkpoint leads.
    ///
    /// # Errors
    /// `InvalidArgument`, by the name `since`.
    pub(super) fn check(&self, position: &Position) -> Result<(), Error> {
        let mut links = position.links();
        let problem = links.find_map(|link| delta_link::problem(link, &self.service.base_url));
        problem.map_or(Ok(()), |problem| {
            let problem = format!(
                "has a link that {problem}: pass the checkpoint of a batch, unchanged, to a client of \
                 the same cloud"
            );
            Err(Error::invalid_argument("since", problem))
        })
    }

    /// Checks a link of Graph. No checkpoint may be made of another one.
    fn check_link(&self, url: &str) -> Result<(), PageError> {
        delta_link::problem(url, &self.service.base_url).map_or(Ok(()), |problem| {
            let message = format!(
                "a link of the delta query {problem}: it was not followed, to protect the token"
            );
            let error = Error::new(ErrorKind::Protocol, message).permanent();
            Err(PageError::Permanent(error))
        })
    }
}

impl Source for DeltaQuery {
    type Permit = Permit;

    async fn permit(&self, link: &Link, urgency: Urgency) -> Permit {
        self.service.pacing.permit(call(link), urgency).await
    }

    fn try_permit(&self, link: &Link) -> Option<Permit> {
        self.service.pacing.try_permit(call(link))
    }

    async fn page(&self, link: &Link, permit: Permit) -> Result<Received, PageError> {
        let url = match link {
            Link::Start => &self.start,
            Link::Latest => &self.latest,
            Link::Url(url) => {
                self.check_link(url)?;
                url
            }
        };
        let request = GraphRequest {
            url: url.clone(),
            headers: self.headers.clone(),
            max_body: MAX_PAGE,
            needs_user: false,
            call: call(link),
        };
        match self.service.get(&request, permit).await {
            Ok(mut response) => {
                let page = Page::parse(std::mem::take(&mut response.body), self.kind).map_err(
                    |error| {
                        PageError::Failed(response.unusable(error).with_label(&self.service.label))
                    },
                )?;
                let (PageLink::Next(url) | PageLink::Delta(url)) = &page.link;
                self.check_link(url)?;
                Ok(Received {
                    page,
                    graph_now: response.date.unwrap_or(response.received_at),
                })
            }
            Err(failure) if failure.error.status() == Some(410) => Err(PageError::Gone(Gone {
                code: failure.error.code().map(str::to_owned),
                location: failure.location,
            })),
            Err(failure) => Err(PageError::Failed(failure.error)),
        }
    }
}

fn call(link: &Link) -> Call {
    let has_token = match link {
        Link::Start => false,
        Link::Latest => true,
        // Graph's own links have one. Where a new enumeration begins, it may be missing.
        Link::Url(url) => url.to_ascii_lowercase().contains("token="),
    };
    Call::DeltaQuery { has_token }
}

/// Adds the two fields that every item is parsed for.
fn select(fields: &[String]) -> Result<String, Error> {
    let mut all = vec!["id", "deleted"];
    for field in fields {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_@./".contains(c);
        if field.is_empty() || !field.chars().all(plain) {
            return Err(Error::invalid_argument(
                "select",
                format!("{field:?} is not a field name"),
            ));
        }
        if !all.contains(&field.as_str()) {
            all.push(field);
        }
    }
    Ok(all.join(","))
}

fn headers(options: &ChangesOptions) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    for preference in &options.prefer {
        let value = HeaderValue::from_str(preference)
            .ok()
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                Error::invalid_argument("prefer", "must be the value of an HTTP header, not empty")
            })?;
        headers.append(PREFER, value);
    }
    if options.exclude_parents {
        headers.insert(EXCLUDE_PARENT, HeaderValue::from_static("true"));
    }
    Ok(headers)
}
