//! A batch, from its items to what follows from them.

use std::collections::HashSet;

use drivebell::{ChangeBatch, DriveItem, Error, ErrorKind, Item, Trigger};
use rusqlite::Connection;

use super::absorb::Absorb;
use super::drive_row::{Cause, DriveRow};
use super::first_fill::FirstFill;
use super::work::Work;
use super::{Failure, Store};
use crate::reading::{Arrival, Readings};

impl Store {
    /// Brings a batch into the file, with what follows from it.
    pub(super) fn absorb_batch(
        &mut self,
        drive: &mut DriveRow,
        arrival: &Arrival,
    ) -> Result<(), Failure> {
        let batch = &arrival.batch;
        drive.changed = true;
        let mark = mark_of(drive, batch);
        let mut work = Work::new(batch.trigger);
        let deferred = take_deferred(&self.connection, drive, batch)?;
        let mut absorb = Absorb {
            connection: &self.connection,
            nodes: &mut self.nodes,
            drive,
            settings: &self.settings,
            mark,
            work: &mut work,
            blocked: Vec::new(),
            is_other: false,
        };
        for item in &deferred {
            absorb.item(Readings::of_one(item).get(0, item))?;
            absorb.note_age(item, true)?;
        }
        absorb_items(&mut absorb, arrival)?;
        absorb.retry()?;
        if absorb.is_other {
            return Err(self.other_drive(
                "mirrors another drive than the one that this resource names now: give the path of another \
                 file. /me/drive is the drive of whoever signs in; /drives/ID is always the same",
            ));
        }
        if batch.trigger == Trigger::Audit && drive.ready {
            let found = work.fresh.len() + work.known.len() + work.gone.len();
            drive.drift += i64::try_from(found).unwrap_or(i64::MAX);
        }
        self.settle(drive, &mut work, false)?;
        drive.checkpoint = Some(batch.checkpoint.clone());
        if batch.caught_up && batch.snapshot.is_some() {
            self.complete(drive)?;
        }
        Ok(())
    }
}

fn absorb_items(absorb: &mut Absorb<'_>, arrival: &Arrival) -> Result<(), Failure> {
    absorb.nodes.touch(arrival.id_hashes());
    if absorb.settings.tells(absorb.drive) {
        absorb.nodes.leave_memory(absorb.connection)?;
    }
    let mut fill = FirstFill::of(absorb)?;
    for read in arrival.items() {
        let Some(read) = read else {
            let says = "Graph's delta query answered with rows of a list, which make no tree";
            return Err(Failure::Other(Error::new(ErrorKind::Protocol, says)));
        };
        if let Some(fill) = &mut fill
            && fill.take(absorb, read)?
        {
            continue;
        }
        absorb.item(read)?;
        absorb.note_age(read.item, false)?;
    }
    if let Some(fill) = &mut fill {
        fill.flush()?;
    }
    Ok(())
}

/// The mark of the batch's items. A new snapshot begins a new one.
fn mark_of(drive: &mut DriveRow, batch: &ChangeBatch) -> i64 {
    match (&batch.snapshot, &drive.snapshot) {
        (Some(new), Some(known)) if new == known => drive.mark,
        (Some(new), Some(known)) if new < known => drive.mark - 1,
        (Some(new), known) => {
            drive.cause = match known {
                None => Cause::Start,
                Some(_) if batch.resync_code.is_none() && batch.trigger == Trigger::Audit => {
                    Cause::Audit
                }
                Some(_) => Cause::Resync,
            };
            drive.mark += 1;
            drive.snapshot = Some(new.clone());
            drive.mark
        }
        (None, _) => drive.mark,
    }
}

/// The items that wait for their new place, unless the batch knows better.
fn take_deferred(
    connection: &Connection,
    drive: &mut DriveRow,
    batch: &ChangeBatch,
) -> rusqlite::Result<Vec<DriveItem>> {
    if !drive.has_deferred {
        return Ok(Vec::new());
    }
    let mut statement =
        connection.prepare_cached("DELETE FROM deferred WHERE drive = ? RETURNING json")?;
    let rows = statement.query_map([drive.key], |row| row.get::<_, String>(0))?;
    let items: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
    drive.has_deferred = false;
    let newer: HashSet<&str> = batch.items.iter().map(Item::id).collect();
    let items = items
        .iter()
        .filter_map(|json| DriveItem::from_raw(json).ok());
    Ok(items.filter(|item| !newer.contains(item.id())).collect())
}
