//! Which part of the drives of each tenant and user is this worker's.
//!
//! A change costs the same however many drives there are, and the move of a partition as much as it
//! has drives.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

/// How many drives there are, and how many of them this worker follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Drives {
    pub(super) all: u64,
    pub(super) own: u64,
}

impl Drives {
    /// The part that is this worker's. `None` if it follows none.
    #[expect(clippy::cast_precision_loss, reason = "a share needs few digits")]
    pub(super) fn share(self) -> Option<f64> {
        (self.own > 0).then(|| self.own as f64 / self.all as f64)
    }

    fn change(&mut self, by: i64, is_own: bool) {
        self.all = self.all.saturating_add_signed(by);
        if is_own {
            self.own = self.own.saturating_add_signed(by);
        }
    }
}

/// A tenant and a user, by their place in the list of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct UserId(u32);

#[derive(Debug)]
struct User {
    tenant: String,
    name: String,
    drives: Drives,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    user: UserId,
    partition: u32,
}

#[derive(Debug, Default)]
pub(super) struct Shares {
    /// By the hash of the key. Two keys with the same hash, of a million once in many millions of
    /// starts, would count as one drive.
    drives: HashMap<u64, Place>,
    hasher: RandomState,
    tenants: HashMap<String, Tenant>,
    /// Those without drives are taken for the next new users.
    users: Vec<User>,
    unused: Vec<UserId>,
    partitions: HashMap<u32, HashMap<UserId, u64>>,
    own: HashSet<u32>,
}

#[derive(Debug, Default)]
struct Tenant {
    drives: Drives,
    users: HashMap<String, UserId>,
}

impl Shares {
    /// Adds a drive, or says where one is now. Returns whose shares have changed.
    pub(super) fn add(
        &mut self,
        key: &str,
        tenant: &str,
        user: &str,
        partition: u32,
    ) -> Vec<(String, String)> {
        let mut changed = self.remove(key);
        let user = self.user_id(tenant, user);
        let key = self.hasher.hash_one(key);
        self.drives.insert(key, Place { user, partition });
        self.count(user, partition, 1);
        changed.extend([self.names(user)]);
        changed.dedup();
        changed
    }

    pub(super) fn remove(&mut self, key: &str) -> Vec<(String, String)> {
        let key = self.hasher.hash_one(key);
        let Some(Place { user, partition }) = self.drives.remove(&key) else {
            return Vec::new();
        };
        let names = self.names(user);
        self.count(user, partition, -1);
        self.forget_if_unused(user);
        vec![names]
    }

    /// This worker follows the drives of the partition from now on, or no longer.
    pub(super) fn set_own(&mut self, partition: u32, is_own: bool) -> Vec<(String, String)> {
        let is_change = if is_own {
            self.own.insert(partition)
        } else {
            self.own.remove(&partition)
        };
        let users = self.partitions.get(&partition);
        let Some(users) = users.filter(|_| is_change) else {
            return Vec::new();
        };
        let users: Vec<_> = users
            .iter()
            .map(|(user, drives)| (*user, *drives))
            .collect();
        for (user, drives) in &users {
            let user = &mut self.users[user.0 as usize];
            let tenant = self.tenants.get_mut(&user.tenant);
            for counts in [
                Some(&mut user.drives),
                tenant.map(|tenant| &mut tenant.drives),
            ]
            .into_iter()
            .flatten()
            {
                counts.own = if is_own {
                    counts.own + drives
                } else {
                    counts.own.saturating_sub(*drives)
                };
            }
        }
        users.iter().map(|(user, _)| self.names(*user)).collect()
    }

    pub(super) fn of_tenant(&self, tenant: &str) -> Drives {
        let tenant = self.tenants.get(tenant);
        tenant.map(|tenant| tenant.drives).unwrap_or_default()
    }

    pub(super) fn of_user(&self, tenant: &str, user: &str) -> Drives {
        let id = self
            .tenants
            .get(tenant)
            .and_then(|tenant| tenant.users.get(user));
        id.map(|id| self.users[id.0 as usize].drives)
            .unwrap_or_default()
    }

    fn names(&self, user: UserId) -> (String, String) {
        let user = &self.users[user.0 as usize];
        (user.tenant.clone(), user.name.clone())
    }

    fn user_id(&mut self, tenant: &str, name: &str) -> UserId {
        let users = &mut self.tenants.entry(tenant.to_owned()).or_default().users;
        if let Some(user) = users.get(name) {
            return *user;
        }
        let user = User {
            tenant: tenant.to_owned(),
            name: name.to_owned(),
            drives: Drives::default(),
        };
        let id = if let Some(id) = self.unused.pop() {
            self.users[id.0 as usize] = user;
            id
        } else {
            self.users.push(user);
            let last = u32::try_from(self.users.len() - 1);
            UserId(last.expect("fewer users than four billion"))
        };
        users.insert(name.to_owned(), id);
        id
    }

    fn count(&mut self, id: UserId, partition: u32, by: i64) {
        let is_own = self.own.contains(&partition);
        let users = self.partitions.entry(partition).or_default();
        let drives = users.entry(id).or_default();
        *drives = drives.saturating_add_signed(by);
        if *drives == 0 {
            users.remove(&id);
        }
        let user = &mut self.users[id.0 as usize];
        user.drives.change(by, is_own);
        if let Some(tenant) = self.tenants.get_mut(&user.tenant) {
            tenant.drives.change(by, is_own);
        }
    }

    fn forget_if_unused(&mut self, id: UserId) {
        let user = &mut self.users[id.0 as usize];
        if user.drives.all > 0 {
            return;
        }
        let (tenant, name) = (
            std::mem::take(&mut user.tenant),
            std::mem::take(&mut user.name),
        );
        self.unused.push(id);
        let Some(known) = self.tenants.get_mut(&tenant) else {
            return;
        };
        known.users.remove(&name);
        if known.users.is_empty() {
            self.tenants.remove(&tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drives(own: u64, all: u64) -> Drives {
        Drives { all, own }
    }

    #[test]
    fn drives_and_partitions_come_and_go() {
        let mut shares = Shares::default();
        let kim = ("contoso".to_owned(), "kim".to_owned());
        assert_eq!(shares.add("a", "contoso", "kim", 1), vec![kim.clone()]);
        shares.add("b", "contoso", "kim", 2);
        shares.add("c", "contoso", "alex", 1);
        shares.add("d", "fabrikam", "kim", 3);
        assert_eq!(shares.of_tenant("contoso"), drives(0, 3));
        assert_eq!(shares.of_tenant("contoso").share(), None);
        assert_eq!(shares.set_own(1, true).len(), 2);
        assert_eq!(shares.set_own(1, true).len(), 0);
        assert_eq!(shares.of_tenant("contoso"), drives(2, 3));
        assert_eq!(shares.of_user("contoso", "kim").share(), Some(0.5));
        assert_eq!(shares.of_user("contoso", "alex").share(), Some(1.0));
        // It moves to another user, in another partition.
        let both = shares.add("b", "fabrikam", "lee", 1);
        assert_eq!(both.len(), 2);
        assert_eq!(shares.of_tenant("fabrikam"), drives(1, 2));
        assert_eq!(shares.of_user("contoso", "kim"), drives(1, 1));
        shares.set_own(1, false);
        assert_eq!(shares.of_tenant("fabrikam"), drives(0, 2));
        assert_eq!(shares.remove("a"), vec![kim]);
        assert_eq!(shares.remove("a"), []);
        assert_eq!(shares.of_user("contoso", "kim"), drives(0, 0));
        // A partition without drives.
        assert_eq!(shares.set_own(77, true), []);
        shares.add("e", "contoso", "kim", 77);
        assert_eq!(shares.of_user("contoso", "kim"), drives(1, 1));
    }

    #[test]
    fn nothing_is_kept_of_those_who_have_gone() {
        let mut shares = Shares::default();
        for round in 0..100 {
            for drive in 0..10 {
                let user = format!("user {round} {drive}");
                shares.add(&drive.to_string(), &format!("tenant {round}"), &user, drive);
            }
        }
        assert_eq!(shares.drives.len(), 10);
        assert_eq!(shares.tenants.len(), 1);
        assert!(shares.users.len() <= 11, "{}", shares.users.len());
        assert_eq!(shares.of_tenant("tenant 99"), drives(0, 10));
    }

    /// Random lives of a fleet: whatever happens, the counts are those of a scan, and the shares of
    /// all workers are one whole.
    #[test]
    fn the_shares_of_all_workers_are_one_whole() {
        for seed in 0..50 {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut workers = [(); 3].map(|()| Shares::default());
            let mut truth: HashMap<u32, (u32, u32, u32)> = HashMap::new();
            let mut owners: HashMap<u32, usize> = HashMap::new();
            for _ in 0..300 {
                match random.u32(..4) {
                    0 | 1 => {
                        let key = random.u32(..60);
                        let place = (random.u32(..2), random.u32(..5), key % 8);
                        truth.insert(key, place);
                        for worker in &mut workers {
                            let (tenant, user, partition) = place;
                            worker.add(
                                &key.to_string(),
                                &tenant.to_string(),
                                &user.to_string(),
                                partition,
                            );
                        }
                    }
                    2 => {
                        let key = random.u32(..60);
                        truth.remove(&key);
                        for worker in &mut workers {
                            worker.remove(&key.to_string());
                        }
                    }
                    _ => {
                        let (partition, owner) = (random.u32(..8), random.usize(..3));
                        if let Some(before) = owners.insert(partition, owner) {
                            workers[before].set_own(partition, false);
                        }
                        workers[owner].set_own(partition, true);
                    }
                }
                for tenant in 0..2 {
                    let scan: Vec<_> = truth.values().filter(|place| place.0 == tenant).collect();
                    let mut sum = 0;
                    for (index, worker) in workers.iter().enumerate() {
                        let own = scan
                            .iter()
                            .filter(|place| owners.get(&place.2) == Some(&index));
                        let expected = drives(own.count() as u64, scan.len() as u64);
                        let counted = worker.of_tenant(&tenant.to_string());
                        assert_eq!(counted, expected, "seed {seed}");
                        assert_eq!(counted.own > 0, counted.share().is_some());
                        sum += counted.own;
                    }
                    assert!(sum <= scan.len() as u64);
                    if owners.len() == 8 {
                        assert_eq!(sum, scan.len() as u64);
                    }
                }
            }
        }
    }
}
