//! What follows from the items of a batch, and from the end of an enumeration.

use std::collections::{HashMap, HashSet};

use super::drive_row::DriveRow;
use super::nodes::{Node, Nodes};
use super::report::Report;
use super::work::Work;
use super::{Failure, Store};
use crate::node::State;

impl Store {
    /// Reports what a batch has changed, and removes what is gone. What was in a folder may still turn up
    /// elsewhere: an item that changes while a query runs comes in a later one, and what is in it and has
    /// not changed never comes. So the rows of a folder stay in the table, out of the tree, until an
    /// enumeration `is_complete`. Returns how many rows were removed.
    pub(super) fn settle(
        &mut self,
        drive: &mut DriveRow,
        work: &mut Work,
        is_complete: bool,
    ) -> Result<i64, Failure> {
        if !work.is_all_fresh() || self.nodes.is_indexed() {
            self.nodes.counts.flush(&self.connection)?;
        }
        if !work.is_all_fresh() {
            self.restore(drive, work)?;
        }
        if self.settings.tells(drive) {
            self.report(drive, work).run()?;
        }
        let mut removed = 0;
        for node in &work.gone {
            let Some(gone) = Nodes::load(&self.connection, *node)? else {
                continue;
            };
            if is_complete || !gone.fields.is_folder() && gone.below == 0 {
                removed += self.remove(drive, &gone)?;
            } else {
                drive.waiting -= i64::from(gone.state == State::Waiting);
                self.nodes.detach(&self.connection, *node, State::Dead)?;
            }
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
            touched: HashSet::new(),
        }
    }

    /// Removes a row and everything in it. Returns how many rows of the tree that were.
    fn remove(&mut self, drive: &mut DriveRow, top: &Node) -> rusqlite::Result<i64> {
        self.nodes.counts.add(top.parent, -(1 + top.below));
        let mut all = vec![(top.node, top.state)];
        let mut next = 0;
        let has_content = top.below > 0 || top.fields.is_folder();
        while has_content && next < all.len() {
            let children = self.nodes.children(&self.connection, all[next].0)?;
            all.extend(children);
            next += 1;
        }
        let mut removed = 0;
        for (node, state) in all {
            removed += i64::from(state != State::Unseen);
            drive.waiting -= i64::from(state == State::Waiting);
            self.nodes.remove(&self.connection, node)?;
        }
        // The others were out of the tree already.
        if !matches!(top.state, State::There | State::Waiting) {
            removed = 0;
        }
        Ok(removed)
    }

    /// Everything that Graph knows has come: the first enumeration is complete, or another one, which
    /// shows what is gone.
    pub(super) fn complete(&mut self, drive: &mut DriveRow) -> Result<(), Failure> {
        if !drive.ready {
            self.nodes.ensure_indexed(&self.connection)?;
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
}
