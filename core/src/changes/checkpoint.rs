use std::str::FromStr;
use std::time::SystemTime;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::{Error, Resource, foreign_text};

/// Marks a text as a checkpoint, and its version.
const PREFIX: &str = "drivebell1.";

/// A longer name of a resource is cut where it is shown.
const MAX_RESOURCE: usize = 200;

/// Longer texts are no checkpoints: Graph's links have some hundred characters.
const MAX_CHECKPOINT: usize = 1024 * 1024;

/// Where a stream of changes begins.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Since {
    /// Enumerates all items, then continues with what changes.
    Start,
    /// Skips the enumeration and reports only what changes from now on.
    Now,
    /// Continues after a batch, from its [`checkpoint`](crate::ChangeBatch::checkpoint).
    Checkpoint(String),
}

impl FromStr for Since {
    type Err = Error;

    /// Reads `start`, `now` or the checkpoint of a batch.
    ///
    /// # Errors
    /// `InvalidArgument` for any other text.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "start" => Ok(Self::Start),
            "now" => Ok(Self::Now),
            checkpoint if decode(checkpoint).is_some() => {
                Ok(Self::Checkpoint(checkpoint.to_owned()))
            }
            _ => Err(Error::invalid_argument(
                "since",
                "must be `start`, `now` or the checkpoint of a batch, unchanged",
            )),
        }
    }
}

/// The address of the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Link {
    /// The beginning of an enumeration.
    Start,
    /// The current end of the change feed, without an enumeration.
    Latest,
    /// A link that Graph sent, unchanged.
    Url(String),
}

/// The progress of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) link: Link,
    /// The link leads to a further page of a query.
    pub(super) midway: bool,
    pub(super) snapshot: Option<String>,
    pub(super) overlap: Option<Overlap>,
    pub(super) audit: Option<AuditPosition>,
    /// When the last enumeration or audit ended; in an old checkpoint, when it was read. `None` for a
    /// stream without audits, and before the end of the first enumeration.
    pub(super) enumerated_at: Option<SystemTime>,
    /// It began at `now`, so that nothing of it can be audited.
    pub(super) began_now: bool,
}

/// An earlier delta link, from which one more query is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Overlap {
    pub(super) link: String,
    /// When Graph issued the link that is not trusted yet.
    #[serde(with = "seconds")]
    pub(super) since: SystemTime,
}

/// The progress of an audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AuditPosition {
    pub(super) snapshot: String,
    /// The delta link from before it began.
    pub(super) origin: String,
    /// Its next page; `None` after the last one.
    pub(super) next: Option<String>,
}

/// The content of a checkpoint. The first version had the first three fields.
#[derive(Serialize, Deserialize)]
struct Content {
    resource: String,
    link: String,
    snapshot: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    midway: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    overlap: Option<Overlap>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    audit: Option<AuditPosition>,
    /// In seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enumerated_at: Option<u64>,
    #[serde(default, skip_serializing_if = "is_false")]
    began_now: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// A time in whole seconds since 1970.
mod seconds {
    use std::time::{Duration, SystemTime};

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn of(time: SystemTime) -> u64 {
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        since.unwrap_or_default().as_secs()
    }

    /// Now, for a time that the clock cannot count.
    pub(super) fn time(seconds: u64) -> SystemTime {
        let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
        time.unwrap_or_else(SystemTime::now)
    }

    pub(super) fn serialize<S: Serializer>(time: &SystemTime, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(of(*time))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SystemTime, D::Error> {
        u64::deserialize(from).map(time)
    }
}

impl Position {
    /// Whether the first enumeration has not ended.
    pub(super) fn is_initial(&self) -> bool {
        self.enumerated_at.is_none() && !self.began_now
    }

    /// # Errors
    /// `InvalidArgument` for a text that is not a checkpoint, or a checkpoint of another resource.
    pub(super) fn of(since: &Since, resource: &Resource) -> Result<Self, Error> {
        let text = match since {
            Since::Start => {
                return Ok(Self::beginning(Link::Start, Some(new_snapshot(None))));
            }
            Since::Now => {
                return Ok(Self::beginning(Link::Latest, None));
            }
            Since::Checkpoint(text) => text,
        };
        let refuse = |problem: String| Error::invalid_argument("since", problem);
        let content = decode(text).ok_or_else(|| {
            refuse(
                "is not a checkpoint of drivebell: pass the checkpoint of a batch, unchanged"
                    .to_owned(),
            )
        })?;
        if content.resource != resource.to_string() {
            let other = foreign_text::beginning(&content.resource, MAX_RESOURCE);
            return Err(refuse(format!(
                "is a checkpoint of {other}, not of {resource}"
            )));
        }
        let began_now = content.began_now || content.snapshot.is_none();
        let enumerated_at = match content.enumerated_at {
            Some(seconds) => Some(seconds::time(seconds)),
            None if began_now || content.midway => None,
            None => Some(SystemTime::now()),
        };
        Ok(Self {
            link: Link::Url(content.link),
            midway: content.midway,
            snapshot: content.snapshot,
            overlap: content.overlap,
            audit: content.audit,
            enumerated_at,
            began_now,
        })
    }

    fn beginning(link: Link, snapshot: Option<String>) -> Self {
        Self {
            link,
            midway: false,
            began_now: snapshot.is_none(),
            snapshot,
            overlap: None,
            audit: None,
            enumerated_at: None,
        }
    }

    /// Every link of Graph in it.
    pub(super) fn links(&self) -> impl Iterator<Item = &str> {
        let link = match &self.link {
            Link::Url(url) => Some(url.as_str()),
            Link::Start | Link::Latest => None,
        };
        let overlap = self.overlap.as_ref().map(|overlap| overlap.link.as_str());
        let audit = self
            .audit
            .iter()
            .flat_map(|audit| std::iter::once(audit.origin.as_str()).chain(audit.next.as_deref()));
        link.into_iter().chain(overlap).chain(audit)
    }

    /// `None` before the first page.
    pub(super) fn checkpoint(&self, resource: &Resource) -> Option<String> {
        let Link::Url(link) = &self.link else {
            return None;
        };
        let content = Content {
            resource: resource.to_string(),
            link: link.clone(),
            midway: self.midway,
            snapshot: self.snapshot.clone(),
            overlap: self.overlap.clone(),
            audit: self.audit.clone(),
            enumerated_at: self.enumerated_at.map(seconds::of),
            began_now: self.began_now && self.snapshot.is_some(),
        };
        let json = serde_json::to_vec(&content).expect("strings serialize");
        Some(format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&json)))
    }
}

/// The name of a snapshot, which sorts after all earlier ones: a consumer that lost a checkpoint
/// must still see which of its marks are older.
pub(super) fn new_snapshot(before: Option<&str>) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let micros = u64::try_from(now.unwrap_or_default().as_micros()).unwrap_or(u64::MAX);
    let after = before
        .and_then(|before| u64::from_str_radix(before, 16).ok())
        .map_or(0, |before| before.saturating_add(1));
    format!("{:016x}", micros.max(after))
}

fn decode(text: &str) -> Option<Content> {
    if text.len() > MAX_CHECKPOINT {
        return None;
    }
    let bytes = BASE64URL_NOPAD
        .decode(text.trim().strip_prefix(PREFIX)?.as_bytes())
        .ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_restores_its_position() {
        let resource = Resource::my_drive();
        let link = Link::Url("https://host/v1.0/delta(token='a+b%2F')?x=\u{e9}".to_owned());
        let then = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(7);
        let full = Position {
            midway: true,
            overlap: Some(Overlap {
                link: "https://host/before".to_owned(),
                since: then,
            }),
            audit: Some(AuditPosition {
                snapshot: "t".to_owned(),
                origin: "https://host/origin".to_owned(),
                next: Some("https://host/next".to_owned()),
            }),
            enumerated_at: Some(then),
            ..Position::beginning(link.clone(), Some("s".to_owned()))
        };
        assert_eq!(full.links().count(), 4);
        let now = Position::beginning(link, None);
        let enumerated_since = Position {
            snapshot: Some("s".to_owned()),
            ..now.clone()
        };
        for position in [full, now, enumerated_since] {
            let text = position.checkpoint(&resource).unwrap();
            assert!(text.is_ascii());
            let since = Since::Checkpoint(format!("{text}\n"));
            assert_eq!(Position::of(&since, &resource).unwrap(), position);
        }
        for since in [Since::Start, Since::Now] {
            let position = Position::of(&since, &resource).unwrap();
            assert_eq!(position.checkpoint(&resource), None);
        }
    }

    /// It need not be the end of an enumeration, so the audit waits for a whole interval.
    #[test]
    fn a_checkpoint_of_the_first_form_is_accepted() {
        let json = r#"{"resource":"/me/drive/root","link":"https://host/","snapshot":"s"}"#;
        let text = format!("{PREFIX}{}", BASE64URL_NOPAD.encode(json.as_bytes()));
        let before = SystemTime::now();
        let position = Position::of(&Since::Checkpoint(text), &Resource::my_drive()).unwrap();
        assert!(position.enumerated_at.unwrap() >= before);
        let link = Link::Url("https://host/".to_owned());
        let plain = Position::beginning(link, Some("s".to_owned()));
        let expected = Position {
            enumerated_at: position.enumerated_at,
            ..plain
        };
        assert_eq!(position, expected);
    }

    #[test]
    fn a_beginning_is_read_from_a_text() {
        let position = Position::beginning(Link::Url("https://host/".to_owned()), None);
        let checkpoint = position.checkpoint(&Resource::my_drive()).unwrap();
        assert_eq!("start".parse::<Since>().unwrap(), Since::Start);
        assert_eq!("now".parse::<Since>().unwrap(), Since::Now);
        let since: Since = checkpoint.parse().unwrap();
        assert_eq!(since, Since::Checkpoint(checkpoint));
        for text in ["", "Start", "later", "drivebell1.", "drivebell1.e30"] {
            let error = text.parse::<Since>().unwrap_err();
            assert_eq!(error.argument(), Some("since"), "{text}");
        }
    }

    #[test]
    fn a_snapshot_sorts_after_the_previous_one_even_if_the_clock_is_set_back() {
        let first = new_snapshot(None);
        assert!(new_snapshot(Some(&first)) > first);
        let ahead = format!("{:016x}", u64::MAX - 1);
        assert!(new_snapshot(Some(&ahead)) > ahead);
        assert_eq!(new_snapshot(Some("not ours")).len(), first.len());
    }

    #[test]
    fn a_hostile_checkpoint_does_not_act_on_a_terminal() {
        let resource = format!("/drives/\u{1b}[2J\n{}", "x".repeat(1000));
        let content = serde_json::json!({"resource": resource, "link": "https://host/"});
        let json = serde_json::to_vec(&content).unwrap();
        let text = format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&json));
        let error = Position::of(&Since::Checkpoint(text), &Resource::my_drive()).unwrap_err();
        let shown = error.message();
        assert!(shown.contains("/drives/\u{fffd}[2J x"), "{shown}");
        assert!(shown.len() < 300, "{shown}");
    }

    #[test]
    fn other_texts_and_resources_are_invalid_arguments() {
        let resource = Resource::my_drive();
        let position = Position::beginning(Link::Url("https://host/".to_owned()), None);
        let foreign = position
            .checkpoint(&Resource::drive("b!x").unwrap())
            .unwrap();
        for text in [
            "",
            "start",
            "drivebell1.",
            "drivebell1.%",
            "drivebell1.e30",
            &foreign,
        ] {
            let since = Since::Checkpoint(text.to_owned());
            let error = Position::of(&since, &resource).unwrap_err();
            assert_eq!(error.argument(), Some("since"), "{text}");
        }
    }
}
