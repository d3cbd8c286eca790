//! Random changes, faults and restarts on an unkind Graph, in paused time: at the end, a mirror equals
//! its drive.

#![cfg_attr(
    not(feature = "__internals"),
    allow(unreachable_pub, reason = "only with `__internals`, others see it")
)]

mod bell;
#[cfg(test)]
mod drive;
mod feed;
#[cfg(feature = "__internals")]
mod happenings;
#[cfg(test)]
mod mirror;
#[cfg(feature = "__internals")]
mod node;
#[cfg(test)]
mod sequence;
#[cfg(feature = "__internals")]
mod tree;
#[cfg(feature = "__internals")]
mod tree_drive;

use std::sync::Arc;

use tokio::sync::watch;

use super::checkpoint::{Position, Since};
use super::stream::{self, Changes};
use super::worker::Beginning;
use crate::label::Label;
use crate::{ChangesOptions, Resource};
pub use bell::ModelBell;
use feed::{HasFeed, Shared};
#[cfg(feature = "__internals")]
pub use node::ModelItem;
#[cfg(feature = "__internals")]
pub use tree_drive::TreeDrive;

/// The stream of changes of a drive of the model.
fn start<D: HasFeed>(
    drive: Shared<D>,
    bell: &ModelBell,
    resource: &Resource,
    since: &Since,
    options: &ChangesOptions,
) -> Changes {
    let (_, signing_in) = watch::channel(false);
    let beginning = Beginning {
        source: drive,
        bell: bell.clone(),
        position: Position::of(since, resource).expect("a checkpoint of this model"),
        resource: resource.clone(),
        label: Label::default(),
        options: options.clone(),
        client_options: Arc::default(),
        signing_in,
    };
    stream::start(beginning, &Arc::default()).expect("an open client")
}

#[cfg(test)]
mod tests {
    use super::sequence::{Counts, Sequence};

    /// `DRIVEBELL_MODEL_SEQUENCES` runs another number of them.
    const SEQUENCES: u64 = 2_000;

    #[test]
    fn a_mirror_equals_its_drive_after_any_sequence() {
        let sequences = std::env::var("DRIVEBELL_MODEL_SEQUENCES").ok();
        let sequences = sequences.and_then(|count| count.parse().ok());
        let sequences = sequences.unwrap_or(SEQUENCES);
        let mut counts = Counts::default();
        for seed in 0..sequences {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()
                .unwrap();
            counts += runtime.block_on(Sequence::run(seed));
        }
        // A sequence in which nothing happens proves nothing.
        assert!(counts.batches > sequences, "{counts:?}");
        assert!(
            counts.restarts > 100 && counts.enumerations > 100 && counts.audits > 100,
            "{counts:?}"
        );
        assert!(
            counts.found_late > 100 && counts.swept > 100 && counts.lost > 100,
            "{counts:?}"
        );
    }
}
