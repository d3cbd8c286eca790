//! Brings items into the table of nodes.

use drivebell::DriveItem;
use rusqlite::{Connection, params};

use super::Settings;
use super::drive_row::DriveRow;
use super::fields::differences;
use super::new_node::{Common, NewNode};
use super::nodes::{Node, Nodes};
use super::work::Work;
use crate::node::{Fields, NodeId, State, facets};
use crate::reading::{Id, ReadItem, Readings, one_line};

pub(super) struct Absorb<'a> {
    pub(super) connection: &'a Connection,
    pub(super) nodes: &'a mut Nodes,
    pub(super) drive: &'a mut DriveRow,
    pub(super) settings: &'a Settings,
    pub(super) mark: i64,
    pub(super) work: &'a mut Work,
    /// Items whose new place is not there yet.
    pub(super) blocked: Vec<DriveItem>,
    /// An item shows that this is another drive.
    pub(super) is_other: bool,
}

impl Absorb<'_> {
    pub(super) fn item(&mut self, read: ReadItem<'_>) -> rusqlite::Result<()> {
        let (item, id) = (read.item, read.id());
        let found = self.nodes.find(self.connection, self.drive.key, id)?;
        if item.is_deleted() {
            match found {
                Some((node, State::Unseen)) => {
                    // What waits for it will go with it.
                    self.nodes.set_state(self.connection, node, State::Dead)?;
                }
                Some((node, state)) if state != State::Dead && self.drive.root != Some(node) => {
                    self.work.add_gone(node);
                }
                _ => {}
            }
            return Ok(());
        }
        let is_root = item.is_root() || (item.parent_id().is_none() && self.drive.root.is_none());
        if is_root && !self.recognise(item) {
            return Ok(());
        }
        let (connection, known) = (self.connection, &mut self.nodes.words);
        let words = read.word_numbers(|_, text| known.number(connection, text))?;
        let mut fields = read.columns(words).to_fields();
        let parent = match item.parent_id() {
            Some(id) if !is_root => Some(self.nodes.folder(self.connection, self.drive.key, id)?),
            _ => None,
        };
        if is_root {
            fields.facets |= facets::ROOT | facets::FOLDER;
        }
        let is_there = is_root || parent.is_some_and(|(_, state)| state == State::There);
        let parent = parent.map(|(parent, _)| parent);
        let node = match found {
            None => self.insert(read, parent, is_there, fields)?,
            Some((node, _)) => {
                let known = Nodes::load(self.connection, node)?
                    .ok_or(rusqlite::Error::QueryReturnedNoRows)?;
                match known.state {
                    State::Unseen => self.reveal(item, known, parent, is_there, fields)?,
                    State::Displaced | State::Dead => {
                        self.revive(item, known, parent, is_there, fields)?;
                    }
                    _ => self.change(item, known, parent, is_there, fields)?,
                }
                node
            }
        };
        if is_root {
            self.drive.root = Some(node);
        }
        self.keep_raw(node, item)
    }

    /// Keeps the JSON of an item, if that is wanted.
    pub(super) fn keep_raw(&mut self, node: NodeId, item: &DriveItem) -> rusqlite::Result<()> {
        if self.settings.keep_raw {
            self.connection
                .prepare_cached("INSERT OR REPLACE INTO raw (node, json) VALUES (?, ?)")?
                .execute(params![node, one_line(item.raw())])?;
        }
        Ok(())
    }

    /// Whether the root is that of the drive in the file. Personal ids differ in case and leading zeros.
    fn recognise(&mut self, root: &DriveItem) -> bool {
        let Some(id) = root.drive_id() else {
            return true;
        };
        let plain = |id: &str| id.trim_start_matches('0').to_lowercase();
        match &self.drive.drive_id {
            Some(known) if plain(known) != plain(id) => self.is_other = true,
            Some(_) => {}
            None => self.drive.drive_id = Some(id.to_owned()),
        }
        !self.is_other
    }

    fn insert(
        &mut self,
        read: ReadItem<'_>,
        parent: Option<NodeId>,
        is_there: bool,
        fields: Fields,
    ) -> rusqlite::Result<NodeId> {
        let state = if is_there {
            State::There
        } else {
            State::Waiting
        };
        let common = Common {
            drive: self.drive.key,
            state,
            mark: self.mark,
        };
        let row = NewNode {
            id: read.id(),
            parent,
            name_key: read.name_key(),
            columns: fields.columns(),
        };
        let node = self.nodes.insert(self.connection, common, &row)?;
        self.nodes.counts.add(parent, 1);
        if is_there {
            self.claim(parent, fields.name.as_deref(), node)?;
            // Of a first enumeration that is silent, nobody asks what was new.
            if self.drive.ready || self.settings.tells(self.drive) {
                self.work.add_fresh(Node {
                    node,
                    id: read.id().text.to_owned(),
                    parent,
                    state,
                    mark: self.mark,
                    below: 0,
                    fields,
                });
            }
        } else {
            self.drive.waiting += 1;
        }
        Ok(node)
    }

    /// A folder has come that was known by its children only.
    fn reveal(
        &mut self,
        item: &DriveItem,
        known: Node,
        parent: Option<NodeId>,
        is_there: bool,
        fields: Fields,
    ) -> rusqlite::Result<()> {
        if self.is_blocked(item, known.node, parent)? {
            return Ok(());
        }
        self.settle_in(known, parent, is_there, fields)
    }

    /// Blocks an item that would be in itself. That passes when the folders between have moved.
    fn is_blocked(
        &mut self,
        item: &DriveItem,
        node: NodeId,
        parent: Option<NodeId>,
    ) -> rusqlite::Result<bool> {
        let is_blocked = match parent {
            Some(parent) => Nodes::is_in(self.connection, parent, node)?,
            None => false,
        };
        if is_blocked {
            self.blocked.push(item.clone());
        }
        Ok(is_blocked)
    }

    /// Gives an item that is not in the tree its place, or lets it wait for its folder.
    fn settle_in(
        &mut self,
        known: Node,
        parent: Option<NodeId>,
        is_there: bool,
        fields: Fields,
    ) -> rusqlite::Result<()> {
        let below = self.count_below(known.node)?;
        Nodes::update(self.connection, known.node, parent, self.mark, &fields)?;
        self.nodes.counts.add(parent, 1 + below);
        if is_there {
            return self.arrive(Node {
                parent,
                fields,
                ..known
            });
        }
        self.drive.waiting += 1;
        self.nodes
            .set_state(self.connection, known.node, State::Waiting)
    }

    /// Notes whether what is known of an item is older than what came with this batch.
    pub(super) fn note_age(&mut self, item: &DriveItem, is_old: bool) -> rusqlite::Result<()> {
        if !is_old && self.work.old_news.is_empty() {
            return Ok(());
        }
        let id = Id::of(item.id());
        let found = self.nodes.find(self.connection, self.drive.key, id)?;
        if let Some((node, _)) = found {
            if is_old {
                self.work.old_news.insert(node);
            } else {
                self.work.old_news.remove(&node);
            }
        }
        Ok(())
    }

    /// An item takes a name in a folder. If another one had it, that cannot be there any more. Where the
    /// consumer is told, the report sees to it.
    fn claim(
        &mut self,
        folder: Option<NodeId>,
        name: Option<&str>,
        node: NodeId,
    ) -> rusqlite::Result<()> {
        self.nodes.claim(self.connection, folder, name, node)?;
        if let (false, true, Some(folder), Some(name)) = (
            self.settings.tells(self.drive),
            self.nodes.is_indexed(),
            folder,
            name,
        ) {
            for other in Nodes::namesakes(self.connection, folder, name, node)? {
                let loser = if self.work.is_older(node, other) {
                    node
                } else {
                    other
                };
                self.nodes
                    .detach(self.connection, loser, State::Displaced)?;
                if loser == node {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The number of items in a folder that is about to get another place: what is still to be added
    /// must go to the folders above its present one.
    fn count_below(&mut self, node: NodeId) -> rusqlite::Result<i64> {
        self.nodes.counts.flush(self.connection)?;
        Ok(Nodes::load(self.connection, node)?.map_or(0, |node| node.below))
    }

    /// An item gets its place in the tree, and with it what waits for it.
    fn arrive(&mut self, node: Node) -> rusqlite::Result<()> {
        let first = node.node;
        let mut arriving = vec![node];
        while let Some(mut node) = arriving.pop() {
            if node.node != first {
                self.work.old_news.insert(node.node);
            }
            node.state = State::There;
            self.nodes
                .set_state(self.connection, node.node, State::There)?;
            if self.drive.waiting > 0 {
                for waiting in Nodes::waiting(self.connection, node.node)?
                    .into_iter()
                    .rev()
                {
                    arriving.extend(Nodes::load(self.connection, waiting)?);
                    self.drive.waiting -= 1;
                }
            }
            self.claim(node.parent, node.fields.name.as_deref(), node.node)?;
            // Also if it is empty now: something may leave it in this batch.
            let may_have_content = self.nodes.is_indexed();
            let key = node.node;
            self.work.add_fresh(node);
            if may_have_content {
                self.work.set_again(key);
            }
        }
        Ok(())
    }

    /// An item has come that was deleted, or that another of its name has displaced.
    fn revive(
        &mut self,
        item: &DriveItem,
        known: Node,
        parent: Option<NodeId>,
        is_there: bool,
        fields: Fields,
    ) -> rusqlite::Result<()> {
        if self.is_blocked(item, known.node, parent)? {
            return Ok(());
        }
        self.nodes.ensure_indexed(self.connection)?;
        // It stays behind the other one, unless it shows that it lives.
        if known.state == State::Displaced
            && known.fields.name == fields.name
            && !differences(&known.fields, &fields).any
            && let (Some(folder), Some(name)) = (parent, &fields.name)
            && !Nodes::namesakes(self.connection, folder, name, known.node)?.is_empty()
        {
            return Nodes::set_mark(self.connection, known.node, self.mark);
        }
        self.connection
            .prepare_cached("DELETE FROM displaced WHERE node = ?")?
            .execute([known.node])?;
        self.settle_in(known, parent, is_there, fields)
    }

    fn change(
        &mut self,
        item: &DriveItem,
        known: Node,
        parent: Option<NodeId>,
        is_there: bool,
        fields: Fields,
    ) -> rusqlite::Result<()> {
        let moved = known.parent != parent || known.fields.name != fields.name;
        let was_there = known.state == State::There;
        let leads_in_circle = || match parent {
            Some(parent) if parent != known.parent.unwrap_or_default() => {
                Nodes::is_in(self.connection, parent, known.node)
            }
            _ => Ok(false),
        };
        if moved && !known.is_root() && ((was_there && !is_there) || leads_in_circle()?) {
            if known.mark != self.mark {
                Nodes::set_mark(self.connection, known.node, self.mark)?;
            }
            self.blocked.push(item.clone());
            return Ok(());
        }
        let difference = differences(&known.fields, &fields);
        if known.parent != parent {
            let below = self.count_below(known.node)?;
            self.nodes.counts.add(known.parent, -(1 + below));
            self.nodes.counts.add(parent, 1 + below);
        }
        if moved || difference.any || known.mark != self.mark || known.fields != fields {
            Nodes::update(self.connection, known.node, parent, self.mark, &fields)?;
        }
        let name = fields.name.clone();
        match known.state {
            State::There => {
                if moved && !known.is_root() {
                    self.nodes.forget_folders();
                    self.claim(parent, name.as_deref(), known.node)?;
                    self.work
                        .add_move(known.node, known.parent, known.name().to_owned());
                }
                if difference.any {
                    self.work.add_difference(known.node, difference);
                } else if !moved {
                    self.drive.suppressed += 1;
                }
            }
            State::Waiting if is_there => {
                self.drive.waiting -= 1;
                self.arrive(Node {
                    parent,
                    fields,
                    ..known
                })?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Tries blocked items again until none of them finds its place any more, and keeps the rest for the
    /// next batch.
    pub(super) fn retry(&mut self) -> rusqlite::Result<()> {
        loop {
            let blocked = std::mem::take(&mut self.blocked);
            if blocked.is_empty() {
                return Ok(());
            }
            for item in &blocked {
                self.item(Readings::of_one(item).get(0, item))?;
            }
            if self.blocked.len() == blocked.len() {
                break;
            }
        }
        for item in std::mem::take(&mut self.blocked) {
            let id = Id::of(item.id());
            let found = self.nodes.find(self.connection, self.drive.key, id)?;
            if let Some((node, _)) = found {
                self.drive.has_deferred = true;
                self.connection
                    .prepare_cached(
                        "INSERT OR REPLACE INTO deferred (node, drive, json) VALUES (?, ?, ?)",
                    )?
                    .execute(params![node, self.drive.key, one_line(item.raw())])?;
            }
        }
        Ok(())
    }
}
