//! Which bearer tokens are accepted, and which drive belongs to which user.

use std::collections::{HashMap, HashSet};

use crate::resource_path::DriveAddress;

/// A token that belongs to no user reaches every drive.
#[derive(Default)]
pub(crate) struct Access {
    tokens: HashSet<String>,
    drive_by_token: HashMap<String, String>,
    token_by_drive: HashMap<String, String>,
}

impl Access {
    /// `users` are pairs of a token and the id of its user's drive.
    pub(crate) fn new(tokens: &[String], users: &[(String, String)]) -> Self {
        let of_users = users.iter().map(|(token, _)| token);
        Self {
            tokens: tokens.iter().chain(of_users).cloned().collect(),
            drive_by_token: users.iter().cloned().collect(),
            token_by_drive: users
                .iter()
                .map(|(token, drive)| (drive.clone(), token.clone()))
                .collect(),
        }
    }

    pub(crate) fn accepts(&self, token: &str) -> bool {
        self.tokens.contains(token)
    }

    /// Replaces `/me/drive` by the drive of the token's user.
    pub(crate) fn resolve(&self, token: &str, address: DriveAddress) -> DriveAddress {
        match (address, self.drive_by_token.get(token)) {
            (DriveAddress::Me, Some(own)) => DriveAddress::Drive(own.clone()),
            (address, _) => address,
        }
    }

    /// Whether the drive belongs to another user.
    pub(crate) fn denies(&self, token: &str, address: &DriveAddress) -> bool {
        let DriveAddress::Drive(drive) = address else {
            return false;
        };
        let owner = self.token_by_drive.get(drive);
        self.drive_by_token.contains_key(token) && owner.is_some_and(|owner| owner != token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_reaches_their_own_drive_and_no_other_users() {
        let users = [("a", "of-a"), ("b", "of-b")];
        let users = users.map(|(token, drive)| (token.to_owned(), drive.to_owned()));
        let access = Access::new(&["nobody".to_owned()], &users);
        let drive = |id: &str| DriveAddress::Drive(id.into());
        assert!(access.accepts("a") && access.accepts("nobody") && !access.accepts("c"));
        assert_eq!(access.resolve("a", DriveAddress::Me), drive("of-a"));
        assert_eq!(access.resolve("nobody", DriveAddress::Me), DriveAddress::Me);
        assert!(access.denies("a", &drive("of-b")));
        assert!(!access.denies("a", &drive("of-a")));
        assert!(!access.denies("a", &drive("anybodys")));
        assert!(!access.denies("nobody", &drive("of-b")));
    }
}
