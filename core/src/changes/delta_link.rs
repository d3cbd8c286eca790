//! Which links the token may be sent to: Graph's own, and of a delta query.
//!
//! A checkpoint is a text that passes through the program's storage, and a page may come from someone
//! who plays Graph. Neither may choose another request for the token.

use reqwest::Url;

use crate::ApiVersion;

/// Why this link must not be followed, if it must not. `graph` is the origin of Graph.
pub(super) fn problem(link: &str, graph: &Url) -> Option<&'static str> {
    let Ok(url) = Url::parse(link) else {
        return Some("is not a URL");
    };
    if url.origin() != graph.origin() {
        return Some("does not lead to Microsoft Graph");
    }
    // It would become a second header `Authorization`.
    if !url.username().is_empty() || url.password().is_some() {
        return Some("contains a user name or password");
    }
    (!names_delta(url.path())).then_some("is not a link of a delta query")
}

/// Whether a path is `/{API version}/…/delta`, in any of Graph's forms: `delta`, `delta()`,
/// `delta(token='…')`, each with or without a namespace such as `microsoft.graph.`.
fn names_delta(path: &str) -> bool {
    let Some((version, path)) = path.strip_prefix('/').and_then(|path| path.split_once('/')) else {
        return false;
    };
    if version.parse::<ApiVersion>().is_err() {
        return false;
    }
    let path = without_arguments(path);
    let function = path.rsplit('/').next().unwrap_or_default();
    let name = function.rsplit('.').next().unwrap_or_default();
    name == "delta"
}

/// The path without the arguments of the function at its end. Unchanged if they could hide a further
/// segment: a slash is allowed only within quotes.
fn without_arguments(path: &str) -> &str {
    for (opening, closing, quote) in [("delta(", ")", "'"), ("delta%28", "%29", "%27")] {
        let Some((before, arguments)) = path
            .strip_suffix(closing)
            .and_then(|path| path.rsplit_once(opening))
        else {
            continue;
        };
        let quoted = arguments
            .strip_prefix("token=")
            .and_then(|text| text.strip_prefix(quote)?.strip_suffix(quote))
            .is_some_and(|token| !token.contains(['\'', '(', ')']) && !token.contains(quote));
        if quoted || !arguments.contains('/') {
            return &path[..before.len() + "delta".len()];
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem_of(link: &str) -> Option<&'static str> {
        problem(link, &Url::parse("https://graph.microsoft.com").unwrap())
    }

    #[test]
    fn the_forms_of_graphs_links_are_followed() {
        for path in [
            "/v1.0/me/drive/root/delta",
            "/v1.0/me/drive/root/delta?token=MzslMjMlMjMlMjM",
            "/v1.0/me/drive/root/delta()?$skiptoken=a%2Fb",
            "/v1.0/me/drive/delta(token=1230919asd190410jlka)",
            "/v1.0/me/drive/root/delta(token='1230919asd190410jlka')",
            "/v1.0/me/drive/root/delta(token='a/b+c==')?$top=5",
            "/v1.0/me/drive/root/delta%28token=%27a/b%27%29",
            "/v1.0/drives('b!x')/root/microsoft.graph.delta?token=a/../b",
            "/v1.0/drives/b!x/root/microsoft.graph.delta(token='a')",
            "/v1.0/drives/b!x/root:/folder:/delta?token=a",
            "/v1.0/sites/a,b,c/lists/l/items/delta?token=a",
            "/beta/drives/b!x/list/items/microsoft.graph.delta()?token=a",
        ] {
            let link = format!("https://graph.microsoft.com{path}");
            assert_eq!(problem_of(&link), None, "{link}");
        }
    }

    #[test]
    fn no_other_request_is_sent() {
        for path in [
            "",
            "/",
            "/delta",
            "/v1.0",
            "/v1.0/me/messages",
            "/v1.0/me/messages?x=/delta",
            "/v1.0/me/messages#/delta",
            "/v1.0/me/drive/root/delta/../../messages",
            "/v1.0/me/drive/root/delta/",
            "/v1.0/me/drive/root/deltas",
            "/v1.0/me/drive/root/xdelta",
            "/v1.0/me/drive/root/delta(token='a')/x",
            "/v1.0/me/drive/root/delta(token='a')/messages(x)",
            "/v1.0/delta(a)/me/messages('delta(x')",
            "/v1.0/delta(token='a')/me/messages('x')",
            "/v1.0/delta%28token=%27a%27%29/me/messages%28%27x%27%29",
            "/v2.0/me/drive/root/delta",
            "/me/drive/root/delta",
        ] {
            let link = format!("https://graph.microsoft.com{path}");
            let expected = Some("is not a link of a delta query");
            assert_eq!(problem_of(&link), expected, "{link}");
        }
    }

    #[test]
    fn the_token_goes_to_graph_alone_and_with_no_other_user() {
        const PATH: &str = "/v1.0/me/drive/root/delta";
        for origin in [
            "https://elsewhere.example",
            "http://graph.microsoft.com",
            "https://graph.microsoft.com:444",
            "https://graph.microsoft.com.example",
            "https://graph.microsoft.com@elsewhere.example",
        ] {
            let link = format!("{origin}{PATH}");
            let expected = Some("does not lead to Microsoft Graph");
            assert_eq!(problem_of(&link), expected, "{link}");
        }
        for user in ["u", "u:p", ":p"] {
            let link = format!("https://{user}@graph.microsoft.com{PATH}");
            let expected = Some("contains a user name or password");
            assert_eq!(problem_of(&link), expected, "{link}");
        }
        assert_eq!(problem_of("/v1.0/me"), Some("is not a URL"));
    }
}
