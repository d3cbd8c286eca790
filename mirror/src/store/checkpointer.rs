//! Moves the write-ahead log into the file beside the thread that owns the file, which would wait for the
//! disk: in a first enumeration as long as it takes to store a third of the items, and before the consumer
//! hears of a large transaction.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;

use crate::schema;

/// SQLite writes a log from its beginning again only if all of it is in the file when a transaction
/// begins. At this length, in pages, the next transaction waits for that: 16 MB.
const LONG: i64 = if cfg!(test) { 10 } else { 1_000 };

/// How many transactions may wait until the thread has time for them: the disk may be slow.
const MAX_WAITING: usize = 4;

/// Who waits until the file has everything.
type Waiting = Option<Sender<()>>;

/// The thread, and how long the log was at last.
#[derive(Debug)]
pub(super) struct Checkpointer {
    orders: Option<SyncSender<Waiting>>,
    pages: Arc<AtomicI64>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    /// Without a thread or another connection, the log is moved as always.
    pub(super) fn start(file: &Path) -> Option<Self> {
        let connection = schema::open_checkpointer(file).ok()?;
        let (orders, receiver) = sync_channel(MAX_WAITING);
        let pages = Arc::new(AtomicI64::new(0));
        let length = Arc::clone(&pages);
        let thread = thread::Builder::new()
            .name("drivebell-log".to_owned())
            .spawn(move || run(&connection, &receiver, &length))
            .ok()?;
        Some(Self {
            orders: Some(orders),
            pages,
            thread: Some(thread),
        })
    }

    /// A transaction is committed.
    pub(super) fn committed(&self) {
        self.order(None);
    }

    /// A transaction is about to begin.
    pub(super) fn prepare(&self) {
        if self.pages.load(Ordering::Relaxed) >= LONG {
            let (done, wait) = channel();
            self.order(Some(done));
            let _ = wait.recv();
        }
    }

    fn order(&self, waiting: Waiting) {
        if let Some(orders) = &self.orders {
            let _ = orders.send(waiting);
        }
    }
}

impl Drop for Checkpointer {
    /// Its connection is closed afterwards.
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Moves what a large transaction has written, once.
#[derive(Debug)]
pub(super) struct OneCheckpoint(Option<JoinHandle<()>>);

impl OneCheckpoint {
    /// Without a thread or another connection, the log is moved as always.
    pub(super) fn start(file: &Path) -> Option<Self> {
        let connection = schema::open_checkpointer(file).ok()?;
        let thread = thread::Builder::new()
            .name("drivebell-log".to_owned())
            .spawn(move || {
                let _ = checkpoint(&connection);
            })
            .ok()?;
        Some(Self(Some(thread)))
    }

    pub(super) fn is_done(&self) -> bool {
        self.0.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for OneCheckpoint {
    /// Its connection is closed afterwards.
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            let _ = thread.join();
        }
    }
}

/// How many pages the log has.
fn checkpoint(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))
}

fn run(connection: &Connection, orders: &Receiver<Waiting>, pages: &AtomicI64) {
    while let Ok(order) = orders.recv() {
        let waiting: Vec<_> = std::iter::once(order).chain(orders.try_iter()).collect();
        let length = checkpoint(connection);
        // If all of it is in the file, it is overwritten next.
        let is_waited_for = waiting.iter().any(Option::is_some);
        pages.store(
            length.ok().filter(|_| !is_waited_for).unwrap_or_default(),
            Ordering::Relaxed,
        );
        for done in waiting.into_iter().flatten() {
            let _ = done.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_file::TestFile;

    #[test]
    fn the_log_stays_short_though_nobody_pauses() {
        let file = TestFile::new("log");
        let writer = schema::open(file.path()).unwrap();
        schema::set_automatic_checkpoint(&writer, false).unwrap();
        let checkpointer = Checkpointer::start(file.path()).unwrap();
        let mut longest = 0;
        for _ in 0..300 {
            checkpointer.prepare();
            writer
                .execute_batch("INSERT INTO word (text) VALUES (hex(randomblob(30000)))")
                .unwrap();
            checkpointer.committed();
            let log = std::fs::metadata(file.log()).unwrap();
            longest = longest.max(log.len());
        }
        // All of it would be 18 MB.
        assert!(longest < 6_000_000, "{longest}");
        drop(checkpointer);
        let check: String = writer
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(check, "ok");
    }
}
