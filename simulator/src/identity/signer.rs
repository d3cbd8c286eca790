//! Signs what the service issues, so that it recognises it without storing it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha1::{Digest, Sha1};
use uuid::Uuid;

/// The header of Microsoft's tokens. The signature below it is not RSA: only Graph reads an access
/// token, and clients do not verify an id token that came from the token endpoint.
const HEADER: &str = r#"{"typ":"JWT","alg":"RS256","kid":"simulator"}"#;

pub(super) struct Signer {
    secret: Uuid,
}

impl Signer {
    pub(super) fn new() -> Self {
        Self {
            secret: Uuid::new_v4(),
        }
    }

    pub(super) fn jwt(&self, claims: &impl Serialize) -> String {
        let head = URL_SAFE_NO_PAD.encode(HEADER);
        self.seal(&head, claims)
    }

    /// The claims of a JWT that this run of the simulator signed.
    pub(super) fn read_jwt<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        let (_, claims) = self.open(token)?;
        Some(claims)
    }

    /// Like a JWT, but `kind` is in place of the header.
    pub(super) fn seal(&self, kind: &str, content: &impl Serialize) -> String {
        let content = serde_json::to_vec(content).unwrap_or_default();
        let signed = format!("{kind}.{}", URL_SAFE_NO_PAD.encode(content));
        let signature = URL_SAFE_NO_PAD.encode(self.signature(&signed));
        format!("{signed}.{signature}")
    }

    /// The kind and the content of what [`Self::seal`] wrote.
    pub(super) fn open<'a, T: DeserializeOwned>(&self, text: &'a str) -> Option<(&'a str, T)> {
        let (signed, signature) = text.rsplit_once('.')?;
        if URL_SAFE_NO_PAD.decode(signature).ok()? != self.signature(signed) {
            return None;
        }
        let (kind, content) = signed.split_once('.')?;
        let content = URL_SAFE_NO_PAD.decode(content).ok()?;
        Some((kind, serde_json::from_slice(&content).ok()?))
    }

    fn signature(&self, text: &str) -> [u8; 20] {
        let digest = Sha1::new().chain_update(self.secret.as_bytes());
        digest.chain_update(text.as_bytes()).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_unchanged_tokens() {
        let signer = Signer::new();
        let token = signer.jwt(&["a"]);
        assert_eq!(token.split('.').count(), 3);
        assert_eq!(
            signer.read_jwt::<Vec<String>>(&token),
            Some(vec!["a".into()])
        );
        assert_eq!(Signer::new().read_jwt::<Vec<String>>(&token), None);
        let other = signer.jwt(&["b"]);
        let (start, _) = token.rsplit_once('.').expect("a JWT");
        let (_, signature) = other.rsplit_once('.').expect("a JWT");
        let mixed = format!("{start}.{signature}");
        assert_eq!(signer.read_jwt::<Vec<String>>(&mixed), None);
        assert_eq!(signer.read_jwt::<Vec<String>>("opaque"), None);
    }
}
