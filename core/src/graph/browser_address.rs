//! The drive or list behind an address in a browser: what Graph is asked for it.
//!
//! <https://learn.microsoft.com/graph/api/shares-get>,
//! <https://learn.microsoft.com/graph/api/site-getbypath>

use data_encoding::BASE64URL_NOPAD;
use reqwest::Url;
use serde::Deserialize;

use crate::{Error, ErrorKind, Resource};

/// A request that tells the drive or list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// The path of a drive.
    Drive(String),
    /// The path of an item, which says in which drive it is.
    Item(String),
    /// The path of a list.
    List(String),
}

impl Lookup {
    /// The path of the request, relative to the API version.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Drive(path) => format!("{path}?$select=id"),
            Self::Item(path) | Self::List(path) => format!("{path}?$select=id,parentReference"),
        }
    }

    /// Reads the response.
    pub(crate) fn resource(&self, body: &[u8]) -> Result<Resource, Error> {
        let found: Found = serde_json::from_slice(body).map_err(|_| not_found_in_response())?;
        let parent = found.parent_reference.unwrap_or_default();
        match self {
            Self::Drive(_) => Resource::drive(&found.id),
            Self::Item(_) => Resource::drive(&parent.drive_id.ok_or_else(not_found_in_response)?),
            Self::List(_) => {
                let site = parent.site_id.ok_or_else(not_found_in_response)?;
                Resource::site_list(&site, &found.id)
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    id: String,
    parent_reference: Option<ParentReference>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ParentReference {
    drive_id: Option<String>,
    site_id: Option<String>,
}

fn not_found_in_response() -> Error {
    Error::new(
        ErrorKind::Protocol,
        "the response names neither a drive nor a list: check that base_url is Microsoft Graph",
    )
}

/// An address of the web, if the text is one: not a path of Graph.
pub(crate) fn parse(text: &str) -> Option<Result<Url, Error>> {
    let text = text.trim();
    let (scheme, _) = text.split_once("://")?;
    let refuse = |problem: &str| Err(Error::invalid_argument("resource", problem));
    if !scheme.eq_ignore_ascii_case("https") {
        return Some(refuse("is an address that does not begin with https://"));
    }
    Some(match Url::parse(text) {
        Ok(url) if url.username().is_empty() && url.password().is_none() => Ok(url),
        Ok(_) => refuse("is an address with a user name or a password in it: remove them"),
        Err(error) => refuse(&format!("is no valid address: {error}")),
    })
}

/// What to ask for, in this order: an answer "not found" leads to the next.
pub(crate) fn lookups(url: &Url) -> Vec<Lookup> {
    if let Some(drive) = personal_drive(url) {
        return vec![drive];
    }
    let Some(page) = shown(url) else {
        // A sharing link, or a document's page.
        return vec![shared(url, "driveItem")];
    };
    let segments: Vec<&str> = page.path_segments().into_iter().flatten().collect();
    match site_length(&segments) {
        length if length == segments.len() => vec![site_drive(&page, &segments)],
        length if segments[length].eq_ignore_ascii_case("Lists") => vec![shared(&page, "list")],
        // It may be a site below another.
        _ => vec![shared(&page, "driveItem"), site_drive(&page, &segments)],
    }
}

/// The drive of a personal account, whose id is in the address.
fn personal_drive(url: &Url) -> Option<Lookup> {
    if !url.host_str()?.eq_ignore_ascii_case("onedrive.live.com") {
        return None;
    }
    let query = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then(|| value.into_owned()))
    };
    let of_path = query("id").and_then(|id| {
        let rest = id.strip_prefix("/personal/")?;
        Some(rest.split('/').next()?.to_owned())
    });
    let of_item = query("resid").and_then(|id| Some(id.split_once('!')?.0.to_owned()));
    let id = of_path.or_else(|| query("cid")).or(of_item)?;
    let drive = Resource::drive(&id).ok()?.to_string();
    Some(Lookup::Drive(drive.strip_suffix("/root")?.to_owned()))
}

/// The address of what a page shows, without the page itself. `None` if only Graph can tell.
fn shown(url: &Url) -> Option<Url> {
    let query = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    };
    let mut page = url.clone();
    // Pages of libraries show the folder with this path, which may be one of another site's library.
    if let Some(path) = query("id").filter(|id| id.starts_with('/')) {
        if let Some(Ok(library)) = query("listurl").map(|library| Url::parse(&library))
            && library.scheme() == "https"
        {
            page = library;
        }
        page.set_path(&path);
    } else if query("sourcedoc").is_some() {
        return None;
    }
    page.set_query(None);
    page.set_fragment(None);
    let path = page.path().to_owned();
    let mut segments: Vec<&str> = path.split('/').filter(|it| !it.is_empty()).collect();
    // `/:f:/s/Site/…`
    if segments.first().is_some_and(|first| first.starts_with(':')) || is_short(&page) {
        return None;
    }
    let is = |segment: &str, name: &str| segment.eq_ignore_ascii_case(name);
    let of_page = |segment: &&str| {
        ["_layouts", "SitePages", "Pages"]
            .iter()
            .any(|name| is(segment, name))
    };
    if let Some(at) = segments.iter().position(of_page) {
        segments.truncate(at);
    }
    if segments
        .last()
        .is_some_and(|last| last.to_ascii_lowercase().ends_with(".aspx"))
    {
        segments.pop();
        // A library's pages are in a folder of it.
        if segments.last().is_some_and(|last| is(last, "Forms")) {
            segments.pop();
        }
    }
    let path = format!("/{}", segments.join("/"));
    page.set_path(&path);
    Some(page)
}

fn is_short(url: &Url) -> bool {
    url.host_str() == Some("1drv.ms")
}

/// How many segments name the site: `/sites/x`, `/teams/x`, `/personal/x`, or none for the root site.
fn site_length(segments: &[&str]) -> usize {
    match segments {
        [""] => 1,
        [kind, _, ..]
            if ["sites", "teams", "personal"]
                .iter()
                .any(|it| kind.eq_ignore_ascii_case(it)) =>
        {
            2
        }
        _ => 0,
    }
}

fn site_drive(page: &Url, segments: &[&str]) -> Lookup {
    let host = page.host_str().unwrap_or_default();
    Lookup::Drive(match segments {
        [] | [""] => format!("/sites/{host}/drive"),
        _ => format!("/sites/{host}:/{}:/drive", segments.join("/")),
    })
}

fn shared(url: &Url, what: &str) -> Lookup {
    let token = BASE64URL_NOPAD.encode(url.as_str().as_bytes());
    let path = format!("/shares/u!{token}/{what}");
    match what {
        "list" => Lookup::List(path),
        _ => Lookup::Item(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> Vec<String> {
        let url = parse(address).unwrap().unwrap();
        let shown = |lookup: &Lookup| {
            let path = lookup.path();
            let path = path.split('?').next().unwrap();
            let Some(rest) = path.strip_prefix("/shares/u!") else {
                return path.to_owned();
            };
            let (token, what) = rest.split_once('/').unwrap();
            let url = BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
            format!("{what} of {}", String::from_utf8(url).unwrap())
        };
        lookups(&url).iter().map(shown).collect()
    }

    #[test]
    fn sites_are_asked_for_their_drive() {
        for (address, path) in [
            (
                "https://contoso.sharepoint.com",
                "/sites/contoso.sharepoint.com/drive",
            ),
            (
                "https://contoso.sharepoint.com/",
                "/sites/contoso.sharepoint.com/drive",
            ),
            (
                "https://contoso.sharepoint.com/sites/Marketing",
                "/sites/contoso.sharepoint.com:/sites/Marketing:/drive",
            ),
            (
                "https://contoso.sharepoint.com/teams/R%26D/SitePages/Home.aspx?web=1#top",
                "/sites/contoso.sharepoint.com:/teams/R%26D:/drive",
            ),
            (
                "https://contoso.sharepoint.com/sites/Marketing/_layouts/15/viewlsts.aspx?view=14",
                "/sites/contoso.sharepoint.com:/sites/Marketing:/drive",
            ),
            (
                "https://contoso-my.sharepoint.com/personal/alex_contoso_com/_layouts/15/onedrive.aspx",
                "/sites/contoso-my.sharepoint.com:/personal/alex_contoso_com:/drive",
            ),
        ] {
            assert_eq!(of(address), [path], "{address}");
        }
    }

    #[test]
    fn folders_and_files_are_asked_for_as_shares_first() {
        const SITE: &str = "https://contoso.sharepoint.com/sites/Marketing";
        for (address, folder) in [
            (
                "/Shared Documents/Forms/AllItems.aspx",
                "/Shared%20Documents",
            ),
            ("/Shared%20Documents/Reports", "/Shared%20Documents/Reports"),
            (
                "/Shared%20Documents/Forms/AllItems.aspx?id=%2Fsites%2FMarketing%2FShared%20Documents%2FQ3&viewid=1",
                "/Shared%20Documents/Q3",
            ),
            (
                "/Shared%20Documents/plan.pdf?web=1",
                "/Shared%20Documents/plan.pdf",
            ),
        ] {
            let asked = of(&format!("{SITE}{address}"));
            assert_eq!(
                asked[0],
                format!("driveItem of {SITE}{folder}"),
                "{address}"
            );
            let below = format!("/sites/contoso.sharepoint.com:/sites/Marketing{folder}:/drive");
            assert_eq!(asked[1..], [below], "{address}");
        }
        assert_eq!(
            of(
                "https://contoso-my.sharepoint.com/my?id=%2Fsites%2FMarketing%2FShared%20Documents&listurl=https%3A%2F%2Fcontoso.sharepoint.com%2Fsites%2FMarketing%2FShared%20Documents"
            )[0],
            format!("driveItem of {SITE}/Shared%20Documents")
        );
    }

    #[test]
    fn only_graph_knows_where_links_lead() {
        for address in [
            "https://contoso.sharepoint.com/:f:/s/Marketing/EabcDEF?e=x1",
            "https://contoso.sharepoint.com/:w:/r/sites/M/_layouts/15/Doc.aspx?sourcedoc=%7BA%7D",
            "https://contoso.sharepoint.com/sites/M/_layouts/15/Doc.aspx?sourcedoc=%7BA%7D&file=a.docx",
            "https://1drv.ms/f/s!AkijuZ",
        ] {
            assert_eq!(of(address), [format!("driveItem of {address}")]);
        }
    }

    #[test]
    fn lists_are_asked_for_as_lists() {
        assert_eq!(
            of("https://contoso.sharepoint.com/sites/M/Lists/Tasks/AllItems.aspx?viewid=1"),
            ["list of https://contoso.sharepoint.com/sites/M/Lists/Tasks"]
        );
        assert_eq!(
            of("https://contoso.sharepoint.com/Lists/Tasks"),
            ["list of https://contoso.sharepoint.com/Lists/Tasks"]
        );
    }

    #[test]
    fn the_id_of_a_personal_drive_is_in_its_address() {
        for address in [
            "https://onedrive.live.com/?id=root&cid=1A2B",
            "https://onedrive.live.com/?id=%2Fpersonal%2F1A2B%2FDocuments%2FReports",
            "https://onedrive.live.com/redir?resid=1A2B!105&authkey=x",
        ] {
            assert_eq!(of(address), ["/drives/1A2B"], "{address}");
        }
    }

    #[test]
    fn other_texts_are_no_addresses() {
        for text in ["", "/me/drive", "me/drive", "/drives/b!x"] {
            assert!(parse(text).is_none(), "{text}");
        }
        for address in [
            "http://contoso.sharepoint.com/",
            "ftp://x/",
            "https://",
            "https://a:b@c/",
        ] {
            let error = parse(address).unwrap().unwrap_err();
            assert_eq!(error.argument(), Some("resource"), "{address}");
        }
    }

    #[test]
    fn a_response_names_the_drive_or_the_list() {
        let lookup = |lookup: Lookup, body: &str| lookup.resource(body.as_bytes());
        let path = String::new;
        assert_eq!(
            lookup(Lookup::Drive(path()), r#"{"id":"b!x"}"#).unwrap(),
            Resource::drive("b!x").unwrap()
        );
        let item = r#"{"id":"1","parentReference":{"driveId":"b!x"}}"#;
        assert_eq!(
            lookup(Lookup::Item(path()), item).unwrap(),
            Resource::drive("b!x").unwrap()
        );
        let list = r#"{"id":"l","parentReference":{"siteId":"a,b,c"}}"#;
        assert_eq!(
            lookup(Lookup::List(path()), list).unwrap(),
            Resource::site_list("a,b,c", "l").unwrap()
        );
        for body in [
            "",
            "{}",
            r#"{"id":"1"}"#,
            r#"{"id":"1","parentReference":{}}"#,
        ] {
            let error = lookup(Lookup::Item(path()), body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Protocol, "{body}");
        }
    }
}
