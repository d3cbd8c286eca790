//! What a command of `--exec` reads.

use std::io::{self, Write};

use drivebell::visible;
use drivebell_mirror::{Change, ChangeKind, MirrorOptions};

use crate::arguments::ExecFormat;
use crate::exit::{ExitCode, Failure};
use crate::output::Format;

/// Has the mirror hand out only what has a path to read: files, and no deletions. A folder that moves
/// then comes as the changes of its files.
pub(super) fn choose_paths(options: &mut MirrorOptions) -> Result<(), Failure> {
    options.files_only = true;
    let kinds = options.kinds.take().unwrap_or_else(|| {
        let all = ChangeKind::ALL.iter();
        all.map(ToString::to_string).collect()
    });
    let deleted = ChangeKind::Deleted.as_str();
    let kinds: Vec<_> = kinds.into_iter().filter(|kind| kind != deleted).collect();
    if kinds.is_empty() {
        return Err(Failure::new(
            ExitCode::Usage,
            "--exec-format paths: a file that is deleted has no path to read: choose other --kinds, \
             or --exec-format json",
        ));
    }
    options.kinds = Some(kinds);
    Ok(())
}

/// Empty if there is nothing to run the command for.
pub(super) fn of(format: ExecFormat, changes: &[Change]) -> String {
    match format {
        ExecFormat::Json => Format::Json.changes(changes),
        ExecFormat::Paths => changes.iter().filter_map(path_line).collect(),
    }
}

fn path_line(change: &Change) -> Option<String> {
    let path = &change.path;
    // An outbox that another command has filled may have other changes too.
    if change.kind == ChangeKind::Deleted || change.item().is_folder() {
        return None;
    }
    if path.contains(['\n', '\r']) {
        let _ = writeln!(
            io::stderr(),
            "drivebell: {} has a line break in its name, and --exec-format paths cannot say it: left out",
            visible(path)
        );
        return None;
    }
    Some(format!("{path}\n"))
}
