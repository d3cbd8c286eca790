//! Whether what exists on the server fits what a fleet needs. Nothing is changed.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, RetentionPolicy};

use super::{NatsError, NatsErrorKind};

/// A batch that is published again within this time must not count twice.
const SHORTEST_WINDOW: Duration = Duration::from_secs(60);

/// Checks what the stream of a bucket, or the stream of changes, must be in any case.
fn common(config: &Config, what: &str) -> Result<(), NatsError> {
    let name = &config.name;
    if config.mirror.is_some() {
        return refuse(format!(
            "{what} is a mirror, to which nothing can be written: connect to the server that has the \
             original, or choose another name for the fleet"
        ));
    }
    if config.sealed {
        return refuse(format!(
            "{what} is sealed, and takes nothing more: choose another name for the fleet"
        ));
    }
    if config.no_ack {
        return refuse(format!(
            "{what} acknowledges nothing (no_ack), so nobody knows what it has stored: create the \
             stream {name} again without it"
        ));
    }
    if !config.allow_direct {
        return refuse(format!(
            "{what} does not allow direct reads: run `nats stream edit {name} --allow-direct`"
        ));
    }
    Ok(())
}

/// Checks a bucket that exists. `keeps`: its records must stay until they are deleted.
pub(super) fn bucket(config: &Config, bucket: &str, keeps: bool) -> Result<(), NatsError> {
    let what = format!("the bucket {bucket}");
    common(config, &what)?;
    let subject = format!("$KV.{bucket}.>");
    if !config.subjects.contains(&subject) {
        return refuse(format!(
            "{what} is no bucket: its stream {} lacks the subject {subject}; delete it, or choose \
             another name for the fleet",
            config.name,
        ));
    }
    if keeps && !config.max_age.is_zero() {
        return refuse(format!(
            "{what} forgets its records after {:?}, and the fleet with them: run `nats stream edit {} \
             --max-age=0`",
            config.max_age, config.name,
        ));
    }
    Ok(())
}

/// Checks a stream of changes that exists. Its limits are the user's.
pub(super) fn changes(config: &Config, subjects: &[String]) -> Result<(), NatsError> {
    let name = &config.name;
    let what = format!("the stream {name}");
    common(config, &what)?;
    if let Some(subject) = subjects
        .iter()
        .find(|subject| !config.subjects.iter().any(|has| covers(has, subject)))
    {
        return refuse(format!(
            "{what} does not take the subject {subject}: run `nats stream edit {name} --subjects={}`, \
             or choose another name for the fleet",
            subjects.join(","),
        ));
    }
    if config.retention != RetentionPolicy::Limits {
        return refuse(format!(
            "{what} drops messages when they are consumed ({:?}), and the fleet's fences with them: \
             create it again with `--retention=limits`",
            config.retention,
        ));
    }
    if config.subject_transform.is_some() {
        return refuse(format!(
            "{what} changes the subjects of messages, and fences do not work there: remove its subject \
             transform"
        ));
    }
    if config.duplicate_window < SHORTEST_WINDOW {
        return refuse(format!(
            "{what} drops repeated messages for {:?} only, and drivebell-fleet needs {SHORTEST_WINDOW:?} \
             at least: run `nats stream edit {name} --dupe-window=10m`",
            config.duplicate_window,
        ));
    }
    Ok(())
}

/// Whether a subject of a stream takes everything of another one.
fn covers(has: &str, subject: &str) -> bool {
    let (mut has, mut subject) = (has.split('.'), subject.split('.'));
    loop {
        match (has.next(), subject.next()) {
            (Some(">"), Some(_)) | (None, None) => return true,
            (Some("*"), Some(token)) if token != ">" => {}
            (Some(has), Some(token)) if has == token => {}
            _ => return false,
        }
    }
}

fn refuse(message: String) -> Result<(), NatsError> {
    Err(NatsError::new(NatsErrorKind::Mismatch, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_cover_subjects() {
        for (has, subject) in [
            (">", "a.changes.>"),
            ("a.>", "a.changes.>"),
            ("a.>", "a.fence.*"),
            ("a.*.*", "a.fence.*"),
            ("a.changes.>", "a.changes.>"),
        ] {
            assert!(covers(has, subject), "{has} {subject}");
        }
        for (has, subject) in [
            ("a.changes.*", "a.changes.>"),
            ("a.changes", "a.changes.>"),
            ("b.>", "a.changes.>"),
            ("a.fence.p1", "a.fence.*"),
        ] {
            assert!(!covers(has, subject), "{has} {subject}");
        }
    }
}
