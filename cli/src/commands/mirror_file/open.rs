use std::io::{self, Write};

use drivebell::Resource;
use drivebell_mirror::{MirrorFile, Tree};
use tokio::task::spawn_blocking;

use crate::arguments::MirrorArgs;
use crate::exit::{End, ExitCode, Failure, Stop};

/// The tree of the drive that the arguments choose. Blocks.
pub(super) fn tree(arguments: &MirrorArgs) -> Result<Tree, Failure> {
    let file = arguments.file.display();
    let mirror = MirrorFile::open(&arguments.file)?;
    let resources = mirror.resources()?;
    let resource = match (&arguments.drive, &*resources) {
        (Some(drive), _) => drive,
        (None, [only]) => only,
        (None, []) => {
            let problem = format!("{file} has no drive yet: `drivebell mirror` fills it");
            return Err(Failure::new(ExitCode::Missing, problem));
        }
        (None, several) => {
            let list = list(several);
            let problem = format!("{file} mirrors several drives; choose one with --drive:{list}");
            return Err(Failure::new(ExitCode::Usage, problem));
        }
    };
    let Some(tree) = mirror.tree(resource)? else {
        let list = list(&resources);
        let problem = format!("--drive: {resource} is not in {file}, which mirrors:{list}");
        return Err(Failure::new(ExitCode::Missing, problem));
    };
    if !tree.stats()?.ready {
        let _ = writeln!(
            io::stderr(),
            "drivebell: the first enumeration of {resource} is not complete, so items are missing"
        );
    }
    Ok(tree)
}

fn list(resources: &[Resource]) -> String {
    let line = |resource| format!("\n  {resource}");
    resources.iter().map(line).collect()
}

/// Reads on a thread of its own: a slow disk must not delay the exit.
pub(super) async fn reading<T: Send + 'static>(
    stop: &Stop,
    read: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, End> {
    let read = tokio::select! {
        biased;
        reason = stop.requested() => return Err(End::Stopped(reason)),
        read = spawn_blocking(read) => read,
    };
    match read {
        Ok(read) => Ok(read?),
        Err(error) => Err(Failure::new(ExitCode::Other, format!("cannot read: {error}")).into()),
    }
}
