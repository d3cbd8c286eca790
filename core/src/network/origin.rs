use std::net::IpAddr;

use reqwest::Url;

/// Why this crate must not connect to a URL, if it must not. Only https is allowed, and plain http
/// to this machine.
pub(crate) fn transport_problem(url: &Url) -> Option<String> {
    let Some(host) = url.host_str() else {
        return Some("has no host".to_owned());
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Some("contains a user name or password".to_owned());
    }
    match url.scheme() {
        "https" => None,
        "http" if is_loopback(host) => None,
        "http" => {
            Some("is not https (plain http is allowed to a loopback address only)".to_owned())
        }
        other => Some(format!("has the scheme {other:?}, not https")),
    }
}

/// Whether the host is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    // `resolve.rs` keeps it on this machine.
    bare.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
