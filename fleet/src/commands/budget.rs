//! `drivebell-fleet budget`.

use serde_json::json;

use super::nats;
use crate::arguments;
use crate::budget::Budget;
use crate::config::Config;
use crate::exit::{End, ExitCode, Failure};
use crate::key_text;
use crate::output::{Format, Output, json_line};

pub(crate) async fn run(
    config: &Config,
    options: &arguments::Budget,
    output: Output,
) -> Result<(), End> {
    let control = nats::control(config).await?;
    let key = format!("budget/{}", key_text::encode(&options.tenant));
    let stored = control
        .get(&*key)
        .await
        .map_err(|error| nats::failed(&error))?;
    if options.reset && stored.is_some() {
        let deleted = control.delete(&*key).await;
        deleted.map_err(|error| nats::failed(&error))?;
    }
    let stored = stored.filter(|_| !options.reset);
    let mut record = match &stored {
        None => Budget::default(),
        Some(json) => Budget::parse(json).map_err(|problem| {
            let text = format!(
                "the budget of {} {problem}: forget it with --reset, and set it anew",
                options.tenant
            );
            Failure::new(ExitCode::Other, text)
        })?,
    };
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

fn shown(tenant: &str, record: Budget, format: Format) -> String {
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
