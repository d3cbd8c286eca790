//! `drivebell ls`.

use drivebell::DriveItem;
use drivebell_mirror::Tree;

use super::open::{reading, tree};
use crate::arguments::{Common, Ls};
use crate::exit::{End, ExitCode, Failure, Stop};
use crate::output::{Output, Row};

pub(crate) async fn run(
    common: &Common,
    options: &Ls,
    output: &Output,
    stop: &Stop,
) -> Result<(), End> {
    let (mirror, path) = (options.mirror.clone(), options.path.clone());
    let rows = reading(stop, move || rows(&tree(&mirror)?, &path)).await?;
    let format = output.format(common.json);
    output.write(format.rows(&rows)).await
}

/// The items in a folder, or the item itself.
fn rows(tree: &Tree, path: &str) -> Result<Vec<Row>, Failure> {
    let resource = tree.resource();
    let missing = || {
        let problem = format!("nothing is at {path} in the mirror of {resource}");
        Failure::new(ExitCode::Missing, problem)
    };
    let item = tree.get(path)?.ok_or_else(missing)?;
    // As the drive spells it.
    let path = tree.path(item.id())?.ok_or_else(missing)?;
    let row = |path: String, label: String, item: DriveItem| Row {
        resource: resource.clone(),
        path,
        label,
        item,
    };
    if !item.is_folder() && !item.is_root() {
        return Ok(vec![row(path.clone(), path, item)]);
    }
    let folder = path.trim_end_matches('/');
    let children = tree.children(&path)?;
    Ok(children
        .into_iter()
        .map(|item| {
            let name = item.name().unwrap_or_default().to_owned();
            row(format!("{folder}/{name}"), name, item)
        })
        .collect())
}
