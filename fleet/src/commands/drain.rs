//! `drivebell-fleet drain`.

use std::time::Duration;

use serde_json::json;

use super::nats;
use crate::arguments::Drain;
use crate::config::Config;
use crate::exit::{End, ExitCode, Failure};
use crate::output::{Format, Output, json_line};
use crate::status::{Drained, drain, gather};

/// How long to look for a worker by its name.
const SEARCH: Duration = Duration::from_secs(1);

/// A dash and eight digits.
const ID_SUFFIX: usize = 9;

pub(crate) async fn run(config: &Config, options: &Drain, output: Output) -> Result<(), End> {
    let connection = nats::connect(config).await?;
    let client = connection.client();
    let failed = |error: async_nats::Error| nats::failed(&*error);
    let mut worker = options.worker.clone();
    let is_id = worker
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let ask = async |worker: &str| drain(client, &config.name, worker, options.wait, |_| ()).await;
    let mut drained = Drained::NoSuchWorker;
    if is_id {
        drained = ask(&worker).await.map_err(failed)?;
        if drained == Drained::NoSuchWorker {
            let status = gather(client, &config.name, false, SEARCH).await;
            let workers = status.map_err(failed)?.workers;
            let ids: Vec<String> = workers.into_iter().map(|it| it.worker).collect();
            worker = by_name(&ids, &worker)?;
            drained = ask(&worker).await.map_err(failed)?;
        }
    }
    let text = match drained {
        Drained::Done => match output.format() {
            Format::Text => format!("{worker} has handed its drives over, and ends\n"),
            Format::Json => json_line(&json!({"type": "drained", "worker": worker})),
        },
        Drained::NoSuchWorker => return Err(no_such_worker(&worker, &[]).into()),
        Drained::Late(last) => {
            let rest = last.map_or_else(
                || "it has not said how far it is".to_owned(),
                |last| format!("it still owns {} partitions", last.partitions),
            );
            return Err(Failure::new(
                ExitCode::Other,
                format!(
                    "{worker} was asked, and is not done: {rest}; it goes on; wait longer with --wait, \
                     or see `drivebell-fleet status`"
                ),
            )
            .into());
        }
    };
    output.write(text).await
}

/// The id of the only worker of this name.
fn by_name(ids: &[String], name: &str) -> Result<String, Failure> {
    let is_named = |id: &&String| {
        let end = id.len().checked_sub(ID_SUFFIX);
        end.and_then(|end| id.get(..end)) == Some(name)
    };
    let named: Vec<&String> = ids.iter().filter(is_named).collect();
    match named[..] {
        [id] => Ok(id.clone()),
        [] => Err(no_such_worker(name, ids)),
        _ => {
            let ids: Vec<&str> = named.iter().map(|id| id.as_str()).collect();
            Err(Failure::new(
                ExitCode::Usage,
                format!(
                    "several workers are called {name}: give one of {}",
                    ids.join(", ")
                ),
            ))
        }
    }
}

fn no_such_worker(worker: &str, ids: &[String]) -> Failure {
    let there = if ids.is_empty() {
        "no worker has answered".to_owned()
    } else {
        format!("there are {}", ids.join(", "))
    };
    Failure::new(
        ExitCode::Missing,
        format!("there is no worker {worker:?}: {there}; see `drivebell-fleet status`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_the_only_worker_that_has_it() {
        let ids = ["a-00000001", "b-00000002", "b-00000003", "b-c-00000004"].map(str::to_owned);
        assert_eq!(by_name(&ids, "a").unwrap(), "a-00000001");
        assert_eq!(by_name(&ids, "b-c").unwrap(), "b-c-00000004");
        let ambiguous = by_name(&ids, "b").unwrap_err();
        assert_eq!(ambiguous.code(), ExitCode::Usage);
        assert!(ambiguous.message().ends_with("b-00000002, b-00000003"));
        for name in ["c", "", "a-0000000"] {
            let missing = by_name(&ids, name).unwrap_err();
            assert_eq!(missing.code(), ExitCode::Missing, "{name}");
        }
    }
}
