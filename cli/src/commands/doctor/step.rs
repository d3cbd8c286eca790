//! A step, as it is told.

use std::time::Duration;

use drivebell::{DiagnosisStep, Finding};

use super::Redaction;
use crate::exit;

#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) took: Duration,
    pub(crate) seen: Vec<(String, String)>,
    pub(crate) problem: Option<Problem>,
}

#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) what: String,
    pub(crate) advice: &'static str,
}

impl Step {
    pub(crate) fn of(finding: &Finding, redaction: &Redaction) -> Self {
        let told = |text: &str| redaction.told(text);
        let seen = finding.seen.iter();
        Self {
            name: finding.step.as_str(),
            took: finding.took,
            seen: seen
                .map(|(name, value)| (told(name), told(value)))
                .collect(),
            problem: finding.error.as_ref().map(|error| Problem {
                what: told(&exit::explain(error)),
                advice: advice(finding.step, error.status()),
            }),
        }
    }

    /// Everything went well, and nothing came.
    pub(crate) fn without_notification(waited: Duration) -> Self {
        Self {
            name: DiagnosisStep::Notification.as_str(),
            took: waited,
            seen: Vec::new(),
            problem: Some(Problem {
                what: "the connection is live, and no notification came".to_owned(),
                advice: "If something was changed meanwhile: of a SharePoint library only \
                         /drives/ID tells, and not /me/drive; of a folder that somebody shared, \
                         only the drive it lies in. Try again with a longer --wait: Microsoft \
                         documents five minutes at most.",
            }),
        }
    }
}

fn advice(step: DiagnosisStep, status: Option<u16>) -> &'static str {
    match (step, status) {
        (DiagnosisStep::Token, _) => {
            "Run what gives the token by itself; it has to print a token for Microsoft Graph, of a \
             user who has signed in."
        }
        (DiagnosisStep::Endpoint, Some(401)) => {
            "Get a new token, for https://graph.microsoft.com and with Files.Read at least."
        }
        (DiagnosisStep::Endpoint, Some(403)) => {
            "Consent to Files.Read (delegated) for the app that the token is for, and make sure \
             that the user can open the drive in a browser."
        }
        (DiagnosisStep::Endpoint, Some(404)) => {
            "Ask Graph for the drive itself, in Graph Explorer for instance: the id may be of \
             another thing."
        }
        (DiagnosisStep::Endpoint, Some(400)) => {
            "Where Graph says notSupported, it has been seen to pass: try again in some minutes, \
             and with /drives/ID instead of /me/drive."
        }
        (DiagnosisStep::Endpoint, Some(_)) => "Try again later; the request ids help support.",
        (DiagnosisStep::Endpoint, None) => {
            "Graph itself could not be asked: see whether this machine needs --proxy or \
             --ca-bundle."
        }
        (DiagnosisStep::Upgrade, Some(_)) => {
            "The server, or something before it, does not let a WebSocket through: try another \
             network, or --proxy; the headers above tell who answered."
        }
        (DiagnosisStep::Upgrade, None) => {
            "The notification host is another one than Graph's: a firewall may not know it. It \
             has to let HTTPS and WebSocket through to *.svc.ms."
        }
        (DiagnosisStep::Open, _) => {
            "A WebSocket that says nothing: something between may hold back what the server \
             sends. Try another network; if it stays so, please report it."
        }
        (DiagnosisStep::Join, _) => {
            "Nobody has described how the service refuses a namespace: please report it."
        }
        _ => "Nobody has described how the service ends a connection: please report it.",
    }
}
