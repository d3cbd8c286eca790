//! Which bearer tokens are accepted, and which drive belongs to which user.

use std::collections::{HashMap, HashSet};

use crate::resource_path::DriveAddress;

/// Who sent a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Caller<'a> {
    /// Whoever has a token of the options. One that belongs to no user reaches every drive.
    Token(&'a str),
    /// A user who signed in at the identity service.
    Account {
        /// The id of the user's drive.
        drive: &'a str,
    },
    /// An application without a user. It reaches every drive.
    Application,
}

#[derive(Default)]
pub(crate) struct Access {
    tokens: HashSet<String>,
    drive_by_token: HashMap<String, String>,
    token_by_drive: HashMap<String, String>,
    drives_of_accounts: HashSet<String>,
}

impl Access {
    /// `users` are pairs of a token and the id of its user's drive; `accounts` are drives.
    pub(crate) fn new<'a>(
        tokens: &[String],
        users: &[(String, String)],
        accounts: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let of_users = users.iter().map(|(token, _)| token);
        Self {
            tokens: tokens.iter().chain(of_users).cloned().collect(),
            drive_by_token: users.iter().cloned().collect(),
            token_by_drive: users
                .iter()
                .map(|(token, drive)| (drive.clone(), token.clone()))
                .collect(),
            drives_of_accounts: accounts.into_iter().map(ToOwned::to_owned).collect(),
        }
    }

    pub(crate) fn accepts(&self, token: &str) -> bool {
        self.tokens.contains(token)
    }

    /// Replaces `/me/drive` by the drive of the caller.
    pub(crate) fn resolve(&self, caller: Caller<'_>, address: DriveAddress) -> DriveAddress {
        let own = match caller {
            Caller::Token(token) => self.drive_by_token.get(token).map(String::as_str),
            Caller::Account { drive } => Some(drive),
            Caller::Application => None,
        };
        match (address, own) {
            (DriveAddress::Me, Some(own)) => DriveAddress::Drive(own.to_owned()),
            (address, _) => address,
        }
    }

    /// Whether the drive belongs to another user.
    pub(crate) fn denies(&self, caller: Caller<'_>, address: &DriveAddress) -> bool {
        let DriveAddress::Drive(drive) = address else {
            return false;
        };
        let owner = self.token_by_drive.get(drive);
        match caller {
            Caller::Token(token) => {
                let is_user = self.drive_by_token.contains_key(token);
                is_user && owner.is_some_and(|owner| owner != token)
            }
            Caller::Account { drive: own } => {
                own != drive && (owner.is_some() || self.drives_of_accounts.contains(drive))
            }
            Caller::Application => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drive(id: &str) -> DriveAddress {
        DriveAddress::Drive(id.into())
    }

    #[test]
    fn a_user_reaches_their_own_drive_and_no_other_users() {
        let users = [("a", "of-a"), ("b", "of-b")];
        let users = users.map(|(token, drive)| (token.to_owned(), drive.to_owned()));
        let access = Access::new(&["nobody".to_owned()], &users, ["of-c"]);
        let [a, nobody] = [Caller::Token("a"), Caller::Token("nobody")];
        assert!(access.accepts("a") && access.accepts("nobody") && !access.accepts("c"));
        assert_eq!(access.resolve(a, DriveAddress::Me), drive("of-a"));
        assert_eq!(access.resolve(nobody, DriveAddress::Me), DriveAddress::Me);
        assert!(access.denies(a, &drive("of-b")));
        assert!(!access.denies(a, &drive("of-a")));
        assert!(!access.denies(a, &drive("anybodys")));
        assert!(!access.denies(nobody, &drive("of-b")));
    }

    #[test]
    fn an_account_reaches_its_own_drive_and_no_other_users() {
        let users = [("a".to_owned(), "of-a".to_owned())];
        let access = Access::new(&[], &users, ["of-c", "of-d"]);
        let c = Caller::Account { drive: "of-c" };
        assert_eq!(access.resolve(c, DriveAddress::Me), drive("of-c"));
        for (id, denied) in [
            ("of-a", true),
            ("of-d", true),
            ("of-c", false),
            ("b", false),
        ] {
            assert_eq!(access.denies(c, &drive(id)), denied, "{id}");
        }
        assert!(!access.denies(Caller::Application, &drive("of-a")));
    }
}
