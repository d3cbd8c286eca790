use std::fmt;
use std::sync::Arc;

use drivebell::{Resource, Since};
use serde_json::{Map, Value};

use super::key::check_key;

/// The longest user or tenant.
const MAX_TEXT: usize = 256;

/// The longest label, as drivebell allows it.
const MAX_LABEL: usize = 64;

/// The tenant of a user without a domain.
const DEFAULT_TENANT: &str = "default";

/// The fields that an entry may have.
const FIELDS: [&str; 5] = ["resource", "user", "since", "label", "tenant"];

/// A drive of the fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drive {
    /// What is followed.
    pub resource: Resource,
    /// Whose token is used.
    pub user: Arc<str>,
    /// Whose limits count: the field, or else the domain of the user.
    pub tenant: Arc<str>,
    /// A name for logs and events.
    pub label: Option<Arc<str>>,
    /// Where it begins, if the fleet has no checkpoint of it yet.
    pub since: StartAt,
}

impl Drive {
    /// The path of the resource, as people write it: without the `root` that Graph adds.
    pub fn path(&self) -> String {
        let path = self.resource.to_string();
        path.strip_suffix("/root").unwrap_or(&path).to_owned()
    }
}

/// Where a drive begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartAt {
    /// With all its items.
    Start,
    /// With what changes from now on.
    Now,
    /// After a checkpoint, which is not kept in memory: [`DriveList::since`](super::DriveList::since)
    /// reads it.
    Checkpoint,
}

/// An entry of the bucket, as it is written. `Debug` does not show its checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The drive.
    pub drive: Drive,
    /// Where it begins, with the checkpoint.
    since: Beginning,
    has_tenant: bool,
}

#[derive(Clone, PartialEq, Eq)]
struct Beginning(Since);

impl fmt::Debug for Beginning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Since::Start => "Start",
            Since::Now => "Now",
            _ => "Checkpoint",
        })
    }
}

/// Why an entry cannot be used, by field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryProblem(String);

impl EntryProblem {
    pub(super) fn new(problem: impl Into<String>) -> Self {
        Self(problem.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntryProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for EntryProblem {}

/// The fields of an entry, before they are checked.
#[derive(Clone, Copy, Default)]
pub(crate) struct Fields<'a> {
    pub(crate) resource: Option<&'a str>,
    pub(crate) user: Option<&'a str>,
    pub(crate) since: Option<&'a str>,
    pub(crate) label: Option<&'a str>,
    pub(crate) tenant: Option<&'a str>,
}

impl Entry {
    /// Reads the JSON of an entry.
    ///
    /// # Errors
    /// All fields that are wrong, each with what is wrong.
    pub fn parse(json: &[u8]) -> Result<Self, EntryProblem> {
        let value: Value = serde_json::from_slice(json).map_err(|error| {
            EntryProblem::new(format!(
                "the value is not JSON ({error}): write {{\"resource\": \"/me/drive\", \"user\": …}}"
            ))
        })?;
        let Value::Object(fields) = value else {
            return Err(EntryProblem::new(
                "the value is JSON, and not an object like {\"resource\": \"/me/drive\", \"user\": …}",
            ));
        };
        Self::of_fields(&fields)
    }

    /// Reads the fields of an entry.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub(crate) fn of_fields(fields: &Map<String, Value>) -> Result<Self, EntryProblem> {
        let mut problems = Vec::new();
        for name in fields
            .keys()
            .filter(|name| !FIELDS.contains(&name.as_str()))
        {
            problems.push(format!(
                "{name:?} is no field; there are {}",
                FIELDS.join(", ")
            ));
        }
        let mut text = |name| text_of(fields, name, &mut problems);
        let fields = Fields {
            resource: text("resource"),
            user: text("user"),
            since: text("since"),
            label: text("label"),
            tenant: text("tenant"),
        };
        Self::checked(fields, problems)
    }

    /// Checks the fields of an entry.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub(crate) fn of(fields: Fields<'_>) -> Result<Self, EntryProblem> {
        Self::checked(fields, Vec::new())
    }

    fn checked(fields: Fields<'_>, mut problems: Vec<String>) -> Result<Self, EntryProblem> {
        let resource = resource(fields.resource, &mut problems);
        let user = short(fields.user, "user", MAX_TEXT, &mut problems);
        if fields.user.is_none() && !is_reported(&problems, "user") {
            problems.push("user: is missing; whose token is to be used?".to_owned());
        }
        let since: Since = match fields.since {
            None => Since::Start,
            Some(text) => text.parse().unwrap_or_else(|_| {
                // Its text may be a checkpoint that was cut, which must not be shown.
                problems.push(
                    "since: must be \"start\", \"now\" or the checkpoint of a batch, unchanged"
                        .to_owned(),
                );
                Since::Start
            }),
        };
        let label = short(fields.label, "label", MAX_LABEL, &mut problems);
        let tenant = short(fields.tenant, "tenant", MAX_TEXT, &mut problems);
        if let Some(tenant) = tenant {
            // It is a part of keys.
            if let Err(problem) = check_key(tenant) {
                problems.push(format!("tenant: {problem}"));
            }
        }
        let (Some(resource), Some(user), true) = (resource, user, problems.is_empty()) else {
            return Err(EntryProblem::new(problems.join("; ")));
        };
        Ok(Self {
            drive: Drive {
                resource,
                user: user.into(),
                tenant: tenant.map_or_else(|| tenant_of(user).into(), Arc::from),
                label: label.map(Arc::from),
                since: match since {
                    Since::Start => StartAt::Start,
                    Since::Now => StartAt::Now,
                    _ => StartAt::Checkpoint,
                },
            },
            since: Beginning(since),
            has_tenant: tenant.is_some(),
        })
    }

    /// Where it begins, with the checkpoint.
    pub fn since(&self) -> &Since {
        &self.since.0
    }

    /// The JSON of the entry.
    pub fn to_json(&self) -> String {
        let drive = &self.drive;
        let mut fields = Map::new();
        let mut add = |name: &str, value: &str| fields.insert(name.to_owned(), value.into());
        add("resource", &drive.path());
        add("user", &drive.user);
        match &self.since.0 {
            Since::Now => add("since", "now"),
            Since::Checkpoint(checkpoint) => add("since", checkpoint),
            _ => add("since", "start"),
        };
        if let Some(label) = &drive.label {
            add("label", label);
        }
        if self.has_tenant {
            add("tenant", &drive.tenant);
        }
        Value::Object(fields).to_string()
    }
}

/// Only texts: a number would have several spellings.
fn text_of<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
    problems: &mut Vec<String>,
) -> Option<&'a str> {
    match fields.get(name)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        _ => {
            problems.push(format!("{name}: must be a text"));
            None
        }
    }
}

fn is_reported(problems: &[String], name: &str) -> bool {
    problems
        .iter()
        .any(|problem| problem.starts_with(name) && problem[name.len()..].starts_with(':'))
}

fn resource(text: Option<&str>, problems: &mut Vec<String>) -> Option<Resource> {
    let Some(text) = text else {
        if !is_reported(problems, "resource") {
            problems
                .push("resource: is missing; give a path like /me/drive or /drives/ID".to_owned());
        }
        return None;
    };
    match text.parse::<Resource>() {
        Ok(resource) if resource.delta_path().is_none() => {
            problems.push("resource: has no delta query, so its changes cannot be read".to_owned());
            None
        }
        Ok(resource) => Some(resource),
        Err(error) => {
            let problem = error.problem().unwrap_or("is no path of a drive or list");
            problems.push(format!("resource: {problem}"));
            None
        }
    }
}

fn short<'a>(
    text: Option<&'a str>,
    name: &str,
    most: usize,
    problems: &mut Vec<String>,
) -> Option<&'a str> {
    let text = text?;
    let length = text.chars().count();
    let problem = if text.trim().is_empty() {
        "is empty".to_owned()
    } else if length > most {
        format!("has {length} characters, and may have {most} at most")
    } else if text.contains(drivebell::acts_unseen) {
        "has a control character, or another one that is not seen".to_owned()
    } else {
        return Some(text);
    };
    problems.push(format!("{name}: {problem}"));
    None
}

/// What follows `@` in the user, if that can be the name of a tenant.
fn tenant_of(user: &str) -> &str {
    user.rsplit_once('@')
        .map(|(_, domain)| domain)
        .filter(|domain| check_key(domain).is_ok())
        .unwrap_or(DEFAULT_TENANT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_and_written() {
        for (json, tenant) in [
            (
                r#"{"resource":"/me/drive","user":"kim@contoso.com","since":"start"}"#,
                "contoso.com",
            ),
            (
                r#"{"resource":"/drives/b!x","user":"kim","since":"now","label":"Kim's"}"#,
                "default",
            ),
            (
                r#"{"resource":"/sites/a,b,c/lists/l","user":"kim@x","since":"start","tenant":"t-1"}"#,
                "t-1",
            ),
        ] {
            let entry = Entry::parse(json.as_bytes()).unwrap();
            assert_eq!(&*entry.drive.tenant, tenant);
            let written: Value = serde_json::from_str(&entry.to_json()).unwrap();
            assert_eq!(written, serde_json::from_str::<Value>(json).unwrap());
        }
        let short = Entry::parse(br#"{"resource":"me/drive","user":"k","label":null}"#).unwrap();
        assert_eq!(short.drive.since, StartAt::Start);
        assert_eq!(short.drive.label, None);
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let long = format!(r#"{{"resource":"/me/drive","user":"{}"}}"#, "x".repeat(257));
        for (json, says) in [
            ("", &["not JSON"][..]),
            ("[]", &["not an object"]),
            ("{}", &["resource: is missing", "user: is missing"]),
            (
                r#"{"resource":"/nowhere","user":" ","since":"later","lable":"x"}"#,
                &[
                    "resource: is not a path",
                    "user: is empty",
                    "since: must be",
                    "\"lable\" is no field",
                ],
            ),
            (
                r#"{"resource":5,"user":true}"#,
                &["resource: must be a text", "user: must be a text"],
            ),
            (
                r#"{"resource":"/x/subscriptions/socketIo","user":"k"}"#,
                &["resource: has no delta query"],
            ),
            (
                r#"{"resource":"/me/drive","user":"k","tenant":"a b"}"#,
                &["tenant: contains ' '"],
            ),
            (
                r#"{"resource":"/me/drive","user":"k","label":"a\nb"}"#,
                &["label: has a control"],
            ),
            (&long, &["user: has 257 characters"]),
        ] {
            let problem = Entry::parse(json.as_bytes()).unwrap_err().to_string();
            for text in says {
                assert!(problem.contains(text), "{json}: {problem}");
            }
            assert!(problem.matches("; ").count() + 1 >= says.len(), "{problem}");
        }
    }

    #[test]
    fn a_checkpoint_is_not_shown() {
        // As a batch gives it: the JSON of a position, in base64.
        let content =
            r#"{"resource":"/me/drive/root","link":"https://host/s3cr3t","snapshot":null}"#;
        let encoded = data_encoding::BASE64URL_NOPAD.encode(content.as_bytes());
        let checkpoint = format!("drivebell1.{encoded}");
        let json = format!(r#"{{"resource":"/me/drive","user":"k","since":"{checkpoint}"}}"#);
        let entry = Entry::parse(json.as_bytes()).unwrap();
        assert_eq!(entry.drive.since, StartAt::Checkpoint);
        assert_eq!(entry.since(), &Since::Checkpoint(checkpoint.clone()));
        assert!(!format!("{entry:?}").contains(&encoded[..20]));
        let cut = json.replace(&checkpoint, &checkpoint[..40]);
        let problem = Entry::parse(cut.as_bytes()).unwrap_err().to_string();
        assert!(!problem.contains(&encoded[..20]), "{problem}");
    }
}
