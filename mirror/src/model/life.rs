//! One random life of a mirror and its drives: changes, faults, crashes, and a consumer that is late.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use drivebell::internals::TreeDrive;
use drivebell::{ChangeBatch, DriveItem, Error, Initial, Resource, Trigger};
use fastrand::Rng;
use futures_util::StreamExt;
use rusqlite::Connection;
use tokio::time::{Instant, timeout, timeout_at};

use super::counts::Counts;
use super::filters::Wanted;
use super::member::Member;
use super::replay::Replay;
use super::rows::state;
use crate::change::Change;
use crate::filter::Filter;
use crate::reader::Reader;
use crate::reading::Arrival;
use crate::store::{Settings, Store};
use crate::test_file::TestFile;
use crate::tree::Tree;

/// Longer than any lag, backoff and poll of the model.
const SETTLES: Duration = Duration::from_secs(600);

pub(super) struct Life {
    random: Rng,
    file: TestFile,
    wanted: Wanted,
    store: Store,
    /// Something was stored since the last commit.
    is_dirty: bool,
    members: Vec<Member>,
    /// What was handed out and not handled, and of which drive.
    hand: VecDeque<Change>,
    drive: i64,
    /// What was handled and is not noted as done.
    done: Option<(i64, u64)>,
    counts: Counts,
}

impl Life {
    pub(super) async fn run(seed: u64) -> Counts {
        // Of the streams' jitter.
        fastrand::seed(seed);
        let mut random = Rng::with_seed(seed);
        let file = TestFile::new(&format!("model-{seed}"));
        let mut wanted = Wanted::random(&mut random);
        wanted.options.expand = random.u32(0..4) == 0;
        wanted.options.keep_raw = random.u32(0..4) == 0;
        if random.u32(0..4) == 0 {
            wanted.options.initial = Some(Initial::Silent);
        }
        let drives = random.choice([1, 1, 2, 3]).unwrap_or(1);
        let resources: Vec<Resource> = (0..drives)
            .map(|number| Resource::drive(&format!("b!{number}")).unwrap())
            .collect();
        let only = (drives == 1).then(|| resources[0].clone());
        let store = open(&file, &wanted, only.as_ref()).unwrap();
        let mut life = Self {
            random,
            file,
            wanted,
            store,
            is_dirty: false,
            members: Vec::new(),
            hand: VecDeque::new(),
            drive: 0,
            done: None,
            counts: Counts::default(),
        };
        for (number, resource) in (0..).zip(resources) {
            life.add(resource, TreeDrive::new(seed * 10 + number));
        }
        life.take_steps().await
    }

    fn add(&mut self, resource: Resource, drive: TreeDrive) {
        if self.members.len() == 1 {
            self.counts.add("several drives");
        }
        for _ in 0..self.random.u32(0..30) {
            drive.live();
        }
        let enrolled = self.store.enroll(&resource).unwrap();
        trace(|| format!("{resource} begins: {:?}", drive.paths()));
        assert!(enrolled.checkpoint.is_none() && !enrolled.ready);
        let by_name = self.wanted.tells_each() && self.random.bool();
        let replay = Replay::new(&drive, &self.wanted, by_name);
        let member = Member::new(resource, drive, &enrolled, replay, &mut self.random);
        self.members.push(member);
    }

    async fn take_steps(mut self) -> Counts {
        for _ in 0..self.random.u32(5..70) {
            let member = self.random.usize(..self.members.len());
            match self.random.u32(0..100) {
                0..42 => {
                    let lived = self.members[member].live(&mut self.random, &mut self.counts);
                    trace(|| {
                        format!(
                            "drive {member}: {lived} {:?}",
                            self.members[member].drive.paths()
                        )
                    });
                }
                42..52 => self.members[member].suffer(&mut self.random),
                52..58 => self.restart(),
                58..60 => self.leave_and_return(member),
                60..82 => self.consume(member).await,
                _ => {
                    let most = self.random.usize(1..30);
                    self.handle_changes(most);
                }
            }
        }
        for member in 0..self.members.len() {
            self.settle(member).await;
        }
        self.finish();
        self.counts
    }

    /// The program ends at any moment, and starts again.
    fn restart(&mut self) {
        self.counts.add("restart");
        // What was handled last is not noted.
        let most = self.random.usize(0..6);
        self.handle_changes(most);
        trace(|| "restart".to_owned());
        if self.is_dirty {
            self.counts.add("restart before a commit");
            for member in &mut self.members {
                member.roll_back();
            }
            self.is_dirty = false;
        }
        self.hand.clear();
        self.done = None;
        let only = (self.members.len() == 1).then(|| self.members[0].resource.clone());
        // Which is what the end of a process does to a transaction.
        self.store.abandon();
        self.store = open(&self.file, &self.wanted, only.as_ref()).unwrap();
        for member in &mut self.members {
            member.resume(&self.store.enroll(&member.resource).unwrap());
        }
    }

    /// The consumer removes a drive, and adds it again.
    fn leave_and_return(&mut self, member: usize) {
        self.counts.add("left and came back");
        trace(|| format!("{member} leaves"));
        self.commit();
        let key = self.members[member].key;
        self.store.leave(key);
        // Nothing of it is handed out meanwhile.
        let expected = self.members[member].expected.take();
        if self.drive == key {
            self.hand.clear();
            self.done = None;
        }
        let most = self.random.usize(0..10);
        self.handle_changes(most);
        self.commit();
        let member = &mut self.members[member];
        member.expected = expected;
        member.resume(&self.store.enroll(&member.resource).unwrap());
    }

    async fn consume(&mut self, member: usize) {
        let limit = Duration::from_millis(self.random.u64(0..20_000));
        while let Ok(batch) = timeout(limit, self.members[member].changes.next()).await {
            self.store_batch(member, batch);
            if self.random.u32(0..4) == 0 {
                break;
            }
        }
    }

    fn store_batch(&mut self, member: usize, batch: Option<Result<ChangeBatch, Error>>) {
        let batch = batch.expect("no end").expect("no failure");
        trace(|| {
            let items = batch
                .items
                .iter()
                .map(|item| format!("\n    {}", item.raw()));
            format!(
                "batch of {member}: {} caught_up={} snapshot={:?} resync={:?}{}",
                batch.trigger,
                batch.caught_up,
                batch.snapshot,
                batch.resync_code,
                items.collect::<String>()
            )
        });
        let member = &mut self.members[member];
        self.counts.add("batch");
        if batch.resync_code.is_some() {
            self.counts.add("enumeration");
        }
        if batch.trigger == Trigger::Audit && batch.caught_up {
            self.counts.add("audit");
            member.audits += 1;
        }
        for _ in 0..member.rows.apply(&batch) {
            self.counts.add("came before its folder");
        }
        let was_ready = self.store.is_ready(member.key);
        let caught_up = batch.caught_up;
        self.store.apply(member.key, &Arrival::of(batch)).unwrap();
        self.is_dirty = true;
        let nothing_lags =
            caught_up && member.drive.is_quiet() && member.rows.are(&member.drive.items());
        member.expected = nothing_lags.then(|| self.wanted.paths(&member.drive));
        let (key, resource) = (member.key, member.resource.clone());
        if !was_ready && self.store.is_ready(key) {
            self.commit();
            self.begin_silently(&resource);
        }
        if nothing_lags && self.random.bool() {
            self.counts.add("compared in between");
            self.compare(&resource);
        } else if self.random.u32(0..4) > 0 {
            self.commit();
        }
    }

    /// The consumer that is told nothing of what is there looks at the tree.
    fn begin_silently(&mut self, resource: &Resource) {
        if self.wanted.options.initial != Some(Initial::Silent) {
            return;
        }
        self.counts.add("silent");
        assert_eq!(self.store.outbox(), self.others_outbox(resource));
        let walked = walk(&self.tree(resource));
        let wanted = self.wanted.clone();
        let walked = walked.into_iter();
        let walked = walked.filter(|(path, item)| wanted.wants(path, item.is_folder()));
        self.member(resource).replay.begin_with(walked);
    }

    /// How many changes of the other drives are not done.
    fn others_outbox(&self, resource: &Resource) -> u64 {
        let others = self.members.iter();
        others
            .filter(|member| member.resource != *resource)
            .map(|member| self.tree(&member.resource).stats().unwrap().outbox)
            .sum()
    }

    fn commit(&mut self) {
        if std::mem::take(&mut self.is_dirty) {
            self.store.commit().unwrap();
            for member in &mut self.members {
                member.committed = member.rows.clone();
            }
        }
    }

    /// Handles up to so many changes. Returns whether all are.
    fn handle_changes(&mut self, most: usize) -> bool {
        for _ in 0..most {
            if self.hand.is_empty() && !self.ask() {
                return true;
            }
            let change = self.hand.pop_front().expect("it was asked for");
            let member = self
                .members
                .iter_mut()
                .find(|member| member.key == self.drive);
            let member = member.expect("a known drive");
            trace(|| format!("change {}", change.to_json()));
            member.handle(&change, &mut self.counts);
            self.done = Some((self.drive, change.sequence));
            if self.random.u32(0..4) == 0 {
                self.note();
            }
        }
        false
    }

    /// Asks for the next chunk, as the keeper does.
    fn ask(&mut self) -> bool {
        let mut next = None;
        if self.store.has_committed_changes() {
            next = self.store.next_chunk().unwrap();
        }
        self.note();
        if next.is_none() && self.store.outbox() > 0 {
            self.commit();
        }
        let next = next.or_else(|| self.store.next_chunk().unwrap());
        self.store.read_ahead().unwrap();
        let Some((drive, chunk)) = next else {
            assert_eq!(self.store.outbox(), 0);
            for member in &self.members {
                if let Some(expected) = &member.expected {
                    assert_eq!(member.replay.ids(), *expected);
                }
            }
            return false;
        };
        let changes = chunk.into_changes().unwrap();
        assert!(!changes.is_empty());
        self.drive = drive;
        self.hand = changes.into();
        true
    }

    /// Notes what is done.
    fn note(&mut self) {
        if let Some((drive, sequence)) = self.done.take() {
            self.store.acknowledge(drive, sequence).unwrap();
            if !self.is_dirty {
                self.store.commit().unwrap();
            }
        }
    }

    /// Leaves the mirror time to catch up: for what Graph has lost, until an audit that began afterwards
    /// is complete.
    async fn settle(&mut self, member: usize) {
        for member in &self.members {
            member.calm();
        }
        let until = Instant::now() + SETTLES;
        while let Ok(batch) = timeout_at(until, self.members[member].changes.next()).await {
            self.store_batch(member, batch);
        }
        let audits = self.members[member].audits;
        while self.members[member].drive.lost() > 0 && self.members[member].audits < audits + 2 {
            let batch = timeout(2 * SETTLES, self.members[member].changes.next()).await;
            self.store_batch(member, batch.expect("an audit"));
        }
    }

    fn finish(&mut self) {
        self.commit();
        for member in &mut self.members {
            let items = member.drive.items();
            assert!(
                member.rows.are_placed(&items),
                "{:?} {items:?}",
                member.rows
            );
            member.expected = Some(self.wanted.paths(&member.drive));
        }
        while !self.handle_changes(100) {}
        self.counts.add("compared at the end");
        for member in 0..self.members.len() {
            let resource = self.members[member].resource.clone();
            self.compare(&resource);
            self.compare_thoroughly(member);
        }
    }

    /// The tree must be that of the drive.
    fn compare(&mut self, resource: &Resource) {
        self.commit();
        let walked = walk(&self.tree(resource));
        let drive = self.member(resource).drive.clone();
        let items = drive.items();
        let mut paths = drive.paths();
        paths.remove("/");
        let ids: BTreeMap<_, _> = walked
            .iter()
            .map(|(path, item)| (path.clone(), item.id().to_owned()))
            .collect();
        assert_eq!(ids, paths);
        for (path, item) in &walked {
            assert_eq!(state(item), items[item.id()], "{path}");
        }
    }

    /// Each way to read the tree.
    fn compare_thoroughly(&mut self, member: usize) {
        let Member {
            resource,
            drive,
            rows,
            ..
        } = &self.members[member];
        let tree = self.tree(resource);
        let paths = drive.paths();
        let stats = tree.stats().unwrap();
        assert!(stats.ready && stats.outbox == 0, "{stats:?}");
        // For a folder that was deleted before it was seen.
        let lost = u64::try_from(rows.lost().count()).unwrap();
        assert!(stats.waiting <= lost, "{stats:?}");
        let placed = u64::try_from(paths.len()).unwrap();
        assert_eq!(stats.rows, placed, "{stats:?}");
        if stats.suppressed > 0 {
            self.counts.add("suppressed");
        }
        for (path, id) in &paths {
            assert_eq!(tree.path(id).unwrap().as_ref(), Some(path));
            let got = tree.get(&path.to_ascii_uppercase()).unwrap();
            assert_eq!(got.as_ref().map(DriveItem::id), Some(&**id), "{path}");
            let known = tree.get_by_id(id).unwrap();
            assert_eq!(
                known.map(|item| item.raw().to_owned()),
                got.map(|item| item.raw().to_owned())
            );
            let folder = format!("{}/", path.trim_end_matches('/'));
            let inside: Vec<&str> = paths
                .range(folder.clone()..)
                .map(|(path, _)| &**path)
                .take_while(|path| path.starts_with(&folder))
                .filter(|path| *path != folder)
                .collect();
            let children = tree.children(path).unwrap();
            let children: Vec<_> = children.iter().filter_map(|item| item.name()).collect();
            let mut named: Vec<_> = inside
                .iter()
                .map(|path| &path[folder.len()..])
                .filter(|name| !name.contains('/'))
                .collect();
            named.sort_unstable();
            assert_eq!(children, named, "in {path}");
            assert_eq!(walk_from(&tree, path), inside.len(), "below {path}");
        }
        let connection = Connection::open(self.file.path()).unwrap();
        assert_eq!(seen_by_views(&connection, resource), paths);
        let intact: String = connection
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(intact, "ok");
    }

    fn member(&mut self, resource: &Resource) -> &mut Member {
        let mut members = self.members.iter_mut();
        let member = members.find(|member| member.resource == *resource);
        member.expect("a member")
    }

    fn tree(&self, resource: &Resource) -> Tree {
        let reader = Arc::new(Reader::open(self.file.path(), Some(self.store.guard())).unwrap());
        Tree::of(&reader, resource)
            .unwrap()
            .expect("a drive of the file")
    }
}

/// With `DRIVEBELL_MODEL_TRACE`, to understand a failure.
#[allow(clippy::print_stdout, reason = "shown with the failure")]
fn trace(text: impl FnOnce() -> String) {
    if std::env::var_os("DRIVEBELL_MODEL_TRACE").is_some() {
        println!("{}", text());
    }
}

fn open(file: &TestFile, wanted: &Wanted, only: Option<&Resource>) -> Result<Store, Error> {
    let filter = Filter::new(&wanted.options)?;
    Store::open(file.path(), Settings::new(filter, &wanted.options, only))
}

fn walk(tree: &Tree) -> BTreeMap<String, DriveItem> {
    tree.walk("/").unwrap().map(Result::unwrap).collect()
}

fn walk_from(tree: &Tree, path: &str) -> usize {
    tree.walk(path).unwrap().map(Result::unwrap).count()
}

/// What a person reads, with the numbers of descendants.
fn seen_by_views(connection: &Connection, resource: &Resource) -> BTreeMap<String, String> {
    let mut statement = connection
        .prepare(
            "SELECT path.path, path.id, item.descendants FROM path JOIN item ON item.node = path.node \
             WHERE path.drive = ?",
        )
        .unwrap();
    let rows = statement
        .query_map([resource.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?))
        })
        .unwrap();
    let rows: Vec<(String, String, i64)> = rows.map(Result::unwrap).collect();
    for (path, _, descendants) in &rows {
        let folder = format!("{}/", path.trim_end_matches('/'));
        let inside = rows
            .iter()
            .filter(|(other, ..)| other.starts_with(&folder) && *other != folder);
        assert_eq!(
            usize::try_from(*descendants),
            Ok(inside.count()),
            "below {path}"
        );
    }
    rows.into_iter().map(|(path, id, _)| (path, id)).collect()
}
