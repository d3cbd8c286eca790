//! `drivebell-fleet budget`.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::nats;
use crate::arguments::Budget;
use crate::config::Config;
use crate::exit::{End, ExitCode, Failure};
use crate::output::{Format, Output, json_line};
use crate::tokens::user_token;

/// The record of a tenant in the bucket: what is missing has its default.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Record {
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_units_per_minute: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint_calls_per_second: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requests_per_user_in_five_minutes: Option<f64>,
}

pub(crate) async fn run(config: &Config, options: &Budget, output: Output) -> Result<(), End> {
    let client = nats::connect(config).await?;
    let control = nats::bucket(&client, format!("{}-control", config.name)).await?;
    let key = format!("budget/{}", user_token(&options.tenant));
    let stored = control
        .get(&*key)
        .await
        .map_err(|error| nats::failed(&error))?;
    let mut record = match &stored {
        None => Record::default(),
        Some(json) => serde_json::from_slice(json).map_err(|error| {
            Failure::new(
                ExitCode::Other,
                format!(
                    "the budget of {} cannot be read ({error}): set it anew after --reset",
                    options.tenant
                ),
            )
        })?,
    };
    if options.reset {
        record = Record::default();
        if stored.is_some() {
            let deleted = control.delete(&*key).await;
            deleted.map_err(|error| nats::failed(&error))?;
        }
    }
    let before = record;
    for (given, limit) in [
        (options.units, &mut record.resource_units_per_minute),
        (
            options.endpoint_calls,
            &mut record.endpoint_calls_per_second,
        ),
        (
            options.user_requests,
            &mut record.requests_per_user_in_five_minutes,
        ),
    ] {
        *limit = given.or(*limit);
    }
    if record != before {
        let json = serde_json::to_vec(&record).unwrap_or_default();
        let put = control.put(&*key, json.into()).await;
        put.map_err(|error| nats::failed(&error))?;
    }
    output
        .write(shown(&options.tenant, record, output.format()))
        .await
}

fn shown(tenant: &str, record: Record, format: Format) -> String {
    if format == Format::Json {
        return json_line(&json!({"type": "budget", "tenant": tenant, "set": record}));
    }
    let line = |name: &str, limit: Option<f64>| {
        let limit = limit.map_or_else(|| "default".to_owned(), |limit| limit.to_string());
        format!("{name:<34}  {limit}\n")
    };
    [
        line("tenant", None).replace("default", tenant),
        line("resource units a minute", record.resource_units_per_minute),
        line("endpoint calls a second", record.endpoint_calls_per_second),
        line(
            "requests of a user in five minutes",
            record.requests_per_user_in_five_minutes,
        ),
    ]
    .concat()
}
