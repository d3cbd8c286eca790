use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use drivebell::{ApiVersion, ClientBuilder, Cloud};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error;

/// Sets those options of `drivebell.Client` that were given, by the core's names.
pub(crate) fn apply(
    mut builder: ClientBuilder,
    options: &Bound<'_, PyDict>,
) -> PyResult<ClientBuilder> {
    for (name, value) in options {
        builder = set(builder, name.extract()?, &value)?;
    }
    Ok(builder)
}

fn set(builder: ClientBuilder, name: &str, value: &Bound<'_, PyAny>) -> PyResult<ClientBuilder> {
    Ok(match name {
        "cloud" => builder.cloud(parse::<Cloud>(value)?),
        "base_url" => builder.base_url(value.extract::<String>()?),
        "api_version" => builder.api_version(parse::<ApiVersion>(value)?),
        "scopes" => builder.scopes(value.extract::<Vec<String>>()?),
        "proxy" => builder.proxy(value.extract::<String>()?),
        "ca_bundle" => builder.ca_bundle(value.extract::<PathBuf>()?),
        "user_agent" => builder.user_agent(value.extract::<String>()?),
        "request_timeout" => builder.request_timeout(seconds(value)?),
        "retry_timeout" => builder.retry_timeout(seconds(value)?),
        "connect_timeout" => builder.connect_timeout(seconds(value)?),
        "open_timeout" => builder.open_timeout(seconds(value)?),
        "join_timeout" => builder.join_timeout(seconds(value)?),
        "close_timeout" => builder.close_timeout(seconds(value)?),
        "credential_timeout" => builder.credential_timeout(seconds(value)?),
        "token_refresh_margin" => builder.token_refresh_margin(seconds(value)?),
        "start_timeout" if value.is_none() => builder.start_timeout(None),
        "start_timeout" => builder.start_timeout(seconds(value)?),
        "renew_before" => builder.renew_before(seconds(value)?),
        "retry_min" => builder.retry_min(seconds(value)?),
        "retry_max" => builder.retry_max(seconds(value)?),
        "retry_reset_after" => builder.retry_reset_after(seconds(value)?),
        "max_retry_after" => builder.max_retry_after(seconds(value)?),
        "refusal_timeout" => builder.refusal_timeout(seconds(value)?),
        "max_handshakes" => builder.max_handshakes(value.extract()?),
        "max_endpoint_calls_per_second" => builder.max_endpoint_calls_per_second(value.extract()?),
        "max_message_size" => builder.max_message_size(value.extract()?),
        "mailbox_capacity" => builder.mailbox_capacity(value.extract()?),
        unknown => {
            let problem = format!("the native client has no option {unknown}");
            return Err(PyTypeError::new_err(problem));
        }
    })
}

fn parse<T: FromStr<Err = drivebell::Error>>(value: &Bound<'_, PyAny>) -> PyResult<T> {
    let name: String = value.extract()?;
    name.parse()
        .map_err(|error| error::to_python(value.py(), &error))
}

/// The Python face lets only numbers pass that are a duration.
pub(crate) fn seconds(value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let seconds: f64 = value.extract()?;
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}
