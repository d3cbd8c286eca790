//! What `--token-command` prints.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde_json::Value;

pub(crate) struct CommandOutput {
    pub(crate) token: String,
    pub(crate) expires_at: Option<SystemTime>,
}

/// Reads a bare token, or JSON as `az account get-access-token`, `azd auth token` and the token
/// endpoints of OAuth print it.
///
/// No error quotes the output: it may be a token, or almost one.
pub(crate) fn parse(output: &str) -> Result<CommandOutput, String> {
    let output = output.trim_start_matches('\u{feff}').trim();
    if output.is_empty() {
        return Err("--token-command printed nothing".to_owned());
    }
    if !output.starts_with('{') {
        // `az ... --query accessToken` prints a JSON string.
        let token = serde_json::from_str(output).unwrap_or_else(|_| output.to_owned());
        if token.contains(char::is_whitespace) {
            return Err(
                "--token-command printed more than one word, so it is not a token".to_owned(),
            );
        }
        return Ok(CommandOutput {
            token,
            expires_at: None,
        });
    }
    let no_token = || {
        "--token-command printed JSON without a string accessToken, access_token or token"
            .to_owned()
    };
    let fields: Value = serde_json::from_str(output).map_err(|_| no_token())?;
    let token = ["accessToken", "access_token", "token"]
        .iter()
        .find_map(|name| fields[*name].as_str());
    Ok(CommandOutput {
        token: token.ok_or_else(no_token)?.to_owned(),
        expires_at: ["expires_on", "expiresOn"]
            .iter()
            .find_map(|name| instant(&fields[*name])),
    })
}

/// Seconds since 1970, or a date with its time zone. The Azure CLI's `expiresOn` is local time
/// without a zone, and is ignored.
fn instant(value: &Value) -> Option<SystemTime> {
    let seconds = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    if let Some(seconds) = seconds {
        return SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
    }
    let timestamp: Timestamp = value.as_str()?.parse().ok()?;
    timestamp.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(output: &str) -> (String, Option<u64>) {
        let parsed = parse(output).ok().unwrap();
        let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        (
            parsed.token,
            parsed.expires_at.map(|time| seconds(time).as_secs()),
        )
    }

    #[test]
    fn the_output_of_common_tools_is_read() {
        let bare = ("ey.x".to_owned(), None);
        let dated = ("ey.x".to_owned(), Some(1_700_000_000));
        for (output, expected) in [
            ("ey.x\n", &bare),
            ("\"ey.x\"\n", &bare),
            ("\u{feff}ey.x\r\n", &bare),
            (r#"{"accessToken":"ey.x"}"#, &bare),
            (
                r#"{"accessToken":"ey.x","expiresOn":"2023-11-14 22:13:20.000000"}"#,
                &bare,
            ),
            (
                r#"{"accessToken":"ey.x","expiresOn":"2023-11-14 23:13:20.000000",
                    "expires_on":1700000000,"subscription":"s","tenant":"t","tokenType":"Bearer"}"#,
                &dated,
            ),
            (
                r#"{"access_token":"ey.x","expires_on":"1700000000"}"#,
                &dated,
            ),
            (
                r#"{"token":"ey.x","expiresOn":"2023-11-14T22:13:20Z"}"#,
                &dated,
            ),
        ] {
            assert_eq!(&read(output), expected, "{output}");
        }
    }

    #[test]
    fn other_output_is_refused_and_not_quoted() {
        for output in [
            "",
            " \n",
            "{",
            r#"{"accessToken":7}"#,
            r#"{"secret":"s3cr3t"}"#,
        ] {
            let problem = parse(output).err().unwrap();
            assert!(!problem.contains("s3cr3t"), "{problem}");
        }
    }
}
