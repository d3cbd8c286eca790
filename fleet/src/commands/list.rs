//! `drivebell-fleet list`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::nats;
use crate::arguments::List;
use crate::config::Config;
use crate::drives::{Entry, EntryProblem, StartAt, read_all};
use crate::exit::End;
use crate::output::{Format, Output, Table, json_line};

/// So many lines are printed at once.
const LINES: usize = 1000;

pub(crate) async fn run(config: &Config, options: &List, output: Output) -> Result<(), End> {
    let drives = nats::drives(config).await?;
    let mut listed = BTreeMap::new();
    let all = read_all(&drives, |key, json| {
        let entry = Entry::parse(json);
        if is_wanted(options, &entry) {
            listed.insert(key.to_owned(), entry);
        }
    });
    all.await.map_err(|error| nats::failed(&error))?;
    match output.format() {
        Format::Text => output.write(table(&listed)).await,
        Format::Json => {
            let mut lines = listed.iter().map(|(key, entry)| line(key, entry));
            loop {
                let some: String = lines.by_ref().take(LINES).collect();
                if some.is_empty() {
                    return Ok(());
                }
                output.write(some).await?;
            }
        }
    }
}

fn is_wanted(options: &List, entry: &Result<Entry, EntryProblem>) -> bool {
    let (tenant, user) = (options.tenant.as_deref(), options.user.as_deref());
    match entry {
        Ok(Entry { drive, .. }) => {
            tenant.is_none_or(|tenant| *drive.tenant == *tenant)
                && user.is_none_or(|user| *drive.user == *user)
        }
        // It belongs to nobody.
        Err(_) => tenant.is_none() && user.is_none(),
    }
}

fn table(listed: &BTreeMap<String, Result<Entry, EntryProblem>>) -> String {
    if listed.is_empty() {
        return "there are no drives; add some with `drivebell-fleet add` or `import`\n".to_owned();
    }
    let mut table = Table::new(&["KEY", "RESOURCE", "USER", "TENANT", "SINCE", "LABEL"]);
    for (key, entry) in listed {
        table.row(&match entry {
            Ok(Entry { drive, .. }) => vec![
                key.clone(),
                drive.path(),
                drive.user.to_string(),
                drive.tenant.to_string(),
                match drive.since {
                    StartAt::Start => "start",
                    StartAt::Now => "now",
                    StartAt::Checkpoint => "checkpoint",
                }
                .to_owned(),
                drive.label.as_deref().unwrap_or_default().to_owned(),
            ],
            Err(problem) => vec![key.clone(), format!("invalid: {problem}")],
        });
    }
    table.text()
}

/// As `import` reads it.
fn line(key: &str, entry: &Result<Entry, EntryProblem>) -> String {
    let value = match entry {
        Ok(entry) => {
            let mut value: Value = serde_json::from_str(&entry.to_json()).unwrap_or_default();
            value["key"] = json!(key);
            value
        }
        Err(problem) => json!({"key": key, "problem": problem.as_str()}),
    };
    json_line(&value)
}
