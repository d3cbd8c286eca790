use super::{
    LARGEST, Outcome, Store, checkpoints_of, must_not_update, must_update, new_checkpoint, same,
};
use crate::Checkpoint;

pub(super) async fn check(handles: &[Store]) -> Outcome {
    creates_and_replaces(&handles[0], &handles[1]).await?;
    keeps_all_fields(&handles[0], &handles[1]).await?;
    lists_by_partition(&handles[0], &handles[1]).await
}

async fn creates_and_replaces(store: &Store, other: &Store) -> Outcome {
    let first = must_update(store, &new_checkpoint("p created", "d created")).await?;
    must_be_seen(other, &first).await?;
    for handle in [store, other] {
        let again = Checkpoint {
            sequence: 9,
            ..new_checkpoint("p created", "d created")
        };
        must_not_update(
            handle,
            &again,
            "the record exists and this one has no revision",
        )
        .await?;
    }
    let second = Checkpoint {
        checkpoint: "c1.first".to_owned(),
        sequence: 1,
        ..first.clone()
    };
    let second = must_update(other, &second).await?;
    must_be_seen(store, &second).await?;
    must_not_update(store, &first, "another handle has written it since").await?;
    must_be_seen(store, &second).await?;
    // Adoption writes a checkpoint unchanged, so that the former owner is refused.
    let third = must_update(other, &second).await?;
    must_not_update(store, &second, "it was written again since, unchanged").await?;
    must_be_seen(store, &third).await?;
    let absent = Checkpoint {
        drive: "d absent".to_owned(),
        ..third.clone()
    };
    must_not_update(
        store,
        &absent,
        "there is no such record, and this one has a revision",
    )
    .await?;
    must_be_seen(other, &third).await
}

/// It is the only one of its partition.
async fn must_be_seen(store: &Store, checkpoint: &Checkpoint) -> Outcome {
    let listed = checkpoints_of(store, &[&checkpoint.partition]).await?;
    same(
        "list_checkpoints returns",
        &listed,
        &vec![checkpoint.clone()],
    )
}

async fn keeps_all_fields(store: &Store, other: &Store) -> Outcome {
    let mut checkpoint = new_checkpoint("p fields", "d fields");
    for (number, text, memo) in [
        (0, String::new(), String::new()),
        (
            1,
            "c1.".to_owned() + &"Az09-_".repeat(700),
            "m".repeat(8 * 1024),
        ),
        (LARGEST, String::new(), "\"\\\u{1}\n\t'äß字🔔{}".repeat(300)),
        (7, "c1.x".to_owned(), String::new()),
    ] {
        checkpoint.epoch = number;
        checkpoint.sequence = number;
        checkpoint.checkpoint = text;
        checkpoint.memo = memo;
        checkpoint = must_update(store, &checkpoint).await?;
        must_be_seen(other, &checkpoint).await?;
    }
    Ok(())
}

async fn lists_by_partition(store: &Store, other: &Store) -> Outcome {
    let mut all = Vec::new();
    for (partition, drive) in [
        ("q1", "a"),
        ("q1", "b"),
        ("q1", "q10"),
        ("q10", "c"),
        ("q10", "d.e"),
        ("q", "f"),
        ("q_", "g"),
        ("q%", "h"),
        ("q*", "i"),
        ("Q1", "j"),
        ("q1.q10", "k"),
        ("q1/q10", "l"),
    ] {
        all.push(must_update(store, &new_checkpoint(partition, drive)).await?);
    }
    for asked in [
        vec!["q1"],
        vec!["q10"],
        vec!["q"],
        vec!["q_"],
        vec!["q%"],
        vec!["q*"],
        vec!["Q1"],
        vec!["q1", "q10"],
        vec!["q", "nobody's", "q1.q10"],
        vec!["nobody's"],
        vec![">"],
        vec![],
    ] {
        let mut expected: Vec<Checkpoint> = all.clone();
        expected.retain(|checkpoint| asked.contains(&checkpoint.partition.as_str()));
        expected.sort_by(|a, b| (&a.partition, &a.drive).cmp(&(&b.partition, &b.drive)));
        let listed = checkpoints_of(other, &asked).await?;
        same(
            &format!("for {asked:?}, list_checkpoints returns"),
            &listed,
            &expected,
        )?;
    }
    Ok(())
}
