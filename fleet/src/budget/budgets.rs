use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use drivebell::{Pacing, Usage};

use super::limits::Budget;
use super::records::{Concerns, Records};
use super::shares::{Drives, Shares};

/// This worker's part of all budgets, which its clients keep to. Cloning it is cheap.
///
/// Tell it of all drives of the fleet before the first partition: out of few drives, each would look
/// like a large part.
#[derive(Debug, Clone)]
pub struct Budgets(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    shares: Shares,
    records: Records,
    families: HashMap<String, Family>,
    last_id: u64,
}

/// The clients of a tenant.
#[derive(Debug)]
struct Family {
    /// Of the client that came last, which stands for the family.
    pacing: Pacing,
    users: HashMap<String, Client>,
}

#[derive(Debug)]
struct Client {
    id: u64,
    pacing: Pacing,
}

/// A client that keeps to the budget until this is dropped.
#[derive(Debug)]
#[must_use]
pub struct Attached {
    budgets: Budgets,
    tenant: String,
    user: String,
    id: u64,
}

/// What a worker asks of Graph for a tenant.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TenantStatus {
    /// The drives of the tenant in the whole fleet.
    pub drives: u64,
    /// Those that this worker follows.
    pub own_drives: u64,
    /// The budget of the whole fleet.
    pub budget: Budget,
    /// This worker's part of it. Of the requests of a user it has a part of its own for each.
    pub own_budget: Budget,
    /// What this worker's clients have sent since they were made.
    pub usage: Usage,
    /// How long the tenant's clients pause from now on.
    pub paused_for: Option<Duration>,
}

impl Budgets {
    /// With the budget of the configuration, for tenants of which the bucket says nothing.
    pub fn new(configured: Budget) -> Self {
        Self(Arc::new(Mutex::new(State {
            shares: Shares::default(),
            records: Records::new(configured),
            families: HashMap::new(),
            last_id: 0,
        })))
    }

    /// There is a drive, whoever follows it. For one that is known, this says where it is now.
    pub fn drive_added(&self, key: &str, tenant: &str, user: &str, partition: u32) {
        let mut state = self.lock();
        let changed = state.shares.add(key, tenant, user, partition);
        state.apply(&changed);
    }

    /// A drive is followed by nobody any more.
    pub fn drive_removed(&self, key: &str) {
        let mut state = self.lock();
        let changed = state.shares.remove(key);
        state.apply(&changed);
    }

    /// This worker follows the drives of a partition from now on.
    pub fn partition_gained(&self, partition: u32) {
        let mut state = self.lock();
        let changed = state.shares.set_own(partition, true);
        state.apply(&changed);
    }

    /// This worker has stopped to follow the drives of a partition.
    pub fn partition_lost(&self, partition: u32) {
        let mut state = self.lock();
        let changed = state.shares.set_own(partition, false);
        state.apply(&changed);
    }

    /// Makes a client keep to its user's and its tenant's budget, and so its family to the tenant's.
    /// Of two clients of one user, the later one counts.
    pub fn attach(&self, tenant: &str, user: &str, pacing: Pacing) -> Attached {
        let mut state = self.lock();
        state.last_id += 1;
        let id = state.last_id;
        let family = state.families.entry(tenant.to_owned());
        let family = family.or_insert_with(|| Family {
            pacing: pacing.clone(),
            users: HashMap::new(),
        });
        family.pacing = pacing.clone();
        family.users.insert(user.to_owned(), Client { id, pacing });
        state.apply(&[(tenant.to_owned(), user.to_owned())]);
        Attached {
            budgets: self.clone(),
            tenant: tenant.to_owned(),
            user: user.to_owned(),
            id,
        }
    }

    /// Takes a record of the bucket, by its key after `budget/`, or its removal.
    pub fn record_changed(&self, name: &str, json: Option<&[u8]>) {
        let mut state = self.lock();
        match state.records.set(name, json) {
            Concerns::Nobody => {}
            Concerns::Tenant(tenant) => state.apply_to_tenant(&tenant),
            Concerns::All => {
                let tenants: Vec<_> = state.families.keys().cloned().collect();
                for tenant in tenants {
                    state.apply_to_tenant(&tenant);
                }
            }
        }
    }

    /// The tenants that this worker has clients for, by name.
    pub fn status(&self) -> BTreeMap<String, TenantStatus> {
        let state = self.lock();
        let families = state.families.iter();
        families
            .map(|(tenant, family)| {
                let Drives { all, own } = state.shares.of_tenant(tenant);
                let budget = state.records.of(tenant);
                let share = Drives { all, own }.share().unwrap_or_default();
                let status = TenantStatus {
                    drives: all,
                    own_drives: own,
                    budget,
                    own_budget: Budget {
                        requests_per_user_in_five_minutes: None,
                        ..budget.part(share)
                    },
                    usage: family.pacing.family_usage(),
                    paused_for: family.pacing.paused_for(),
                };
                (tenant.clone(), status)
            })
            .collect()
    }

    /// The records that cannot be used, each with what is wrong, as a sentence.
    pub fn problems(&self) -> Vec<String> {
        self.lock().records.problems().collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Gives the clients of these users their shares, and their tenants theirs.
    fn apply(&self, users: &[(String, String)]) {
        let mut tenant_before = None;
        for (tenant, user) in users {
            let Some(family) = self.families.get(tenant) else {
                continue;
            };
            if tenant_before.replace(tenant) != Some(tenant) {
                self.apply_to_family(tenant, family);
            }
            if let Some(client) = family.users.get(user) {
                self.apply_to_user(tenant, user, &client.pacing);
            }
        }
    }

    fn apply_to_tenant(&self, tenant: &str) {
        let Some(family) = self.families.get(tenant) else {
            return;
        };
        self.apply_to_family(tenant, family);
        for (user, client) in &family.users {
            self.apply_to_user(tenant, user, &client.pacing);
        }
    }

    fn apply_to_family(&self, tenant: &str, family: &Family) {
        // A client of a tenant without drives of this worker is about to be closed.
        let Some(share) = self.shares.of_tenant(tenant).share() else {
            return;
        };
        let own = self.records.of(tenant).part(share);
        let pacing = &family.pacing;
        report(pacing.set_endpoint_calls_per_second(own.endpoint_calls_per_second));
        report(pacing.set_resource_units_per_minute(own.resource_units_per_minute));
    }

    fn apply_to_user(&self, tenant: &str, user: &str, pacing: &Pacing) {
        let Some(share) = self.shares.of_user(tenant, user).share() else {
            return;
        };
        let own = self.records.of(tenant).part(share);
        report(pacing.set_requests_in_five_minutes(own.requests_per_user_in_five_minutes));
    }
}

/// Budgets and shares are checked, so this tells of a bug.
fn report(set: Result<(), drivebell::Error>) {
    if let Err(error) = set {
        tracing::error!(error = error.message(), "a budget could not be applied");
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let mut state = self.budgets.lock();
        let Some(family) = state.families.get_mut(&self.tenant) else {
            return;
        };
        if family
            .users
            .get(&self.user)
            .is_some_and(|client| client.id == self.id)
        {
            family.users.remove(&self.user);
        }
        if family.users.is_empty() {
            state.families.remove(&self.tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use drivebell::{Client, Credential};

    use super::*;

    fn configured() -> Budget {
        Budget {
            resource_units_per_minute: Some(1000.0),
            ..Budget::default()
        }
    }

    fn pacing() -> Pacing {
        let credential = Credential::token("t").unwrap();
        Client::builder(credential).build().unwrap().pacing()
    }

    fn units(budgets: &Budgets, tenant: &str) -> Option<f64> {
        let own = budgets.status().get(tenant)?.own_budget;
        own.resource_units_per_minute
    }

    #[test]
    fn a_tenant_has_the_part_of_its_drives_that_are_here() {
        let budgets = Budgets::new(configured());
        for drive in 0..4 {
            budgets.drive_added(&drive.to_string(), "contoso", "kim", drive);
        }
        budgets.partition_gained(1);
        let attached = budgets.attach("contoso", "kim", pacing());
        assert_eq!(units(&budgets, "contoso"), Some(250.0));
        budgets.partition_gained(2);
        assert_eq!(units(&budgets, "contoso"), Some(500.0));
        budgets.drive_removed("2");
        budgets.record_changed("default", Some(br#"{"resource_units_per_minute": 300}"#));
        assert_eq!(units(&budgets, "contoso"), Some(100.0));
        budgets.record_changed("contoso", Some(b"nonsense"));
        assert_eq!(units(&budgets, "contoso"), Some(100.0));
        assert_eq!(budgets.problems().len(), 1);
        budgets.record_changed("contoso", Some(br#"{"resource_units_per_minute": 3}"#));
        assert_eq!(units(&budgets, "contoso"), Some(1.0));
        assert!(budgets.problems().is_empty());
        let status = &budgets.status()["contoso"];
        assert_eq!((status.drives, status.own_drives), (3, 1));
        drop(attached);
        assert!(budgets.status().is_empty());
    }

    #[test]
    fn a_client_that_was_replaced_takes_nothing_along() {
        let budgets = Budgets::new(configured());
        budgets.drive_added("a", "contoso", "kim", 1);
        let first = budgets.attach("contoso", "kim", pacing());
        let second = budgets.attach("contoso", "kim", pacing());
        drop(first);
        assert_eq!(budgets.status().len(), 1);
        drop(second);
        assert!(budgets.status().is_empty());
    }
}
