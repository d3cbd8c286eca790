//! `drivebell find`.

use drivebell_mirror::PathFilter;
use tokio::sync::mpsc;

use super::open::{reading, tree};
use crate::arguments::{Common, Find, MirrorArgs};
use crate::exit::{End, Failure, Stop};
use crate::output::{Output, Row};

pub(crate) async fn run(
    common: &Common,
    options: &Find,
    output: &Output,
    stop: &Stop,
) -> Result<(), End> {
    let filter = PathFilter::new("glob", [options.glob.as_str()])?;
    let mirror = options.mirror.clone();
    let (found, mut rows) = mpsc::channel(1);
    let searching = reading(stop, move || search(&mirror, &filter, &found));
    let format = output.format(common.json);
    let printing = async {
        while let Some(rows) = rows.recv().await {
            output.write(format.rows(&rows)).await?;
        }
        Ok(())
    };
    tokio::try_join!(searching, printing)?;
    Ok(())
}

/// Walks the whole tree, in pieces that fit into memory.
fn search(
    mirror: &MirrorArgs,
    filter: &PathFilter,
    found: &mpsc::Sender<Vec<Row>>,
) -> Result<(), Failure> {
    let tree = tree(mirror)?;
    let mut walk = tree.walk("/")?.matching(filter);
    loop {
        let chunk = walk.next_chunk()?;
        if chunk.is_empty() {
            return Ok(());
        }
        let rows = chunk.into_iter().map(|(path, item)| Row {
            resource: tree.resource().clone(),
            label: path.clone(),
            path,
            item,
        });
        // Nobody receives any more once the command has to stop.
        if found.blocking_send(rows.collect()).is_err() {
            return Ok(());
        }
    }
}
