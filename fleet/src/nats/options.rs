use std::path::PathBuf;
use std::time::Duration;

use crate::Secret;

/// How to reach NATS.
#[derive(Debug, Clone)]
pub struct NatsOptions {
    /// The addresses of servers, as `nats://host:4222` or `tls://host:4222`. Other servers of their
    /// cluster are found by themselves.
    pub servers: Vec<String>,
    /// What servers call this connection where they list connections.
    pub name: String,
    /// Who this is.
    pub login: Login,
    /// How to encrypt.
    pub tls: Tls,
    /// How long one attempt to connect may take.
    pub connect_timeout: Duration,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// Whether to wait until a server can be reached when the program starts, instead of failing. What
    /// waiting cannot cure fails in any case.
    pub wait_for_server: bool,
}

impl Default for NatsOptions {
    fn default() -> Self {
        Self {
            servers: vec!["nats://127.0.0.1:4222".to_owned()],
            name: "drivebell-fleet".to_owned(),
            login: Login::Anonymous,
            tls: Tls::default(),
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(10),
            wait_for_server: false,
        }
    }
}

/// What this program shows a server, to be let in.
#[derive(Debug, Clone, Default)]
pub enum Login {
    /// Nothing.
    #[default]
    Anonymous,
    /// The content of a credentials file, as `nsc` writes it: a JWT and the seed of its key.
    Credentials(Secret),
    /// A credentials file.
    CredentialsFile(PathBuf),
    /// The seed of an nkey.
    Nkey(Secret),
    /// A file with the seed of an nkey.
    NkeyFile(PathBuf),
    /// A user with a password.
    User {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A token.
    Token(Secret),
}

/// How connections to NATS are encrypted.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Refuse a server without TLS. A server of `tls://` is refused without it anyway.
    pub required: bool,
    /// Begin with TLS instead of the server's greeting.
    pub first: bool,
    /// A file of certificates to trust beside the system's, in PEM.
    pub ca_file: Option<PathBuf>,
    /// The files of this program's certificate and of its key, in PEM.
    pub client: Option<(PathBuf, PathBuf)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_shown() {
        let logins = [
            Login::Credentials(Secret::new("s3cret")),
            Login::Nkey(Secret::new("s3cret")),
            Login::Token(Secret::new("s3cret")),
            Login::User {
                user: "kim".to_owned(),
                password: Secret::new("s3cret"),
            },
        ];
        for login in logins {
            let options = NatsOptions {
                login,
                ..NatsOptions::default()
            };
            let shown = format!("{options:?}");
            assert!(!shown.contains("s3cret"), "{shown}");
        }
    }
}
