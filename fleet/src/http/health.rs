use serde_json::{Value, json};

use crate::status::{WorkerState, WorkerView};

/// Whether the worker follows what it owns and has reached NATS lately, and what to answer.
pub(super) fn health(view: &WorkerView) -> (bool, Value) {
    let reason = reason(view);
    let mut body = json!({
        "status": if reason.is_none() { "ok" } else { "unavailable" },
        "worker": view.worker,
        "state": view.state.as_str(),
        "partitions": view.partitions,
    });
    if let Some(reason) = &reason {
        body["reason"] = json!(reason);
    }
    (reason.is_none(), body)
}

fn reason(view: &WorkerView) -> Option<String> {
    let nats = &view.nats;
    if nats.since_contact > nats.lease_time {
        return Some(format!(
            "NATS has not answered for {:.1} s, longer than the lease time of {:.1} s: other workers \
             may have taken the drives; check the connection to NATS",
            nats.since_contact.as_secs_f64(),
            nats.lease_time.as_secs_f64(),
        ));
    }
    if let Some(trouble) = &view.trouble {
        return Some(trouble.clone());
    }
    match view.state {
        WorkerState::Starting => Some("the worker is starting".to_owned()),
        WorkerState::Draining => Some("the worker hands its drives over, and ends".to_owned()),
        WorkerState::Running => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::status::NatsView;

    fn running() -> WorkerView {
        WorkerView {
            worker: "w-1".to_owned(),
            state: WorkerState::Running,
            nats: NatsView {
                connected: true,
                lease_time: Duration::from_secs(8),
                since_contact: Duration::from_secs(8),
                ..NatsView::default()
            },
            ..WorkerView::default()
        }
    }

    #[test]
    fn a_worker_that_follows_and_reaches_nats_is_well() {
        let (is_well, body) = health(&running());
        assert!(is_well);
        assert_eq!(body["status"], "ok");
        assert!(body.get("reason").is_none());
    }

    #[test]
    fn any_other_says_why() {
        let mut cut_off = running();
        cut_off.nats.since_contact = Duration::from_millis(8001);
        let mut troubled = running();
        troubled.trouble = Some("the list of drives cannot be read".to_owned());
        let mut starting = running();
        starting.state = WorkerState::Starting;
        let mut draining = running();
        draining.state = WorkerState::Draining;
        for (view, says) in [
            (cut_off, "NATS has not answered for 8.0 s"),
            (troubled, "list of drives"),
            (starting, "starting"),
            (draining, "hands its drives over"),
        ] {
            let (is_well, body) = health(&view);
            assert!(!is_well);
            assert_eq!(body["status"], "unavailable");
            let reason = body["reason"].as_str().unwrap();
            assert!(reason.contains(says), "{reason}");
        }
    }
}
