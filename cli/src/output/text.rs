//! Lines for people.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use drivebell::{
    ChangeBatch, DriveItem, Endpoint, Event, Item, Lifecycle, NotificationKind, Resource,
};

use super::style::{Colour, Style, harmless};
use super::time;

pub(crate) fn event(style: Style, resource: &Resource, event: &Event) -> String {
    let (at, colour, what, more) = match event {
        Event::Notification(note) => {
            let (colour, more) = match note.kind() {
                NotificationKind::Changed => (Colour::Green, String::new()),
                _ => (
                    Colour::Yellow,
                    "  something may have changed unannounced".to_owned(),
                ),
            };
            let more = match note.coalesced() {
                0 => more,
                others => format!("{more}  and {others} more"),
            };
            (note.received_at(), colour, note.kind().as_str(), more)
        }
        Event::Lifecycle { change, .. } => {
            let (colour, more) = told(change);
            (SystemTime::now(), colour, change.as_str(), more)
        }
        _ => return String::new(),
    };
    format!(
        "{}  {}  {resource}{more}\n",
        style.paint(Colour::Dim, time::seconds(at)),
        style.paint(colour, format_args!("{what:<12}")),
    )
}

fn told(change: &Lifecycle) -> (Colour, String) {
    match change {
        Lifecycle::Disconnected { reason, retry_in } => {
            let reason = reason.to_string();
            (
                Colour::Yellow,
                format!("  {}{}", harmless(&reason), again(*retry_in)),
            )
        }
        Lifecycle::Unavailable { error, retry_in } => {
            let error = error.to_string();
            (
                Colour::Red,
                format!("  {}{}", harmless(&error), again(*retry_in)),
            )
        }
        _ => (Colour::Dim, String::new()),
    }
}

fn again(wait: Duration) -> String {
    if wait.is_zero() {
        return String::new();
    }
    format!("; trying again in {:.0} s", wait.as_secs_f64().ceil())
}

pub(crate) fn batch(style: Style, batch: &ChangeBatch) -> String {
    let mut lines = String::new();
    for item in &batch.items {
        lines.push_str(&line_of(style, item));
    }
    let mut end = format!("{} ({})", items(batch.items.len()), batch.trigger);
    if let Some(code) = &batch.resync_code {
        let _ = write!(end, ", enumerating anew: {}", harmless(code));
    }
    if batch.caught_up {
        end.push_str(", caught up");
    }
    let _ = writeln!(lines, "{}", style.paint(Colour::Dim, end));
    lines
}

fn items(count: usize) -> String {
    match count {
        1 => "1 item".to_owned(),
        count => format!("{count} items"),
    }
}

fn line_of(style: Style, item: &Item) -> String {
    let (what, modified, size) = match item {
        Item::Drive(item) => (kind(item), item.modified_at(), item.size()),
        Item::List(item) => ("item", item.modified_at(), None),
        _ => ("item", None, None),
    };
    let (what, colour) = if item.is_deleted() {
        ("deleted", Colour::Red)
    } else {
        (what, Colour::Green)
    };
    let name = match item.name() {
        Some(name) => harmless(name),
        // On business, the deleted leave no name behind.
        None => harmless(item.id()),
    };
    let mut line = format!(
        "{}  {}  {}",
        style.paint(
            Colour::Dim,
            modified.map_or_else(|| " ".repeat(20), time::seconds)
        ),
        style.paint(colour, format_args!("{what:<7}")),
        style.paint(Colour::Bold, name),
    );
    if let Some(bytes) = size
        && what == "file"
    {
        let _ = write!(line, "  {}", style.paint(Colour::Dim, byte_count(bytes)));
    }
    line.push('\n');
    line
}

fn kind(item: &DriveItem) -> &'static str {
    if item.is_folder() {
        "folder"
    } else if item.is_package() {
        "package"
    } else if item.is_file() {
        "file"
    } else {
        "item"
    }
}

pub(crate) fn endpoint(endpoint: &Endpoint, with_url: bool) -> String {
    let mut lines = format!(
        "id       {}\nhost     {}\nexpires  {}\n",
        harmless(endpoint.id().unwrap_or("-")),
        harmless(endpoint.host()),
        time::seconds(endpoint.expires_at()),
    );
    if with_url {
        let _ = writeln!(lines, "url      {}", harmless(endpoint.notification_url()));
    }
    lines
}

fn byte_count(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    let mut size = bytes as f64 / 1000.0;
    let mut unit = 0;
    while size >= 999.95 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 KB"),
            (999_949, "999.9 KB"),
            (999_950, "1.0 MB"),
            (u64::MAX, "18446.7 PB"),
        ] {
            assert_eq!(byte_count(bytes), text);
        }
    }

    #[test]
    fn what_moves_the_cursor_is_not_passed_on() {
        let painted = Style::PLAIN
            .paint(Colour::Bold, harmless("a\x1b[2Jb\n"))
            .to_string();
        assert_eq!(painted, "a\u{fffd}[2Jb\u{fffd}");
    }
}
