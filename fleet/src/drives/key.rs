use drivebell::Resource;

use crate::key_text;

/// The longest key of a drive: it is a part of subjects and of keys of other buckets.
pub const MAX_KEY: usize = 256;

/// Checks the key of a drive.
///
/// # Errors
/// What is wrong with it, to follow its name.
pub fn check_key(key: &str) -> Result<(), String> {
    if key.is_empty() {
        return Err("is empty".to_owned());
    }
    if key.len() > MAX_KEY {
        return Err(format!(
            "has {} characters, and may have {MAX_KEY} at most",
            key.len()
        ));
    }
    if let Some(c) = key.chars().find(|c| !is_allowed(*c)) {
        return Err(format!(
            "contains {c:?}, and may contain letters of a to z, digits and -/_=. only"
        ));
    }
    if key.split('.').any(str::is_empty) {
        return Err("begins or ends with '.', or has two in a row".to_owned());
    }
    Ok(())
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '_' | '=' | '.')
}

/// The key of a drive that gets none: its user and its path, always the same for the same drive. The
/// characters that a key cannot have, and dots, become `=` and two hexadecimal digits.
pub fn default_key(user: &str, resource: &Resource) -> String {
    let path = resource.to_string();
    let path = path.strip_suffix("/root").unwrap_or(&path);
    let mut key = key_text::encode(user);
    for segment in path.split('/').skip(1) {
        key.push('/');
        key.push_str(&key_text::encode(segment));
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_of_a_bucket_and_of_subjects() {
        for key in [
            "a",
            "kim=40contoso=2Ecom/me/drive",
            "a.b",
            &"x".repeat(MAX_KEY),
        ] {
            assert_eq!(check_key(key), Ok(()), "{key}");
        }
        for (key, says) in [
            ("", "empty"),
            ("a b", "' '"),
            ("a*", "'*'"),
            ("kim@contoso.com", "'@'"),
            (".a", "begins"),
            ("a..b", "two in a row"),
            (&"x".repeat(MAX_KEY + 1), "257 characters"),
        ] {
            let problem = check_key(key).unwrap_err();
            assert!(problem.contains(says), "{problem}");
        }
    }

    #[test]
    fn the_default_key_is_readable_and_tells_drives_apart() {
        let key = |user, resource: &str| {
            let key = default_key(user, &resource.parse().unwrap());
            assert_eq!(check_key(&key), Ok(()), "{key}");
            key
        };
        assert_eq!(
            key("kim@contoso.com", "/me/drive"),
            "kim=40contoso=2Ecom/me/drive"
        );
        assert_eq!(
            key("kim@contoso.com", "me/drive/root"),
            "kim=40contoso=2Ecom/me/drive"
        );
        assert_eq!(key("a", "/drives/b!x.y"), "a/drives/b=21x=2Ey");
        assert_eq!(key("a/me", "/me/drive"), "a=2Fme/me/drive");
        assert_ne!(key("a", "/drives/b%21"), key("a", "/drives/b=21"));
    }
}
