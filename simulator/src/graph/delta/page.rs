//! Reads one page of a round.

use super::delta_path::Collection;
use super::token::{Blind, Cursor, Round};
use crate::drive::{Drive, Item, Range};

/// The position of the root before any change.
const ROOT_POSITION: u64 = 1;

/// Every third item is repeated, counted from the end: the last item is the one that was changed
/// itself, the others may be folders above it.
const REPEAT_EVERY: usize = 3;

/// How the items of a round are returned.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageOptions {
    pub(super) collection: Collection,
    pub(super) size: usize,
    pub(super) exclude_parents: bool,
    pub(super) duplicates: bool,
    pub(super) blind: Blind,
}

pub(super) struct Page<'a> {
    pub(super) items: Vec<&'a Item>,
    pub(super) next: Cursor,
    /// Whether the round ends here without an item.
    pub(super) ends_empty_round: bool,
}

pub(super) fn read(drive: &Drive, round: Round, options: PageOptions) -> Page<'_> {
    let with_root = round.full && round.done == 0;
    let range = Range {
        after: round.done,
        until: round.until,
        tombstones: !round.full,
    };
    let mut changed = drive
        .changed(range)
        .filter(|(_, item)| !(round.full && item.is_root()))
        .filter(|(_, item)| !options.blind.hides(item));
    let mut done = round.done;
    let mut items: Vec<_> = with_root.then(|| drive.root()).into_iter().collect();
    if with_root {
        done = ROOT_POSITION;
    }
    while items.len() < options.size
        && let Some((position, item)) = changed.next()
    {
        done = position;
        items.push(item);
    }
    let next_item = changed.next().map(|(_, item)| item);
    let next = match next_item {
        Some(_) => Cursor::Round(Round {
            done,
            empty: false,
            ..round
        }),
        None => Cursor::UpTo(round.until),
    };
    if options.exclude_parents && !round.full {
        // A late tombstone comes at another position than that of the deletion.
        items.retain(|item| item.deleted || item.own_position > round.after);
    }
    if options.duplicates {
        items = with_duplicates(drive, &items, next_item);
    }
    if options.collection == Collection::ListItems {
        items.retain(|item| !item.is_root());
    }
    let ends_empty_round = next_item.is_none() && !round.full && done == round.after;
    Page {
        items,
        next,
        ends_empty_round,
    }
}

/// Puts earlier states in front of the items, and one of the next page's first item behind them.
fn with_duplicates<'a>(
    drive: &'a Drive,
    items: &[&'a Item],
    next_item: Option<&'a Item>,
) -> Vec<&'a Item> {
    let first = items.len().saturating_sub(1) % REPEAT_EVERY;
    let earlier = items.iter().skip(first).step_by(REPEAT_EVERY);
    let earlier = earlier.map(|item| drive.previous(item));
    let next_item = next_item.map(|item| drive.previous(item));
    earlier
        .chain(items.iter().copied())
        .chain(next_item)
        .collect()
}
