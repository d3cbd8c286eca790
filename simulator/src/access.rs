//! Whose token a request carries, where that matters: users with a drive of their own.

use std::collections::HashMap;

use crate::resource_path::Place;

/// Users by their token. A token that is nobody's reaches every drive.
#[derive(Debug, Clone, Default)]
pub(crate) struct Users {
    drives: HashMap<String, String>,
    owners: HashMap<String, String>,
}

impl Users {
    pub(crate) fn add(&mut self, token: String, drive: String) {
        self.owners.insert(drive.clone(), token.clone());
        self.drives.insert(token, drive);
    }

    /// A place as this user names it: `/me` is their own.
    pub(crate) fn place_for(&self, token: &str, place: Place) -> Place {
        match (place, self.drives.get(token)) {
            (Place::Me, Some(own)) => Place::Drive(own.clone()),
            (place, _) => place,
        }
    }

    /// Whether the drive is another user's.
    pub(crate) fn are_kept_from(&self, token: &str, place: &Place) -> bool {
        let Place::Drive(drive) = place else {
            return false;
        };
        let owner = self.owners.get(drive);
        self.drives.contains_key(token) && owner.is_some_and(|owner| owner != token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_reaches_their_own_drive_and_no_other_users() {
        let mut users = Users::default();
        users.add("a".into(), "of-a".into());
        users.add("b".into(), "of-b".into());
        let drive = |id: &str| Place::Drive(id.into());
        assert_eq!(users.place_for("a", Place::Me), drive("of-a"));
        assert_eq!(users.place_for("nobody", Place::Me), Place::Me);
        assert!(users.are_kept_from("a", &drive("of-b")));
        assert!(!users.are_kept_from("a", &drive("of-a")));
        assert!(!users.are_kept_from("a", &drive("anybodys")));
        assert!(!users.are_kept_from("nobody", &drive("of-b")));
    }
}
