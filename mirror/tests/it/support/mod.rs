//! Shared by all test files.

pub(crate) mod folder;
pub(crate) mod scene;

use std::fmt::Write as _;
use std::future::Future;
use std::time::Duration;

use drivebell::ChangeKind;
use drivebell_mirror::{Change, Mirror};
use futures_util::StreamExt;
use tokio::time::timeout;

/// Long enough for a busy machine. Only a failing test waits this long.
const DEADLINE: Duration = Duration::from_secs(120);

/// Awaits `future`, and fails at the deadline.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    timeout(DEADLINE, future)
        .await
        .expect("done before the deadline")
}

/// Polls until `condition` is true.
pub(crate) async fn until(condition: impl AsyncFn() -> bool) {
    within(async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// The next change.
pub(crate) async fn next(mirror: &mut Mirror) -> Change {
    within(mirror.next())
        .await
        .expect("no end")
        .expect("no error")
}

/// The next changes, as texts.
pub(crate) async fn told(mirror: &mut Mirror, count: usize) -> Vec<String> {
    let mut changes = Vec::new();
    for _ in 0..count {
        changes.push(text(&next(mirror).await));
    }
    changes
}

/// The next changes, in the order of their texts.
pub(crate) async fn told_in_any_order(mirror: &mut Mirror, count: usize) -> Vec<String> {
    let mut changes = told(mirror, count).await;
    changes.sort_unstable();
    changes
}

/// `moved /a -> /b`, and what is special about it: `2 below`, `content`, `sharing`, `in`, `out`,
/// `inherited`, `by audit`.
pub(crate) fn text(change: &Change) -> String {
    let mut text = match &change.old_path {
        Some(old_path) => format!("{} {old_path} -> {}", change.kind, change.path),
        None => format!("{} {}", change.kind, change.path),
    };
    if change.descendants > 0 {
        let _ = write!(text, ", {} below", change.descendants);
    }
    // That of a new file is not worth a word.
    let is_new = change.kind == ChangeKind::Created;
    for (name, is_so) in [
        ("content", change.content_changed && !is_new),
        ("sharing", change.sharing_changed),
        ("in", change.moved_in),
        ("out", change.moved_out),
        ("inherited", change.inherited),
    ] {
        if is_so {
            text.push_str(", ");
            text.push_str(name);
        }
    }
    if let Some(found_by) = change.found_by {
        let _ = write!(text, ", by {found_by}");
    }
    text
}
