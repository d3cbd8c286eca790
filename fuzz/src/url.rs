use drivebell::{ErrorKind, fuzzing};

/// A notification URL, and on the next line a text of its server.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (address, said) = text.split_once('\n').unwrap_or((&text, ""));
    match fuzzing::Url::parse(address) {
        Ok(url) => {
            let _ = (url.namespace(), url.engine_uri());
            let query = address.split('#').next().unwrap_or_default();
            let query = query.split_once('?').map_or("", |(_, query)| query);
            let values = query
                .split('&')
                .map(|pair| pair.split_once('=').map_or(pair, |it| it.1));
            // A secret of replacement characters is found in every text that had others replaced.
            let is_secret =
                |text: &&str| text.len() >= 8 && !text.contains(char::REPLACEMENT_CHARACTER);
            for secret in values.chain([query]).filter(is_secret) {
                for shown in [url.redact(said), url.redact(&format!("no {secret}!"))] {
                    // A secret may be a part of the mark that replaces it.
                    assert!(shown == "[redacted]" || !shown.contains(secret), "{shown}");
                    crate::assert_presentable(&shown);
                }
            }
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Protocol);
            crate::assert_hidden(&format!("{error}{error:?}"));
            crate::assert_presentable(&error.to_string());
        }
    }
}
