//! `drivebell-fleet add`.

use std::fs::File;
use std::path::Path;

use serde_json::json;

use super::nats;
use crate::arguments::Add;
use crate::config::{Config, read_bounded};
use crate::drives::{Entry, Fields, default_key};
use crate::exit::{End, ExitCode, Failure};
use crate::output::{Format, Output, json_line};

/// Longer files hold no checkpoint.
const MAX_CHECKPOINT: u64 = 1024 * 1024;

pub(crate) async fn run(config: &Config, options: &Add, output: Output) -> Result<(), End> {
    let since = since(&options.since)?;
    let resource = options.resource.to_string();
    let entry = Entry::of(Fields {
        resource: Some(&resource),
        user: Some(&options.user),
        since: Some(&since),
        label: options.label.as_deref(),
        tenant: options.tenant.as_deref(),
    });
    // Each problem begins with the name of its option.
    let entry = entry.map_err(|problem| Failure::new(ExitCode::Usage, format!("--{problem}")))?;
    let key = match &options.key {
        Some(key) => key.clone(),
        None => derived_key(&options.user, &entry)?,
    };
    let drives = nats::drives(config).await?;
    let before = drives.get(&*key).await;
    let before = before.map_err(|error| nats::failed(&error))?;
    let value = entry.to_json();
    let done = match &before {
        None => "added",
        Some(before) if Entry::parse(before).is_ok_and(|before| before == entry) => "unchanged",
        Some(_) => "changed",
    };
    if done != "unchanged" {
        let put = drives.put(&*key, value.into()).await;
        put.map_err(|error| nats::failed(&error))?;
    }
    let text = match output.format() {
        Format::Text => format!("{done} {key}\n"),
        Format::Json => json_line(&json!({"type": done, "key": key})),
    };
    output.write(text).await
}

fn derived_key(user: &str, entry: &Entry) -> Result<String, Failure> {
    let key = default_key(user, &entry.drive.resource);
    match crate::drives::check_key(&key) {
        Ok(()) => Ok(key),
        Err(problem) => Err(Failure::new(
            ExitCode::Usage,
            format!("the key that follows from the user and the resource {problem}: give --key"),
        )),
    }
}

/// `start`, `now` or the content of a file.
fn since(path: &Path) -> Result<String, Failure> {
    if let Some(word @ ("start" | "now")) = path.to_str() {
        return Ok(word.to_owned());
    }
    let text = File::open(path).and_then(|file| read_bounded(file, MAX_CHECKPOINT));
    let text = text.map_err(|error| {
        let problem = format!(
            "--since: {} cannot be read: {error}; give `start`, `now` or a file with a checkpoint",
            path.display()
        );
        Failure::new(ExitCode::Usage, problem)
    })?;
    Ok(text.trim().to_owned())
}
