//! When to try again and how much at once: backoff, limits, Graph's `Retry-After` pause, and the
//! time that the machine was asleep.

mod backoff;
mod bucket;
mod call;
mod limiter;
mod limits;
#[expect(clippy::module_inception, reason = "the room's main file has its name")]
mod pacing;
mod pause;
mod permit;
mod sleep_watch;
mod usage;

pub(crate) use backoff::Backoff;
pub(crate) use call::Call;
pub(crate) use limiter::Urgency;
pub(crate) use limits::Limits;
pub use pacing::Pacing;
pub use pause::Pauses;
pub(crate) use permit::Permit;
pub(crate) use sleep_watch::SleepWatch;
pub use usage::Usage;
