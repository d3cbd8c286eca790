//! Graph's delta queries: the seam behind which tests pause time.

use std::sync::Arc;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::checkpoint::Link;
use super::page::{Holds, Page};
use crate::graph::{GraphClient, GraphRequest};
use crate::{ChangesOptions, Error, ErrorKind, Resource};

/// A page of 1,000 items with all of their fields is under 4 MB.
const MAX_PAGE: usize = 32 * 1024 * 1024;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const EXCLUDE_PARENT: HeaderName = HeaderName::from_static("deltaexcludeparent");

pub(crate) trait Source: Send + Sync + 'static {
    /// One attempt to get a page.
    fn page(&self, link: &Link) -> impl Future<Output = Result<Page, Failure>> + Send;
}

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Graph has lost track (HTTP 410): everything has to be enumerated anew, from there.
    Gone {
        code: Option<String>,
        location: Option<String>,
    },
    /// To ask again would bring the same.
    Broken(Error),
    Other(Error),
}

/// The delta query of a resource.
pub(crate) struct Graph {
    service: Arc<GraphClient>,
    start: String,
    latest: String,
    headers: HeaderMap,
    holds: Holds,
}

impl Graph {
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
                format!("{resource} was given without the path of its delta query"),
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
            holds: if path.ends_with("/items/delta") {
                Holds::ListItems
            } else {
                Holds::DriveItems
            },
            service,
        })
    }

    /// The token goes nowhere else.
    fn checked(&self, url: &str) -> Result<(), Error> {
        let graph = self.service.base_url.origin();
        if Url::parse(url).is_ok_and(|url| url.origin() == graph) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Protocol,
            "a link of the delta query does not lead to Microsoft Graph: the token is not sent \
             there, and nothing was asked",
        )
        .with_retryable(false))
    }
}

impl Source for Graph {
    async fn page(&self, link: &Link) -> Result<Page, Failure> {
        let url = match link {
            Link::Start => &self.start,
            Link::Latest => &self.latest,
            Link::Url(url) => url,
        };
        self.checked(url).map_err(Failure::Broken)?;
        let request = GraphRequest {
            url: url.clone(),
            headers: self.headers.clone(),
            max_body: MAX_PAGE,
        };
        match self.service.get(&request).await {
            Ok(response) => Page::parse(&response.body, self.holds)
                .map_err(|error| Failure::Other(response.unusable(error))),
            Err(failure) if failure.error.status() == Some(410) => Err(Failure::Gone {
                code: failure.error.code().map(str::to_owned),
                location: failure.location,
            }),
            Err(failure) => Err(Failure::Other(failure.error)),
        }
    }
}

/// Without these two an item could not be told from another, nor a deleted one from a live one.
fn select(fields: &[String]) -> Result<String, Error> {
    let mut all: Vec<&str> = vec!["id", "deleted"];
    for field in fields {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_@./".contains(c);
        if field.is_empty() || !field.chars().all(plain) {
            return Err(Error::invalid_argument(
                "select",
                format!("{field:?} is not the name of a field"),
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
            .ok_or_else(|| Error::invalid_argument("prefer", "cannot stand in a header"))?;
        headers.append(PREFER, value);
    }
    if options.exclude_parents {
        headers.insert(EXCLUDE_PARENT, HeaderValue::from_static("true"));
    }
    Ok(headers)
}
