//! The four calls, each in one transaction.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use crate::{Checkpoint, Ownership};

pub(super) fn list_ownership(connection: &mut Connection) -> rusqlite::Result<Vec<Ownership>> {
    let mut query = connection
        .prepare_cached("SELECT partition, owner, epoch, weight, revision FROM ownership")?;
    query.query_map([], ownership)?.collect()
}

pub(super) fn list_checkpoints(
    connection: &mut Connection,
    partitions: &[String],
) -> rusqlite::Result<Vec<Checkpoint>> {
    let transaction = connection.transaction()?;
    let mut checkpoints = Vec::new();
    {
        let mut query = transaction.prepare_cached(
            "SELECT partition, drive, checkpoint, epoch, sequence, memo, revision FROM checkpoint
             WHERE partition = ?",
        )?;
        for partition in partitions {
            for row in query.query_map([partition], checkpoint)? {
                checkpoints.push(row?);
            }
        }
    }
    transaction.commit()?;
    Ok(checkpoints)
}

pub(super) fn claim_ownership(
    connection: &mut Connection,
    claims: &[Ownership],
) -> rusqlite::Result<Vec<Ownership>> {
    let write = Write::begin(connection)?;
    let mut revision = write.last_revision()?;
    let mut written = Vec::new();
    for claim in claims {
        if write.claim(claim, revision + 1)? {
            revision += 1;
            written.push(Ownership {
                revision: Some(revision.to_string()),
                ..claim.clone()
            });
        }
    }
    write.commit(revision)?;
    Ok(written)
}

pub(super) fn update_checkpoint(
    connection: &mut Connection,
    checkpoint: &Checkpoint,
) -> rusqlite::Result<Option<Checkpoint>> {
    let write = Write::begin(connection)?;
    let revision = write.last_revision()? + 1;
    if !write.update(checkpoint, revision)? {
        return Ok(None);
    }
    write.commit(revision)?;
    Ok(Some(Checkpoint {
        revision: Some(revision.to_string()),
        ..checkpoint.clone()
    }))
}

/// No other process writes while there is one. It is undone if it is dropped.
struct Write<'a>(Transaction<'a>);

impl<'a> Write<'a> {
    fn begin(connection: &'a mut Connection) -> rusqlite::Result<Self> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        Ok(Self(transaction))
    }

    fn last_revision(&self) -> rusqlite::Result<i64> {
        let mut query = self.0.prepare_cached("SELECT revision FROM counter")?;
        query.query_row([], |row| row.get(0))
    }

    fn commit(self, last_revision: i64) -> rusqlite::Result<()> {
        self.0
            .prepare_cached("UPDATE counter SET revision = ?1 WHERE revision <> ?1")?
            .execute([last_revision])?;
        self.0.commit()
    }

    fn claim(&self, claim: &Ownership, revision: i64) -> rusqlite::Result<bool> {
        let current = self
            .0
            .prepare_cached("SELECT revision FROM ownership WHERE partition = ?")?
            .query_row([&claim.partition], |row| row.get(0))
            .optional()?;
        if !is_current(claim.revision.as_deref(), current) {
            return Ok(false);
        }
        if claim.owner.is_empty() && claim.partition.starts_with("worker/") {
            self.0
                .prepare_cached("DELETE FROM ownership WHERE partition = ?")?
                .execute([&claim.partition])?;
            return Ok(true);
        }
        self.0
            .prepare_cached(
                "INSERT OR REPLACE INTO ownership (partition, owner, epoch, weight, revision)
                 VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![
                claim.partition,
                claim.owner,
                claim.epoch.cast_signed(),
                claim.weight.cast_signed(),
                revision
            ])?;
        Ok(true)
    }

    fn update(&self, checkpoint: &Checkpoint, revision: i64) -> rusqlite::Result<bool> {
        let current = self
            .0
            .prepare_cached("SELECT revision FROM checkpoint WHERE partition = ? AND drive = ?")?
            .query_row([&checkpoint.partition, &checkpoint.drive], |row| row.get(0))
            .optional()?;
        if !is_current(checkpoint.revision.as_deref(), current) {
            return Ok(false);
        }
        self.0
            .prepare_cached(
                "INSERT INTO checkpoint
                   (partition, drive, checkpoint, epoch, sequence, memo, revision)
                 VALUES (?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (partition, drive) DO UPDATE SET
                   checkpoint = excluded.checkpoint, epoch = excluded.epoch,
                   sequence = excluded.sequence, memo = excluded.memo, revision = excluded.revision",
            )?
            .execute(params![
                checkpoint.partition,
                checkpoint.drive,
                checkpoint.checkpoint,
                checkpoint.epoch.cast_signed(),
                checkpoint.sequence.cast_signed(),
                checkpoint.memo,
                revision
            ])?;
        Ok(true)
    }
}

/// Whether the caller has seen what is stored.
fn is_current(seen: Option<&str>, current: Option<i64>) -> bool {
    seen == current.map(|current| current.to_string()).as_deref()
}

fn ownership(row: &Row<'_>) -> rusqlite::Result<Ownership> {
    Ok(Ownership {
        partition: row.get(0)?,
        owner: row.get(1)?,
        epoch: row.get::<_, i64>(2)?.cast_unsigned(),
        weight: row.get::<_, i64>(3)?.cast_unsigned(),
        revision: Some(row.get::<_, i64>(4)?.to_string()),
    })
}

fn checkpoint(row: &Row<'_>) -> rusqlite::Result<Checkpoint> {
    Ok(Checkpoint {
        partition: row.get(0)?,
        drive: row.get(1)?,
        checkpoint: row.get(2)?,
        epoch: row.get::<_, i64>(3)?.cast_unsigned(),
        sequence: row.get::<_, i64>(4)?.cast_unsigned(),
        memo: row.get(5)?,
        revision: Some(row.get::<_, i64>(6)?.to_string()),
    })
}
