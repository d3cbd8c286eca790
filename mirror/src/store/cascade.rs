//! What follows from the items of a batch, and from the end of an enumeration.

use std::collections::HashMap;

use drivebell::FoundBy;
use rusqlite::Connection;

use super::drive_row::{Cause, DriveRow};
use super::fields::Difference;
use super::nodes::Nodes;
use super::report::Report;
use super::work::Work;
use super::{Failure, Store};
use crate::node::{NodeId, State};
use crate::tree::MAX_DEPTH;

impl Store {
    /// Reports what a batch has changed, and removes what is gone. Returns how many rows that were.
    pub(super) fn settle(&mut self, drive: &mut DriveRow, work: &mut Work) -> Result<i64, Failure> {
        if !work.is_all_fresh() {
            self.nodes.counts.flush(&self.connection)?;
        }
        let orphans = self.orphans(work)?;
        let tells = drive.tells() && !self.settings.filter.wants_nothing();
        if tells {
            self.report(drive, work).run()?;
        }
        for orphan in &orphans {
            self.nodes
                .set_state(&self.connection, *orphan, State::Waiting)?;
            drive.waiting += 1;
        }
        let mut removed = 0;
        for node in work.gone.clone() {
            removed += self.remove(drive, work, node, &orphans)?;
        }
        Ok(removed)
    }

    fn report<'a>(&'a mut self, drive: &'a mut DriveRow, work: &'a mut Work) -> Report<'a> {
        Report {
            connection: &self.connection,
            nodes: &mut self.nodes,
            outbox: &mut self.outbox,
            drive,
            filter: &self.settings.filter,
            keep_raw: self.settings.keep_raw,
            work,
            paths: HashMap::new(),
        }
    }

    /// Items of the batch whose folder is gone by the same batch: they wait for another word of Graph.
    fn orphans(&self, work: &mut Work) -> rusqlite::Result<Vec<NodeId>> {
        let mut orphans = Vec::new();
        if work.gone.is_empty() {
            return Ok(orphans);
        }
        let touched = work
            .fresh
            .iter()
            .map(|node| node.node)
            .chain(work.known.iter().copied());
        for node in touched.collect::<Vec<_>>() {
            if !work.is_gone(node) && is_below_gone(&self.connection, work, node)? {
                orphans.push(node);
            }
        }
        for orphan in &orphans {
            let is_fresh = work.is_unknown(*orphan);
            work.fresh.retain(|node| node.node != *orphan);
            work.known.retain(|node| node != orphan);
            if is_fresh {
                // The consumer never hears of it.
                if let Some(pending) = work.pending.get_mut(orphan) {
                    pending.step = super::work::Step::Reported;
                }
            } else if let Some(pending) = work.pending.get_mut(orphan) {
                pending.is_gone = true;
                work.gone.push(*orphan);
            }
        }
        Ok(orphans)
    }

    /// Removes a row and everything in it, except orphans, for which an empty row stays.
    fn remove(
        &mut self,
        drive: &mut DriveRow,
        work: &Work,
        node: NodeId,
        orphans: &[NodeId],
    ) -> rusqlite::Result<i64> {
        if orphans.contains(&node) {
            return Ok(0);
        }
        let Some(top) = Nodes::load(&self.connection, node)? else {
            return Ok(0);
        };
        if top.state == State::Unseen {
            return Ok(0);
        }
        let mut all = vec![(node, top.state)];
        let mut next = 0;
        let mut kept = Vec::new();
        let has_content = top.below > 0 || top.fields.is_folder() && drive.waiting > 0;
        while has_content && next < all.len() {
            for child in self.nodes.children(&self.connection, all[next].0)? {
                if orphans.contains(&child.0) {
                    kept.push(all[next].0);
                } else {
                    all.push(child);
                }
            }
            next += 1;
        }
        debug_assert!(work.is_gone(node));
        if kept.is_empty() {
            self.nodes.counts.add(top.parent, -(1 + top.below));
        } else {
            self.nodes.counts.flush(&self.connection)?;
            let below = Nodes::load(&self.connection, node)?.map_or(0, |node| node.below);
            self.nodes.counts.add(top.parent, -(1 + below));
        }
        let mut removed = 0;
        for (node, state) in all {
            if state != State::Unseen {
                removed += 1;
            }
            drive.waiting -= i64::from(state == State::Waiting);
            if kept.contains(&node) {
                self.nodes
                    .set_state(&self.connection, node, State::Unseen)?;
                self.connection
                    .prepare_cached("UPDATE node SET parent = NULL, below = (SELECT count(*) FROM node AS child WHERE child.parent = node.node) WHERE node = ?")?
                    .execute([node])?;
            } else {
                self.nodes.remove(&self.connection, node)?;
            }
        }
        drive.items -= removed;
        Ok(removed)
    }

    /// Everything that Graph knows has come: the first enumeration is complete, or another one, which
    /// shows what is gone.
    pub(super) fn complete(&mut self, drive: &mut DriveRow) -> Result<(), Failure> {
        if !drive.ready {
            self.nodes.ensure_indexed(&self.connection)?;
            self.displace_namesakes(drive)?;
        }
        if drive.swept < drive.mark {
            if drive.mark > 1 {
                self.sweep(drive)?;
            }
            drive.swept = drive.mark;
        }
        drive.ready = true;
        Ok(())
    }

    /// Of two items with one name, which a first enumeration does not look for, the later one stays.
    fn displace_namesakes(&mut self, drive: &mut DriveRow) -> Result<(), Failure> {
        let folders: Vec<(NodeId, i64)> = {
            let mut statement = self.connection.prepare_cached(
                "SELECT parent, name_key FROM node WHERE parent IS NOT NULL GROUP BY parent, name_key HAVING count(*) > 1",
            )?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        let mut work = Work::new(drivebell::Trigger::Start);
        for (folder, name_key) in folders {
            let items: Vec<NodeId> = {
                let mut statement = self.connection.prepare_cached(
                    "SELECT node FROM node WHERE parent = ? AND name_key = ? AND state = 2 AND drive = ? ORDER BY node",
                )?;
                let rows = statement.query_map([folder, name_key, drive.key], |row| row.get(0))?;
                rows.collect::<rusqlite::Result<_>>()?
            };
            for item in items {
                let Some(node) = Nodes::load(&self.connection, item)? else {
                    continue;
                };
                let others = Nodes::namesakes(&self.connection, folder, node.name(), item)?;
                let Some(last) = others.into_iter().max().filter(|last| *last > item) else {
                    continue;
                };
                let tells = drive.tells() && !self.settings.filter.wants_nothing();
                if !tells {
                    self.nodes
                        .set_state(&self.connection, item, State::Displaced)?;
                    continue;
                }
                let mut report = self.report(drive, &mut work);
                report.displace(item)?;
                // Its path went with the other's deletion.
                if let (Some(path), Some(last)) =
                    (report.path(last)?, Nodes::load(&self.connection, last)?)
                {
                    let difference = Difference {
                        content: true,
                        sharing: false,
                        any: true,
                    };
                    let mut report = self.report(drive, &mut work);
                    report.modified(&last, &path, difference)?;
                }
            }
        }
        self.outbox.flush(&self.connection, drive)?;
        Ok(())
    }

    pub(super) fn found_by(cause: Cause) -> Option<FoundBy> {
        match cause {
            Cause::Start => None,
            Cause::Audit => Some(FoundBy::Audit),
            Cause::Resync => Some(FoundBy::Resync),
        }
    }
}

fn is_below_gone(connection: &Connection, work: &Work, node: NodeId) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached("SELECT parent FROM node WHERE node = ?")?;
    let mut next: Option<NodeId> = statement.query_row([node], |row| row.get(0))?;
    for _ in 0..MAX_DEPTH {
        match next {
            Some(folder) if work.is_gone(folder) => return Ok(true),
            Some(folder) => next = statement.query_row([folder], |row| row.get(0))?,
            None => break,
        }
    }
    Ok(false)
}
