//! When to try again and how much at once: backoff, limits, Graph's `Retry-After` pause, and the
//! time that the machine was asleep.

mod backoff;
mod limits;
mod pause;
mod sleep_watch;

pub(crate) use backoff::Backoff;
pub(crate) use limits::Limits;
pub(crate) use pause::Pause;
pub(crate) use sleep_watch::SleepWatch;
