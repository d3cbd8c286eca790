//! One page of a round.

use super::Form;
use super::token::{Progress, Round};
use crate::drive::{Drive, Item, Range};

/// The root's own place, before anything changed. Nothing else can have it.
const ROOT_POSITION: u64 = 1;

/// Every third item is shown in an earlier state too, the last one among them: it is the one that
/// was changed, and not only above one.
const REPEATED: usize = 3;

/// How a round is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) form: Form,
    pub(super) size: usize,
    pub(super) exclude_parents: bool,
    pub(super) duplicates: bool,
}

pub(super) struct Page<'a> {
    pub(super) items: Vec<&'a Item>,
    pub(super) next: Progress,
}

pub(super) fn read(drive: &Drive, round: Round, manner: Manner) -> Page<'_> {
    let with_root = round.full && round.done == 0;
    let range = Range {
        after: round.done,
        until: round.until,
        tombstones: !round.full,
    };
    let mut changed = drive
        .changed(range)
        .filter(|(_, item)| !(round.full && item.is_root()));
    let mut done = round.done;
    let mut items: Vec<_> = with_root.then(|| drive.root()).into_iter().collect();
    if with_root {
        done = ROOT_POSITION;
    }
    while items.len() < manner.size
        && let Some((position, item)) = changed.next()
    {
        done = position;
        items.push(item);
    }
    let ahead = changed.next().map(|(_, item)| item);
    let next = match ahead {
        Some(_) => Progress::Round(Round {
            done,
            empty: false,
            ..round
        }),
        None => Progress::UpTo(round.until),
    };
    if manner.exclude_parents && !round.full {
        items.retain(|item| item.own_position > round.after);
    }
    if manner.duplicates {
        items = repeated(drive, &items, ahead);
    }
    if manner.form == Form::ListItems {
        items.retain(|item| !item.is_root());
    }
    Page { items, next }
}

/// Earlier states come first: of items of this page, and of the first one of the next.
fn repeated<'a>(drive: &'a Drive, items: &[&'a Item], ahead: Option<&'a Item>) -> Vec<&'a Item> {
    let first = items.len().saturating_sub(1) % REPEATED;
    let earlier = items.iter().skip(first).step_by(REPEATED);
    let earlier = earlier.map(|item| drive.former(item));
    let ahead = ahead.map(|item| drive.former(item));
    earlier.chain(items.iter().copied()).chain(ahead).collect()
}
