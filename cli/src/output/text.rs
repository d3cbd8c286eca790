//! Text for people.

use std::fmt::Write as _;
use std::time::SystemTime;

use drivebell::{
    ChangeBatch, DriveItem, Endpoint, Event, Item, Lifecycle, NotificationKind, Resource, visible,
};

use super::style::{Colour, Style};
use super::time::to_seconds;

pub(crate) fn event(style: Style, resource: &Resource, event: &Event) -> String {
    let (at, colour, name, details) = match event {
        Event::Notification(note) => {
            let (colour, details) = match note.kind() {
                NotificationKind::Changed => (Colour::Green, String::new()),
                _ => (
                    Colour::Yellow,
                    "  something may have changed without a notification".to_owned(),
                ),
            };
            let details = match note.coalesced() {
                0 => details,
                others => format!("{details}  and {others} more"),
            };
            (note.received_at(), colour, note.kind().as_str(), details)
        }
        Event::Lifecycle { change, .. } => {
            let (colour, details) = lifecycle(change);
            (SystemTime::now(), colour, change.as_str(), details)
        }
        _ => return String::new(),
    };
    format!(
        "{}  {}  {resource}{details}\n",
        style.paint(Colour::Dim, to_seconds(at)),
        style.paint(colour, format_args!("{name:<12}")),
    )
}

fn lifecycle(change: &Lifecycle) -> (Colour, String) {
    let (colour, cause) = match (change.reason(), change.error()) {
        (Some(reason), _) => (Colour::Yellow, reason.to_string()),
        (None, Some(error)) => (Colour::Red, error.message()),
        (None, None) => return (Colour::Dim, String::new()),
    };
    let mut details = format!("  {}", visible(&cause));
    let retry_in = change.retry_in().unwrap_or_default();
    if !retry_in.is_zero() {
        let seconds = retry_in.as_secs_f64().ceil();
        let _ = write!(details, "; next attempt in {seconds:.0} s");
    }
    if let Some(page) = change.help_url() {
        let _ = write!(details, "; see {page}");
    }
    (colour, details)
}

pub(crate) fn batch(style: Style, batch: &ChangeBatch) -> String {
    let mut lines = String::new();
    for item in &batch.items {
        lines.push_str(&item_line(style, item));
    }
    let mut end = format!("{} ({})", items(batch.items.len()), batch.trigger);
    if let Some(code) = &batch.resync_code {
        let _ = write!(end, ", full enumeration: {}", visible(code));
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

fn item_line(style: Style, item: &Item) -> String {
    let (kind, modified, size) = match item {
        Item::Drive(item) => (kind_of(item), item.modified_at(), item.size()),
        Item::List(item) => ("item", item.modified_at(), None),
        _ => ("item", None, None),
    };
    let (kind, colour) = if item.is_deleted() {
        ("deleted", Colour::Red)
    } else {
        (kind, Colour::Green)
    };
    let name = match item.name() {
        Some(name) => visible(name),
        // A deleted item of OneDrive for Business has no name.
        None => visible(item.id()),
    };
    let mut line = format!(
        "{}  {}  {}",
        style.paint(
            Colour::Dim,
            modified.map_or_else(|| " ".repeat(20), to_seconds)
        ),
        style.paint(colour, format_args!("{kind:<7}")),
        style.paint(Colour::Bold, name),
    );
    if let Some(bytes) = size
        && kind == "file"
    {
        let _ = write!(line, "  {}", style.paint(Colour::Dim, byte_count(bytes)));
    }
    line.push('\n');
    line
}

fn kind_of(item: &DriveItem) -> &'static str {
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
        visible(endpoint.id().unwrap_or("-")),
        visible(endpoint.host()),
        to_seconds(endpoint.expires_at()),
    );
    if with_url {
        let _ = writeln!(lines, "url      {}", visible(endpoint.notification_url()));
    }
    lines
}

pub(super) fn byte_count(bytes: u64) -> String {
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
    fn byte_counts_are_short() {
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
    fn no_character_of_a_name_acts_on_the_terminal() {
        let name = "a\u{1b}[2Jb\n\u{202e}gpj.exe";
        let painted = Style::PLAIN.paint(Colour::Bold, visible(name)).to_string();
        assert_eq!(painted, "a\u{fffd}[2Jb \u{fffd}gpj.exe");
    }
}
