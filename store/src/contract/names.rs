//! Any text is a name, and any number of them.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Outcome, Store, checkpoints_of, expect, failed, must_claim, must_not_claim, must_not_update,
    must_update, new_checkpoint, new_ownership, same,
};
use crate::Ownership;

/// How many records of each kind there are.
const MANY: usize = 5_000;

/// How many checkpoints are written at the same time.
const CONCURRENT: usize = 32;

/// Each is another name than all others.
fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "plain",
        "Plain",
        "plain ",
        " plain",
        "plain/",
        "plain//",
        "/plain",
        "plain.",
        ".plain",
        "pl..ain",
        "..",
        ".",
        "pl ain",
        "pl\tain",
        "pl\nain",
        "pl\u{1}ain",
        "pl\u{7f}ain",
        "plain%20",
        "plain%",
        "plain_",
        "plain=",
        "plain=20",
        "*",
        ">",
        "plain.*",
        "$KV.plain",
        "'; DROP TABLE ownership; --",
        "\"plain\"",
        "pl\\ain",
        "{\"plain\":1}",
        "null",
        "0",
        "00",
        "-1",
        "1e3",
        // The same letters, composed and decomposed.
        "caf\u{e9}",
        "cafe\u{301}",
        "\u{feff}plain",
        "字",
        "🔔",
        "👩\u{200d}💻",
        "\u{202e}plain",
        "\u{10ffff}",
    ]
    .map(str::to_owned)
    .to_vec();
    for piece in ["x", "/", "ä", "字", "🔔", "%", "\n"] {
        let long = piece.repeat(512 / piece.len());
        names.push(format!("{long}{}", "y".repeat(512 - long.len())));
    }
    names
}

/// A NUL is left out: not every database takes one in a text, and nothing makes such a name.
pub(super) async fn check(handles: &[Store]) -> Outcome {
    let (store, other) = (&handles[0], &handles[1]);
    let mut expected = BTreeMap::new();
    for name in names() {
        let record = must_claim(store, &new_ownership(&name, &name)).await?;
        expected.insert(name, record);
    }
    let listed = store_by_name(other).await?;
    for (name, record) in &expected {
        same("list_ownership returns", &listed.get(name), &Some(record))?;
        let again = new_ownership(name, "another");
        must_not_claim(
            other,
            &again,
            "the record exists and the claim has no revision",
        )
        .await?;
    }
    for (number, name) in names().into_iter().enumerate() {
        let own = must_update(store, &new_checkpoint(&name, &format!("named {number}"))).await?;
        let same_name = must_update(store, &new_checkpoint("names of drives", &name)).await?;
        must_not_update(
            other,
            &new_checkpoint("names of drives", &name),
            "the record exists and this one has no revision",
        )
        .await?;
        let written = must_update(other, &same_name).await?;
        let listed = checkpoints_of(store, &["names of drives"]).await?;
        expect(listed.contains(&written), || {
            format!("the drive {name:?} is not listed as it was written")
        })?;
        let listed = checkpoints_of(other, &[&name]).await?;
        same("list_checkpoints returns", &listed, &vec![own])?;
    }
    Ok(())
}

async fn store_by_name(store: &Store) -> Result<BTreeMap<String, Ownership>, String> {
    let listed = store
        .list_ownership()
        .await
        .map_err(failed("list_ownership"))?;
    let count = listed.len();
    let by_name: BTreeMap<_, _> = listed
        .into_iter()
        .map(|record| (record.partition.clone(), record))
        .collect();
    expect(by_name.len() == count, || {
        "list_ownership returns a partition twice".to_owned()
    })?;
    Ok(by_name)
}

pub(super) async fn check_many(handles: &[Store]) -> Outcome {
    let before = store_by_name(&handles[1]).await?.len();
    let claims: Vec<Ownership> = (0..MANY)
        .map(|number| new_ownership(&format!("many {number}"), "a"))
        .collect();
    let written = handles[0]
        .claim_ownership(&claims)
        .await
        .map_err(failed("claim_ownership"))?;
    expect(written.len() == MANY, || {
        format!("of {MANY} claims in one call {} are written", written.len())
    })?;
    let listed = store_by_name(&handles[1]).await?;
    expect(listed.len() == before + MANY, || {
        format!(
            "of {} records of ownership {} are listed",
            before + MANY,
            listed.len()
        )
    })?;
    for record in &written {
        same(
            "list_ownership returns",
            &listed.get(&record.partition),
            &Some(record),
        )?;
    }

    let partitions: Vec<String> = (0..MANY / 100)
        .map(|number| format!("crowd {number}"))
        .collect();
    let checkpoints = (0..MANY).map(|number| {
        let drive = format!("one of many {number}");
        let checkpoint = new_checkpoint(&partitions[number % partitions.len()], &drive);
        let store = &handles[number % handles.len()];
        async move { must_update(store, &checkpoint).await }
    });
    let written: Vec<_> = stream::iter(checkpoints)
        .buffer_unordered(CONCURRENT)
        .try_collect()
        .await?;
    let names: Vec<&str> = partitions.iter().map(String::as_str).collect();
    let listed = checkpoints_of(&handles[1], &names).await?;
    expect(listed.len() == MANY, || {
        format!("of {MANY} checkpoints {} are listed", listed.len())
    })?;
    let key =
        |checkpoint: &crate::Checkpoint| (checkpoint.drive.clone(), checkpoint.revision.clone());
    let listed: BTreeSet<_> = listed.iter().map(key).collect();
    let written: BTreeSet<_> = written.iter().map(key).collect();
    same("list_checkpoints returns", &listed, &written)
}
