//! The findings of `diagnose` on the way to a notification.

use drivebell::{Client, DiagnosisStep, ErrorKind, Finding, Resource};

use crate::support::graph::{QUERY, TOKEN, client};
use crate::support::service::{Server, on_both_servers};
use crate::support::within;

async fn walk(client: &Client) -> (Vec<Finding>, Option<drivebell::Diagnosis>) {
    let mut findings = Vec::new();
    let resource = Resource::my_drive();
    let live = within(client.diagnose(&resource, |finding| findings.push(finding))).await;
    (findings, live)
}

fn value<'a>(findings: &'a [Finding], name: &str) -> Option<&'a str> {
    let mut facts = findings.iter().flat_map(|finding| &finding.facts);
    facts
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

async fn every_step_is_reported_without_a_secret(server: Server) {
    use DiagnosisStep::{Endpoint, Expiry, Join, Open, Token, Upgrade};
    let service = server.start().await;
    let (findings, live) = walk(&client(service.base_url())).await;
    let steps: Vec<_> = findings.iter().map(|finding| finding.step).collect();
    assert_eq!(steps, [Token, Endpoint, Expiry, Upgrade, Open, Join]);
    assert_eq!(value(&findings, "status"), Some("101"));
    assert!(value(&findings, "open packet pingInterval").is_some());
    assert!(value(&findings, "open packet sid").is_some());
    let text = format!("{findings:?}");
    for secret in [TOKEN, QUERY] {
        assert!(!text.contains(secret), "{text}");
    }
    within(live.expect("live").close()).await;
}
on_both_servers!(every_step_is_reported_without_a_secret);

#[tokio::test]
async fn a_diagnosis_ends_with_the_step_that_fails() {
    let unreachable = client("http://127.0.0.1:1");
    let (findings, live) = walk(&unreachable).await;
    assert!(live.is_none());
    let last = findings.last().expect("a step");
    assert_eq!(last.step, DiagnosisStep::Endpoint);
    let error = last.error.as_ref().expect("an error");
    assert_eq!(error.kind(), ErrorKind::ConnectionFailed);
    assert_eq!(findings.len(), 2);
}
