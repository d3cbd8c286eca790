//! The budgets in the bucket, over those of the configuration.

use std::collections::{BTreeMap, HashMap};

use super::limits::Budget;
use crate::key_text;

/// The record for all tenants that have none of their own, and for what theirs leave out.
pub(super) const DEFAULT: &str = "default";

#[derive(Debug)]
pub(super) struct Records {
    configured: Budget,
    default: Budget,
    tenants: HashMap<String, Budget>,
    /// By the name of the record.
    problems: BTreeMap<String, String>,
}

/// Whom a record is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Concerns {
    Nobody,
    Tenant(String),
    All,
}

impl Records {
    pub(super) fn new(configured: Budget) -> Self {
        Self {
            configured,
            default: Budget::default(),
            tenants: HashMap::new(),
            problems: BTreeMap::new(),
        }
    }

    pub(super) fn of(&self, tenant: &str) -> Budget {
        let own = self.tenants.get(tenant).copied().unwrap_or_default();
        own.or(self.default).or(self.configured)
    }

    /// Takes a record, by the end of its key, or its removal. One that cannot be read is reported, and
    /// the one before it holds.
    pub(super) fn set(&mut self, name: &str, json: Option<&[u8]>) -> Concerns {
        self.problems.remove(name);
        let Some(tenant) = key_text::decode(name) else {
            self.report(name, "has a name that is not that of a tenant: write other characters than A-Z, a-z, 0-9, _ and - as = and two hexadecimal digits");
            return Concerns::Nobody;
        };
        let budget = match json.map(Budget::parse).transpose() {
            Ok(budget) => budget,
            Err(problem) => {
                self.report(name, &format!("{problem}; the budget before it holds"));
                return Concerns::Nobody;
            }
        };
        if tenant == DEFAULT {
            self.default = budget.unwrap_or_default();
            return Concerns::All;
        }
        match budget {
            Some(budget) => self.tenants.insert(tenant.clone(), budget),
            None => self.tenants.remove(&tenant),
        };
        Concerns::Tenant(tenant)
    }

    pub(super) fn problems(&self) -> impl Iterator<Item = String> {
        let problems = self.problems.iter();
        problems.map(|(name, problem)| format!("the record budget/{name} {problem}"))
    }

    fn report(&mut self, name: &str, problem: &str) {
        tracing::error!(record = %format_args!("budget/{name}"), problem, "a budget cannot be used");
        self.problems.insert(name.to_owned(), problem.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(per_second: f64) -> Budget {
        Budget {
            endpoint_calls_per_second: Some(per_second),
            ..Budget::default()
        }
    }

    #[test]
    fn a_tenants_record_comes_before_the_default_and_that_before_the_configuration() {
        let mut records = Records::new(calls(10.0));
        assert_eq!(records.of("contoso.com"), calls(10.0));
        let default = br#"{"endpoint_calls_per_second": 5, "resource_units_per_minute": 100}"#;
        assert_eq!(records.set("default", Some(default)), Concerns::All);
        let own = br#"{"endpoint_calls_per_second": 1}"#;
        let concerns = Concerns::Tenant("contoso.com".to_owned());
        assert_eq!(records.set("contoso=2Ecom", Some(own)), concerns);
        let budget = records.of("contoso.com");
        assert_eq!(budget.endpoint_calls_per_second, Some(1.0));
        assert_eq!(budget.resource_units_per_minute, Some(100.0));
        assert_eq!(records.of("other").endpoint_calls_per_second, Some(5.0));
        assert_eq!(records.set("contoso=2Ecom", None), concerns);
        assert_eq!(records.set("default", None), Concerns::All);
        assert_eq!(records.of("contoso.com"), calls(10.0));
    }

    #[test]
    fn a_record_that_cannot_be_read_changes_nothing_until_it_is_corrected() {
        let mut records = Records::new(calls(10.0));
        records.set("a", Some(br#"{"endpoint_calls_per_second": 3}"#));
        assert_eq!(records.set("a", Some(b"three")), Concerns::Nobody);
        assert_eq!(records.of("a"), calls(3.0));
        assert_eq!(records.set("a=", Some(b"{}")), Concerns::Nobody);
        let problems: Vec<_> = records.problems().collect();
        assert_eq!(problems.len(), 2);
        assert!(
            problems[0].starts_with("the record budget/a is not the JSON"),
            "{problems:?}"
        );
        records.set("a", Some(b"{}"));
        records.set("a=", None);
        assert_eq!(records.problems().count(), 1, "its name is still wrong");
        assert_eq!(records.of("a"), calls(10.0));
    }
}
