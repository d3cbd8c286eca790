use std::fmt::Write as _;

use async_nats::ServerAddr;

use super::values::show_duration;
use super::{Config, TokenService};
use crate::nats::Login;

impl Config {
    /// Everything that is in force, as `fleet.toml` could say it, without secrets.
    pub fn summary(&self) -> String {
        let mut text = String::new();
        self.write_summary(&mut text);
        text
    }

    fn write_summary(&self, text: &mut String) {
        let mut line = |name: &str, value: String| {
            let _ = writeln!(text, "{name} = {value}");
        };
        let quoted = |value: &str| format!("{value:?}");
        let duration = |value| format!("{:?}", show_duration(value));
        line("name", quoted(&self.name));
        line("worker", quoted(&self.worker));
        line("partitions", self.partitions.to_string());
        line("lease_time", duration(self.lease_time));
        line("capacity", self.capacity.to_string());
        let mut section = |name: &str, lines: Vec<(&str, String)>| {
            let _ = writeln!(text, "\n[{name}]");
            for (name, value) in lines {
                let _ = writeln!(text, "{name} = {value}");
            }
        };
        section("nats", self.nats_summary());
        for part in ["graph", "changes"] {
            let mut lines = Vec::new();
            if part == "graph" {
                lines.push(("app", quoted(&self.graph.app)));
            }
            let given = self
                .graph
                .given()
                .filter(|(section, _, _)| *section == part);
            lines.extend(given.map(|(_, name, value)| (name, value)));
            section(part, lines);
        }
        let mut tokens = match &self.tokens.service {
            TokenService::Nats { subject } => vec![("nats", quoted(subject))],
            TokenService::Http {
                url,
                header_file,
                ca_file,
            } => {
                // Its path and query may hold a secret.
                let origin = url.origin().ascii_serialization();
                let mut lines = vec![("http", quoted(&format!("{origin}/…")))];
                for (name, file) in [("header_file", header_file), ("tls_ca_file", ca_file)] {
                    if let Some(file) = file {
                        lines.push((name, quoted(&file.display().to_string())));
                    }
                }
                lines
            }
        };
        tokens.push(("timeout", duration(self.tokens.timeout)));
        section("tokens", tokens);
        let budget = &self.budget;
        section(
            "budget",
            vec![
                (
                    "resource_units_per_minute",
                    budget.resource_units_per_minute.to_string(),
                ),
                (
                    "endpoint_calls_per_second",
                    budget.endpoint_calls_per_second.to_string(),
                ),
                (
                    "requests_per_user_in_five_minutes",
                    budget.requests_per_user_in_five_minutes.to_string(),
                ),
            ],
        );
        let stream = &self.stream;
        let mut lines = Vec::new();
        lines.extend(
            stream
                .max_bytes
                .map(|bytes| ("max_bytes", bytes.to_string())),
        );
        lines.extend(stream.max_age.map(|age| ("max_age", duration(age))));
        lines.push(("discard", quoted(stream.discard.as_str())));
        let replicas = stream.replicas.unwrap_or(self.nats.replicas);
        lines.push(("replicas", replicas.to_string()));
        lines.push(("duplicate_window", duration(stream.duplicate_window)));
        section("stream", lines);
        let listen = self
            .http
            .map_or("off".to_owned(), |address| address.to_string());
        section("http", vec![("listen", quoted(&listen))]);
        let log = &self.log;
        section(
            "log",
            vec![
                ("format", quoted(log.format.as_str())),
                ("level", quoted(&log.filter.to_string())),
            ],
        );
    }

    fn nats_summary(&self) -> Vec<(&'static str, String)> {
        let nats = &self.nats;
        let servers: Vec<&str> = nats.servers.iter().map(ServerAddr::as_url_str).collect();
        let mut lines = vec![("servers", format!("{servers:?}"))];
        let redacted = || "\"[redacted]\"".to_owned();
        match &nats.login {
            Login::Anonymous => {}
            Login::Credentials(_) | Login::CredentialsFile(_) => {
                lines.push(("credentials_file", redacted()));
            }
            Login::Nkey(_) | Login::NkeyFile(_) => lines.push(("nkey_file", redacted())),
            Login::User { user, .. } => {
                lines.push(("user", format!("{user:?}")));
                lines.push(("password_file", redacted()));
            }
            Login::Token(_) => lines.push(("token_file", redacted())),
        }
        lines.push(("tls", nats.tls.required.to_string()));
        lines.push(("tls_first", nats.tls.first.to_string()));
        let quoted = |path: &std::path::Path| format!("{:?}", path.display().to_string());
        if let Some(file) = &nats.tls.ca_file {
            lines.push(("tls_ca_file", quoted(file)));
        }
        if let Some((certificate, key)) = &nats.tls.client {
            lines.push(("tls_cert_file", quoted(certificate)));
            lines.push(("tls_key_file", quoted(key)));
        }
        lines.push((
            "connect_timeout",
            format!("{:?}", show_duration(nats.connect_timeout)),
        ));
        lines.push((
            "request_timeout",
            format!("{:?}", show_duration(nats.request_timeout)),
        ));
        lines.push(("replicas", nats.replicas.to_string()));
        lines
    }
}
