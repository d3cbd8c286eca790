use drivebell::{ChangesOptions, Since};
use napi_derive::napi;

use crate::number::whole;
use crate::time;

/// Where a stream of changes begins, and how it looks for them. Durations are in milliseconds.
#[napi(object, object_to_js = false)]
pub struct NativeChangesOptions {
    /// `start`, `now` or a checkpoint.
    pub since: String,
    pub select: Option<Vec<String>>,
    pub page_size: Option<f64>,
    pub prefer: Option<Vec<String>>,
    pub exclude_parents: Option<bool>,
    pub live_timeout: Option<f64>,
    pub quiet_time: Option<f64>,
    pub max_delay: Option<f64>,
    pub lag_delays: Option<Vec<f64>>,
    pub poll_interval: Option<f64>,
    /// Infinity: never.
    pub safety_interval: Option<f64>,
}

impl NativeChangesOptions {
    pub(crate) fn build(self) -> (Since, ChangesOptions) {
        let mut options = ChangesOptions::default();
        if let Some(fields) = self.select {
            options.select = fields;
        }
        if let Some(items) = self.page_size {
            options.page_size = Some(u32::try_from(whole(items)).unwrap_or(u32::MAX));
        }
        if let Some(headers) = self.prefer {
            options.prefer = headers;
        }
        if let Some(exclude) = self.exclude_parents {
            options.exclude_parents = exclude;
        }
        if let Some(timeout) = self.live_timeout {
            options.live_timeout = time::duration(timeout);
        }
        if let Some(quiet) = self.quiet_time {
            options.quiet_time = time::duration(quiet);
        }
        if let Some(delay) = self.max_delay {
            options.max_delay = time::duration(delay);
        }
        if let Some(delays) = self.lag_delays {
            options.lag_delays = delays.into_iter().map(time::duration).collect();
        }
        if let Some(interval) = self.poll_interval {
            options.poll_interval = time::duration(interval);
        }
        if let Some(interval) = self.safety_interval {
            options.safety_interval = interval.is_finite().then(|| time::duration(interval));
        }
        let since = match self.since.as_str() {
            "start" => Since::Start,
            "now" => Since::Now,
            _ => Since::Checkpoint(self.since),
        };
        (since, options)
    }
}
