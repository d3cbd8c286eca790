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
    pub(super) snapshot: Option<String>,
}

/// The content of a checkpoint.
#[derive(Serialize, Deserialize)]
struct Content {
    resource: String,
    link: String,
    snapshot: Option<String>,
}

impl Position {
    /// # Errors
    /// `InvalidArgument` for a text that is not a checkpoint, or a checkpoint of another resource.
    pub(super) fn of(since: &Since, resource: &Resource) -> Result<Self, Error> {
        let text = match since {
            Since::Start => {
                return Ok(Self {
                    link: Link::Start,
                    snapshot: Some(new_snapshot(None)),
                });
            }
            Since::Now => {
                return Ok(Self {
                    link: Link::Latest,
                    snapshot: None,
                });
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
        Ok(Self {
            link: Link::Url(content.link),
            snapshot: content.snapshot,
        })
    }

    /// `None` before the first page.
    pub(super) fn checkpoint(&self, resource: &Resource) -> Option<String> {
        let Link::Url(link) = &self.link else {
            return None;
        };
        let content = Content {
            resource: resource.to_string(),
            link: link.clone(),
            snapshot: self.snapshot.clone(),
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
        for snapshot in [None, Some("s".to_owned())] {
            let position = Position {
                link: Link::Url("https://host/v1.0/delta(token='a+b%2F')?x=\u{e9}".to_owned()),
                snapshot,
            };
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

    #[test]
    fn a_beginning_is_read_from_a_text() {
        let position = Position {
            link: Link::Url("https://host/".to_owned()),
            snapshot: None,
        };
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
        let content = Content {
            resource: format!("/drives/\u{1b}[2J\n{}", "x".repeat(1000)),
            link: "https://host/".to_owned(),
            snapshot: None,
        };
        let json = serde_json::to_vec(&content).unwrap();
        let text = format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&json));
        let error = Position::of(&Since::Checkpoint(text), &Resource::my_drive()).unwrap_err();
        let shown = error.to_string();
        assert!(shown.contains("/drives/\u{fffd}[2J x"), "{shown}");
        assert!(shown.len() < 300, "{shown}");
    }

    #[test]
    fn other_texts_and_resources_are_invalid_arguments() {
        let resource = Resource::my_drive();
        let position = Position {
            link: Link::Url("https://host/".to_owned()),
            snapshot: None,
        };
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
