use super::{
    LARGEST, Outcome, Store, claim, expect, failed, must_be_written, must_claim, must_not_claim,
    new_ownership, owned, same,
};
use crate::Ownership;

pub(super) async fn check(handles: &[Store]) -> Outcome {
    creates_and_replaces(&handles[0], &handles[1]).await?;
    keeps_all_fields(&handles[0], &handles[1]).await?;
    decides_each_claim_for_itself(&handles[0], &handles[1]).await?;
    forgets_only_workers_without_owner(&handles[0], &handles[1]).await
}

async fn creates_and_replaces(store: &Store, other: &Store) -> Outcome {
    let first = must_claim(store, &new_ownership("created", "a")).await?;
    must_be_seen(other, &first).await?;
    for handle in [store, other] {
        let again = new_ownership("created", "b");
        must_not_claim(
            handle,
            &again,
            "the record exists and the claim has no revision",
        )
        .await?;
    }
    let second = Ownership {
        owner: "b".to_owned(),
        epoch: 2,
        ..first.clone()
    };
    let second = must_claim(other, &second).await?;
    must_be_seen(store, &second).await?;
    must_not_claim(store, &first, "another handle has written it since").await?;
    must_be_seen(store, &second).await?;
    // The same text once more is a new state, or a lease could not be renewed.
    let third = must_claim(other, &second).await?;
    must_not_claim(store, &second, "it was written again since, unchanged").await?;
    must_be_seen(store, &third).await?;
    let absent = Ownership {
        partition: "absent".to_owned(),
        ..third
    };
    must_not_claim(
        store,
        &absent,
        "there is no such record, and the claim has a revision",
    )
    .await?;
    let listed = owned(other, "absent").await?;
    expect(listed.is_none(), || {
        "a claim that was left out is listed".to_owned()
    })
}

async fn must_be_seen(store: &Store, record: &Ownership) -> Outcome {
    let listed = owned(store, &record.partition).await?;
    same("list_ownership returns", &listed.as_ref(), &Some(record))
}

async fn keeps_all_fields(store: &Store, other: &Store) -> Outcome {
    let mut record = new_ownership("fields", "");
    for number in [0, 1, LARGEST, 7] {
        record.epoch = number;
        record.weight = number;
        record = must_claim(store, &record).await?;
        must_be_seen(other, &record).await?;
    }
    record.owner.push_str("worker-1 01234567");
    let record = must_claim(other, &record).await?;
    must_be_seen(store, &record).await
}

async fn decides_each_claim_for_itself(store: &Store, other: &Store) -> Outcome {
    let stale = must_claim(store, &new_ownership("mixed 1", "a")).await?;
    let fresh = must_claim(store, &new_ownership("mixed 2", "a")).await?;
    let newest = must_claim(other, &stale).await?;
    let claims = [
        new_ownership("mixed 3", "a"),
        stale,
        fresh,
        new_ownership("mixed 2", "b"),
        new_ownership("mixed 4", "a"),
    ];
    let written = store
        .claim_ownership(&claims)
        .await
        .map_err(failed("claim_ownership"))?;
    let mut names: Vec<&str> = written
        .iter()
        .map(|record| record.partition.as_str())
        .collect();
    names.sort_unstable();
    same(
        "of several claims, claim_ownership writes",
        &names,
        &vec!["mixed 2", "mixed 3", "mixed 4"],
    )?;
    for record in &written {
        let given = claims
            .iter()
            .find(|claim| claim.partition == record.partition && claim.owner == record.owner);
        let given =
            given.ok_or("of two claims of a record, claim_ownership writes the stale one")?;
        must_be_written(given, record)?;
        must_be_seen(other, record).await?;
    }
    must_be_seen(other, &newest).await?;

    let twice = [new_ownership("twice", "a"), new_ownership("twice", "b")];
    let written = store
        .claim_ownership(&twice)
        .await
        .map_err(failed("claim_ownership"))?;
    expect(written.len() == 1, || {
        format!(
            "two claims of one record in one call: {} are written",
            written.len()
        )
    })?;
    must_be_seen(other, &written[0]).await
}

async fn forgets_only_workers_without_owner(store: &Store, other: &Store) -> Outcome {
    let mut worker = must_claim(store, &new_ownership("worker/gone", "gone")).await?;
    worker.owner.clear();
    let gone = must_claim(store, &worker).await?;
    match owned(other, "worker/gone").await? {
        None => {
            must_claim(other, &new_ownership("worker/gone", "back")).await?;
        }
        Some(listed) => {
            same("list_ownership returns", &listed, &gone)?;
            must_claim(other, &listed).await?;
        }
    }
    let mut partition = must_claim(store, &new_ownership("released", "a")).await?;
    partition.owner.clear();
    let partition = must_claim(store, &partition).await?;
    must_be_seen(other, &partition).await?;
    let lost = claim(other, &new_ownership("released", "b")).await?;
    expect(lost.is_none(), || {
        "a partition without an owner is forgotten".to_owned()
    })
}
