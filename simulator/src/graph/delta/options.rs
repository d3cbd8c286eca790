//! The options of a delta query.

use axum::http::{HeaderMap, Uri};
use serde::{Deserialize, Serialize};

use super::delta_path::unquoted;
use crate::graph::error::{GraphError, GraphResult};
use crate::resource_path::decode;

/// The largest page, whatever a request wants.
const MAX_PAGE: u32 = 10_000;

/// Options that a link repeats inside its token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Options {
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub(super) top: Option<u32>,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(super) select: Option<Vec<String>>,
    /// `$expand=fields`. Any other `$expand` has no effect.
    #[serde(rename = "f", default, skip_serializing_if = "is_false")]
    pub(super) fields: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Options {
    /// The options of the request, and for those that it lacks the options of its token.
    pub(super) fn or(self, earlier: Self) -> Self {
        Self {
            top: self.top.or(earlier.top),
            select: self.select.or(earlier.select),
            fields: self.fields || earlier.fields,
        }
    }
}

/// Reads the token and the options from a query.
pub(super) fn read(uri: &Uri) -> GraphResult<(Option<String>, Options)> {
    let mut token = None;
    let mut options = Options::default();
    let pairs = uri.query().unwrap_or_default().split('&');
    for (name, value) in pairs.filter_map(|pair| pair.split_once('=')) {
        let (Some(name), Some(value)) = (decode(name), decode(value)) else {
            return Err(GraphError::invalid_request("The query is not UTF-8."));
        };
        match name.as_str() {
            "token" => token = Some(unquoted(&value).to_owned()),
            "$top" => options.top = Some(top(&value)?),
            "$select" => {
                let names = value.split(',').map(|name| name.trim().to_owned());
                options.select = Some(names.filter(|name| !name.is_empty()).collect());
            }
            "$expand" => options.fields |= value.split(['(', ',']).any(|name| name == "fields"),
            _ => {}
        }
    }
    Ok((token, options))
}

fn top(value: &str) -> GraphResult<u32> {
    let top = value.parse::<u32>().ok().filter(|top| *top > 0);
    let top = top.map(|top| top.min(MAX_PAGE));
    top.ok_or_else(|| {
        let message = format!("Invalid value '{value}' for $top query option found.");
        GraphError::invalid_request(message)
    })
}

/// `Prefer: odata.maxpagesize=N`, which applies to this request only.
pub(super) fn preferred_page_size(headers: &HeaderMap) -> Option<u32> {
    let values = headers.get_all("prefer").into_iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let mut preferences = texts.flat_map(|text| text.split([',', ';']));
    preferences.find_map(|preference| {
        let (name, value) = preference.split_once('=')?;
        let name = name.trim().to_ascii_lowercase();
        let matches = matches!(name.as_str(), "odata.maxpagesize" | "maxpagesize");
        let size = value.trim().trim_matches('"').parse().ok()?;
        (matches && size > 0).then_some(MAX_PAGE.min(size))
    })
}

/// `deltaExcludeParent`: leaves out folders of which only the content changed.
pub(super) fn excludes_parents(headers: &HeaderMap) -> bool {
    let value = headers.get("deltaExcludeParent");
    value.is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"false"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn options_of_a_query() {
        let uri = "/x?token='a%2B'&%24top=5&$select=id,name&$expand=fields($select=x)&y&$z=1";
        let (token, options) = read(&uri.parse().expect("a URI")).expect("valid");
        assert_eq!(token.as_deref(), Some("a+"));
        let select = Some(vec!["id".to_owned(), "name".to_owned()]);
        let expected = Options {
            top: Some(5),
            select,
            fields: true,
        };
        assert_eq!(options, expected);
        for bad in ["$top=0", "$top=-1", "$top=x", "token=%FF"] {
            let uri = format!("/x?{bad}").parse().expect("a URI");
            assert!(read(&uri).is_err(), "{bad}");
        }
    }

    #[test]
    fn preferences() {
        for (value, size) in [
            ("odata.maxpagesize=7", Some(7)),
            (
                "respond-async, OData.MaxPageSize = 7; hierarchicalsharing",
                Some(7),
            ),
            ("odata.maxpagesize=0", None),
            ("return=minimal", None),
        ] {
            let headers = [(
                "prefer".parse().expect("a name"),
                HeaderValue::from_static(value),
            )];
            let headers = HeaderMap::from_iter(headers);
            assert_eq!(preferred_page_size(&headers), size, "{value}");
        }
    }
}
