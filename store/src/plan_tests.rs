use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;

use crate::Plan;
use crate::test_fleet::{Fleet, ROUNDS, as_f64, hashed};

#[test]
fn a_worker_alone_claims_everything_at_once() {
    let mut fleet = Fleet::new(vec![5; 100], 1);
    assert_eq!(fleet.settle(), 1);
    assert_eq!(fleet.load("w000"), 500);
    assert_eq!(fleet.refused, 0);
}

#[test]
fn who_is_not_among_the_living_does_nothing() {
    let fleet = Fleet::new(vec![5; 100], 1);
    assert_eq!(fleet.plan("w001", &[]), Plan::default());
}

#[test]
fn a_hundred_workers_divide_what_nobody_owns_without_conflict() {
    let mut fleet = Fleet::new(hashed(100_000, 4096), 100);
    assert_eq!(fleet.settle(), 1);
    assert_eq!(fleet.refused, 0);
    assert_eq!(fleet.moved, 0);
    assert_eq!(fleet.claimed, fleet.total());
    fleet.assert_balanced();
}

#[test]
fn a_new_worker_gets_no_more_than_its_share() {
    let mut fleet = Fleet::new(hashed(100_000, 1024), 1);
    fleet.settle();
    for number in 1..20 {
        fleet.join(number);
        fleet.moved = 0;
        fleet.settle();
        fleet.assert_balanced();
        let ideal = fleet.fair("w000");
        assert!(
            as_f64(fleet.moved) <= 1.2 * ideal,
            "{number}: {} of {ideal}",
            fleet.moved
        );
    }
    let claims = fleet.claimed;
    assert_eq!(claims, fleet.total(), "only the first claims anything");
}

#[test]
fn the_death_of_a_worker_moves_only_its_partitions() {
    let mut fleet = Fleet::new(hashed(100_000, 2048), 20);
    fleet.settle();
    for number in 0..15 {
        let before = fleet.clone();
        let orphans = fleet.kill(&format!("w{number:03}"));
        fleet.settle();
        fleet.assert_balanced();
        assert_eq!(fleet.moved, 0);
        for partition in before
            .partitions
            .keys()
            .filter(|name| !orphans.contains(*name))
        {
            assert_eq!(fleet.owner(partition), before.owner(partition));
        }
    }
}

#[test]
fn a_draining_worker_hands_over_everything_and_takes_nothing() {
    let mut fleet = Fleet::new(hashed(10_000, 512), 5);
    fleet.settle();
    let had = fleet.load("w002");
    fleet.workers.insert("w002".to_owned(), 0);
    assert_eq!(fleet.settle(), 1);
    assert_eq!(fleet.load("w002"), 0);
    assert_eq!(fleet.moved, had);
    fleet.assert_balanced();
}

#[test]
fn who_drains_alone_keeps_what_it_has() {
    let mut fleet = Fleet::new(vec![1; 10], 2);
    fleet.settle();
    let before = fleet.records.clone();
    for id in ["w000", "w001"] {
        fleet.workers.insert(id.to_owned(), 0);
    }
    assert_eq!(fleet.settle(), 0);
    fleet.kill("w001");
    assert_eq!(fleet.settle(), 0);
    assert_eq!(fleet.records, before);
}

/// Some have seen already that a worker is dead, and take its partitions. To the others it looks as if it
/// had far too little, and these had too much.
#[test]
fn who_has_not_seen_a_death_yet_does_not_fill_the_dead_up() {
    let mut fleet = Fleet::new(hashed(10_000, 512), 5);
    fleet.settle();
    let late = fleet.clone();
    fleet.kill("w004");
    let list = fleet.list();
    for id in ["w000", "w001"] {
        let plan = fleet.plan(id, &list);
        fleet.act(id, &plan, &list);
    }
    let list = fleet.list();
    for id in ["w002", "w003"] {
        assert_eq!(late.plan(id, &list), Plan::default());
    }
    fleet.settle();
    assert_eq!(fleet.moved, 0);
    fleet.assert_balanced();
}

#[test]
fn a_silent_worker_keeps_what_it_has_and_gets_nothing() {
    let mut fleet = Fleet::new(hashed(10_000, 512), 5);
    fleet.settle();
    fleet.silent.insert("w004".to_owned());
    assert_eq!(fleet.settle(), 0);
    let had = fleet.load("w004");
    let before = fleet.total();
    // Those of another one are divided among the three others.
    fleet.kill("w003");
    fleet.settle();
    assert_eq!(fleet.load("w004"), had);
    let others: u64 = ["w000", "w001", "w002"]
        .map(|id| fleet.load(id))
        .iter()
        .sum();
    assert_eq!(others, before - had);
    // Who drains keeps what only a silent one could take.
    for id in ["w000", "w001", "w002"] {
        fleet.workers.insert(id.to_owned(), 0);
    }
    assert_eq!(fleet.settle(), 0);
}

#[test]
fn load_is_proportional_to_capacity() {
    let mut fleet = Fleet::new(hashed(50_000, 2048), 6);
    for (number, capacity) in [20, 50, 100, 100, 200, 400].into_iter().enumerate() {
        fleet.workers.insert(format!("w{number:03}"), capacity);
    }
    fleet.settle();
    fleet.assert_balanced();
    fleet.workers.insert("w000".to_owned(), 300);
    fleet.settle();
    fleet.assert_balanced();
}

#[test]
fn fewer_partitions_than_workers_are_one_for_each() {
    let mut fleet = Fleet::new(vec![7; 3], 1);
    fleet.settle();
    for number in 1..8 {
        fleet.join(number);
    }
    fleet.settle();
    let owners: BTreeSet<&str> = fleet
        .partitions
        .keys()
        .map(|name| fleet.owner(name))
        .collect();
    assert_eq!(owners.len(), 3);
    assert_eq!(fleet.moved, 14);
}

/// Beside a giant any partition is far too much for the others, and for each of them as much.
#[test]
fn a_partition_does_not_wander_between_equals() {
    let mut fleet = Fleet::new([400, 1], 7);
    fleet.workers.insert("w002".to_owned(), u64::MAX);
    assert!(fleet.write(None, "p0000", "w002", 400));
    assert!(fleet.write(None, "p0001", "w006", 1));
    assert_eq!(fleet.settle(), 1);
    assert_eq!(fleet.owner("p0001"), "w002");
}

/// What the owner wrote counts, whatever others believe.
#[test]
fn workers_that_disagree_about_weights_move_nothing() {
    let mut fleet = Fleet::new(vec![10; 64], 4);
    fleet.settle();
    let list = fleet.list();
    let before = std::mem::take(&mut fleet.partitions);
    fleet.partitions = before.into_keys().zip(1..).collect();
    assert!(
        fleet
            .workers
            .keys()
            .all(|id| fleet.plan(id, &list) == Plan::default())
    );
}

#[test]
fn records_of_other_things_are_ignored() {
    let mut fleet = Fleet::new(vec![10; 4], 1);
    assert!(fleet.write(None, "worker/w000", "w000", 100));
    assert!(fleet.write(None, "p9999", "w000", 1_000));
    fleet.join(1);
    fleet.settle();
    assert_eq!(fleet.load("w001"), 20);
    assert_eq!(fleet.owner("p9999"), "w000");
}

/// The partitions of one worker grow and those of another shrink, until their loads would differ
/// threefold, and all weights tremble.
#[test]
fn weights_that_change_slowly_move_no_more_than_they_must() {
    let mut random = fastrand::Rng::with_seed(7);
    let mut fleet = Fleet::new(hashed(20_000, 256), 5);
    fleet.settle();
    let first = fleet.records.clone();
    let mut last_move: BTreeMap<String, usize> = BTreeMap::new();
    let mut returned = 0;
    for round in 0..400 {
        for (name, record) in fleet.records.clone() {
            if random.u32(..50) != 0 {
                continue;
            }
            let trend = match first[&name].owner.as_str() {
                "w000" => 7,
                "w001" => -7,
                _ => 0,
            };
            let percent: u64 = (100 + trend + random.i32(-10..=10)).try_into().unwrap();
            let weight = fleet.partitions[&name] * percent / 100;
            fleet.partitions.insert(name.clone(), weight);
            assert!(fleet.write(Some(&record), &name, &record.owner, weight));
        }
        let before = fleet.records.clone();
        fleet.round();
        fleet.assert_balanced();
        for name in before
            .keys()
            .filter(|name| before[*name].owner != fleet.owner(name))
        {
            returned += usize::from(last_move.insert(name.clone(), round).is_some());
        }
    }
    let load = |id: &str| -> u64 {
        let had = first.values().filter(|record| record.owner == id);
        had.map(|record| fleet.partitions[&record.partition]).sum()
    };
    let must: f64 = fleet
        .workers
        .keys()
        .map(|id| f64::max(0.0, as_f64(load(id)) - fleet.fair(id)))
        .sum();
    // What lies within the hysteresis stays, and what has moved does not come back.
    assert!(
        fleet.moved > 0 && as_f64(fleet.moved) < must,
        "{} of {must}",
        fleet.moved
    );
    assert!(returned <= 3, "{returned} moved more than once");
}

/// Each worker acts on what was five rounds ago at most, also of who lives. The store refuses what it
/// knows better.
#[test]
fn lists_that_lag_lead_to_rest_too() {
    for seed in 0..8 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut fleet = Fleet::new(hashed(5_000, 256), 3);
        let mut past = VecDeque::from([fleet.clone()]);
        let mut rest = 0;
        for round in 0..130 {
            match round {
                20 | 40 | 41 | 60 => fleet.join(round),
                50 => drop(fleet.kill("w001")),
                70 => drop(fleet.workers.insert("w002".to_owned(), 0)),
                _ => {}
            }
            let writes = fleet.writes;
            let ids: Vec<String> = fleet.workers.keys().cloned().collect();
            for id in &ids {
                if random.bool() {
                    continue;
                }
                let seen = &past[random.usize(..past.len())];
                let list = seen.list();
                fleet.act(id, &seen.plan(id, &list), &list);
            }
            rest = if fleet.writes == writes { rest + 1 } else { 0 };
            past.push_back(fleet.clone());
            past.drain(..past.len().saturating_sub(5));
        }
        assert!(rest > 30, "seed {seed} rests for {rest} rounds only");
        fleet.assert_balanced();
        assert_eq!(fleet.settle(), 0);
    }
}

fn any_fleet() -> impl Strategy<Value = Fleet> {
    let weight = prop_oneof![
        8 => 1_u64..200,
        1 => Just(0),
        1 => 1_000_u64..100_000,
        1 => Just(u64::MAX),
    ];
    let capacity =
        prop_oneof![5 => Just(100), 2 => Just(0), 2 => 1_u64..1_000, 1 => Just(u64::MAX)];
    let workers = prop::collection::vec(capacity, 1..12);
    let partition = (weight.clone(), weight, prop::option::of(0..14_usize));
    (prop::collection::vec(partition, 0..120), workers).prop_map(|(partitions, workers)| {
        let mut fleet = Fleet::default();
        for (number, capacity) in workers.into_iter().enumerate() {
            fleet.workers.insert(format!("w{number:03}"), capacity);
        }
        for (number, (known, recorded, owner)) in partitions.into_iter().enumerate() {
            let partition = format!("p{number:04}");
            if let Some(owner) = owner {
                // The last ones are dead.
                fleet.write(None, &partition, &format!("w{owner:03}"), recorded);
            }
            fleet.partitions.insert(partition, known);
        }
        fleet
    })
}

proptest! {
    #[test]
    fn any_fleet_rests_and_every_partition_is_owned(mut fleet in any_fleet()) {
        let before = fleet.records.clone();
        let rounds = (0..ROUNDS).take_while(|_| {
            // What it writes is what it reckons with.
            for (name, record) in &fleet.records {
                if fleet.workers.contains_key(&record.owner) {
                    fleet.partitions.insert(name.clone(), record.weight);
                }
            }
            fleet.round()
        }).count();
        prop_assert!(rounds < ROUNDS);
        prop_assert_eq!(fleet.refused, 0);
        let somebody_takes = fleet.workers.values().any(|capacity| *capacity > 0);
        for name in fleet.partitions.keys() {
            let capacity = fleet.workers.get(fleet.owner(name));
            if somebody_takes {
                prop_assert!(capacity.is_some_and(|capacity| *capacity > 0));
            } else {
                prop_assert_eq!(fleet.records.get(name), before.get(name));
            }
        }
    }

    /// A worker is above what the documentation promises only if it has nothing that is light enough.
    #[test]
    fn balance_fails_only_where_partitions_are_too_heavy(
        weights in prop::collection::vec(1_u64..1_000, 1..300),
        workers in 1_usize..10,
        more in 0_usize..5,
    ) {
        let mut fleet = Fleet::new(weights, workers);
        fleet.settle();
        for number in workers..workers + more {
            fleet.join(number);
        }
        fleet.settle();
        let fair = fleet.fair("w000");
        let lightest = |id: &str| fleet.weights(id).min().map_or(0.0, as_f64);
        let heaviest = fleet.workers.keys().map(|id| lightest(id)).fold(0.0, f64::max);
        let bound = f64::max(0.1, (heaviest + 1.0) / fair + 0.02);
        prop_assert!(fleet.imbalance() <= bound, "{} above {}", fleet.imbalance(), bound);
    }
}
