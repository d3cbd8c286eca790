use drivebell::{ChangesOptions, Since};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::client::options::seconds;

pub(crate) fn since(text: &str) -> Since {
    match text {
        "start" => Since::Start,
        "now" => Since::Now,
        checkpoint => Since::Checkpoint(checkpoint.to_owned()),
    }
}

/// The core's defaults, but for those that were given.
pub(crate) fn options(given: &Bound<'_, PyDict>) -> PyResult<ChangesOptions> {
    let mut options = ChangesOptions::default();
    for (name, value) in given {
        set(&mut options, name.extract()?, &value)?;
    }
    Ok(options)
}

fn set(options: &mut ChangesOptions, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match name {
        "select" => options.select = value.extract()?,
        "page_size" => options.page_size = Some(value.extract()?),
        "prefer" => options.prefer = value.extract()?,
        "exclude_parents" => options.exclude_parents = value.extract()?,
        "live_timeout" => options.live_timeout = seconds(value)?,
        "quiet_time" => options.quiet_time = seconds(value)?,
        "max_delay" => options.max_delay = seconds(value)?,
        "lag_delays" => {
            let delays = value.try_iter()?.map(|delay| seconds(&delay?));
            options.lag_delays = delays.collect::<PyResult<_>>()?;
        }
        "poll_interval" => options.poll_interval = seconds(value)?,
        "safety_interval" if value.is_none() => options.safety_interval = None,
        "safety_interval" => options.safety_interval = Some(seconds(value)?),
        unknown => {
            let problem = format!("a native stream of changes has no option {unknown}");
            return Err(PyTypeError::new_err(problem));
        }
    }
    Ok(())
}
