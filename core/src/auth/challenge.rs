use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// The claims that a new token must satisfy, from the challenge of a 401: JSON for identity
/// libraries.
///
/// Continuous Access Evaluation sends them in the challenge as `claims="<base64>"`:
/// <https://learn.microsoft.com/entra/identity-platform/claims-challenge>.
pub(crate) fn claims(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|challenge| challenge.to_str().ok())
        .find_map(|challenge| decode(parameter(challenge, "claims")?))
}

/// The value of `name="value"`, whole words only and outside other quoted values.
fn parameter<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    // The first parameter follows the name of the scheme.
    let mut rest = challenge.trim_start().split_once(' ')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_once(',').unwrap_or((after, "")),
        };
        // In the same header another scheme may follow, whose name precedes its first key.
        let key = key.trim_start_matches([',', ' ']).trim_end();
        let key = key.rsplit(' ').next().unwrap_or(key);
        if key.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = after;
    }
}

fn decode(base64: &str) -> Option<String> {
    let bytes = [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD]
        .iter()
        .find_map(|encoding| encoding.decode(base64.as_bytes()).ok())?;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims_of(challenges: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for challenge in challenges {
            headers.append(WWW_AUTHENTICATE, challenge.parse().unwrap());
        }
        claims(&headers)
    }

    #[test]
    fn finds_the_documented_challenge() {
        let challenge = "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
            client_id=\"00000003-0000-0000-c000-000000000000\", error=\"insufficient_claims\", \
            claims=\"eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNjA0MTA2NjUxIn19fQ==\"";
        let expected = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;
        assert_eq!(claims_of(&[challenge]).as_deref(), Some(expected));
        assert_eq!(
            claims_of(&["Basic", "Digest x=1", challenge]).as_deref(),
            Some(expected)
        );
        let unpadded = challenge.replace("==\"", "\"");
        assert_eq!(claims_of(&[&unpadded]).as_deref(), Some(expected));
    }

    #[test]
    fn other_challenges_have_none() {
        for challenge in [
            "",
            "Bearer",
            "Bearer realm=\"\"",
            "Bearer realm=\"claims=e30=\"",
            "Bearer claims=\"e30=",
            "Bearer claims=\"?\"",
            "Bearer myclaims=\"e30=\"",
            "Bearer claims",
        ] {
            assert_eq!(claims_of(&[challenge]), None, "{challenge}");
        }
        assert_eq!(
            claims_of(&["Bearer a=b, Claims=e30="]).as_deref(),
            Some("{}")
        );
        assert_eq!(
            claims_of(&["Basic x=\"1\", Bearer claims=\"e30=\""]).as_deref(),
            Some("{}")
        );
    }
}
