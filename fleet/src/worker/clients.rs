//! A client of Graph for each user whose drives this worker follows.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use drivebell::{Client, Credential, Error};

use crate::budget::{Attached, Budgets};
use crate::config::Config;
use crate::pauses::{Pauses, SharedPause};
use crate::tokens::TokenSource;

/// The longest label of a client.
const MAX_LABEL: usize = 64;

/// The clients. Those of a tenant are a family: they share connections, limits and pauses.
pub(super) struct Clients {
    config: Arc<Config>,
    tokens: TokenSource,
    budgets: Budgets,
    pauses: Pauses,
    families: Mutex<HashMap<Arc<str>, Family>>,
}

struct Family {
    first: Client,
    users: HashMap<Arc<str>, User>,
    _pause: SharedPause,
}

struct User {
    client: Client,
    _budget: Attached,
}

impl Clients {
    pub(super) fn new(
        config: Arc<Config>,
        tokens: TokenSource,
        budgets: Budgets,
        pauses: Pauses,
    ) -> Self {
        Self {
            config,
            tokens,
            budgets,
            pauses,
            families: Mutex::default(),
        }
    }

    /// The client of a user, which is made if there is none.
    ///
    /// # Errors
    /// Those of building a client: a proxy or certificates that cannot be used.
    pub(super) fn get(&self, tenant: &Arc<str>, user: &Arc<str>) -> Result<Client, Error> {
        let mut families = self.lock();
        if let Some(user) = families
            .get(tenant)
            .and_then(|family| family.users.get(user))
        {
            return Ok(user.client.clone());
        }
        let credential = self.tokens.credential_for(user, tenant);
        if !families.contains_key(tenant) {
            let family = self.family(tenant, credential.clone())?;
            families.insert(Arc::clone(tenant), family);
        }
        let family = families.get_mut(tenant).expect("it is there");
        let client = if is_label(user) {
            family.first.with_credential_and_label(credential, user)?
        } else {
            family.first.with_credential(credential)
        };
        let budget = self.budgets.attach(tenant, user, client.pacing());
        let entry = User {
            client: client.clone(),
            _budget: budget,
        };
        family.users.insert(Arc::clone(user), entry);
        Ok(client)
    }

    fn family(&self, tenant: &str, credential: Credential) -> Result<Family, Error> {
        let first = self.config.client_builder(credential).build()?;
        let pause = self
            .pauses
            .attach(&self.config.graph.app, tenant, first.pacing());
        Ok(Family {
            first,
            users: HashMap::new(),
            _pause: pause,
        })
    }

    /// Closes the clients of all users but these, each with its tenant.
    pub(super) fn keep(&self, used: &HashSet<(Arc<str>, Arc<str>)>) {
        let mut families = self.lock();
        for (tenant, family) in families.iter_mut() {
            family.users.retain(|user, entry| {
                let is_used = used.contains(&(Arc::clone(tenant), Arc::clone(user)));
                if !is_used {
                    entry.client.start_close();
                }
                is_used
            });
        }
        families.retain(|_, family| {
            let is_used = !family.users.is_empty();
            if !is_used {
                family.first.start_close();
            }
            is_used
        });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Family>> {
        self.families.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the builder would refuse.
fn is_label(user: &str) -> bool {
    user.chars().count() <= MAX_LABEL && !user.chars().any(char::is_control)
}
