//! One step of the report: a finding of the library, without ids and with advice.

use std::time::Duration;

use drivebell::{DiagnosisStep, Finding};

use super::redaction::Redaction;
use crate::exit;
use crate::token::Source;

#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) took: Duration,
    pub(super) seen: Vec<(String, String)>,
    pub(super) problem: Option<Problem>,
}

#[derive(Debug)]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) advice: &'static str,
    /// The page about the step.
    pub(super) help_url: String,
}

impl Step {
    pub(super) fn new(finding: &Finding, redaction: &Redaction) -> Self {
        let redact = |text: &str| redaction.redact(text);
        let seen = finding.facts.iter();
        Self {
            name: finding.step.as_str(),
            took: finding.took,
            seen: seen
                .map(|(name, value)| (redact(name), redact(value)))
                .collect(),
            problem: finding.error.as_ref().map(|error| Problem {
                message: redact(&exit::explain(error)),
                advice: advice(finding.step, error.status()),
                help_url: finding.step.help_url(),
            }),
        }
    }

    /// Says first where the token comes from.
    pub(super) fn add_source(&mut self, source: &Source, redaction: &Redaction) {
        let source = redaction.redact(&source.to_string());
        self.seen.insert(0, ("source".to_owned(), source));
    }

    /// The connection is live, but no notification came.
    pub(super) fn without_notification(waited: Duration) -> Self {
        Self {
            name: DiagnosisStep::Notification.as_str(),
            took: waited,
            seen: Vec::new(),
            problem: Some(Problem {
                message: "the connection is live, but no notification came".to_owned(),
                advice: "Did something change in the drive meanwhile? For a SharePoint library, use \
                         /drives/ID: /me/drive does not notify. For a folder that somebody shared \
                         with you, use the drive that holds it. Or try again with a longer --wait: \
                         Microsoft documents five minutes at most.",
                help_url: DiagnosisStep::Notification.help_url(),
            }),
        }
    }
}

fn advice(step: DiagnosisStep, status: Option<u16>) -> &'static str {
    match (step, status) {
        (DiagnosisStep::Token, _) => {
            "Run the source of the token alone: it must give a token for Microsoft Graph, of a user \
             who has signed in. `drivebell whoami` tries the login."
        }
        (DiagnosisStep::Endpoint, Some(401)) => {
            "Get a new token, for https://graph.microsoft.com and with Files.Read at least: `drivebell \
             login` gives one."
        }
        (DiagnosisStep::Endpoint, Some(403)) => {
            "Consent to Files.Read (delegated) for the app of the token, and check that the user can \
             open the drive in a browser."
        }
        (DiagnosisStep::Endpoint, Some(404)) => {
            "Request the drive itself, in Graph Explorer for instance: the id may belong to \
             something else."
        }
        (DiagnosisStep::Endpoint, Some(400)) => {
            "If Graph says notSupported, it may be temporary: try again in some minutes, and with \
             /drives/ID instead of /me/drive."
        }
        (DiagnosisStep::Endpoint, Some(_)) => "Try again later; the request ids help support.",
        (DiagnosisStep::Endpoint, None) => {
            "Graph cannot be reached: check whether this machine needs --proxy or --ca-bundle."
        }
        (DiagnosisStep::Upgrade, Some(_)) => {
            "The server, or a proxy before it, does not allow WebSocket: try another network, or \
             --proxy. The headers above show who responded."
        }
        (DiagnosisStep::Upgrade, None) => {
            "The notification host is not Graph's host, and a firewall may block it: it must allow \
             HTTPS and WebSocket to *.svc.ms."
        }
        (DiagnosisStep::Open, _) => {
            "The WebSocket is open but silent: a proxy may hold back the server's data. Try another \
             network; if that does not help, please report it."
        }
        (DiagnosisStep::Join, _) => {
            "It is not documented how the service refuses a namespace: please report it."
        }
        _ => "It is not documented how the service ends a connection: please report it.",
    }
}
