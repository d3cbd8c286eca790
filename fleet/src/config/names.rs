use toml::de::DeValue;

use super::values;

/// The most characters of the name of a fleet.
const MAX_FLEET: usize = 32;

/// The most characters of the name of a worker or of an app.
const MAX_NAME: usize = 64;

/// Checks the name of a fleet.
///
/// # Errors
/// What is wrong with it, to follow the name of a setting.
pub(super) fn check_fleet(name: &str) -> Result<(), String> {
    check(name, MAX_FLEET)
}

/// Checks the name of a worker or of an app.
///
/// # Errors
/// As above.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    check(name, MAX_NAME)
}

/// They become parts of subjects and of keys of NATS.
fn check(name: &str, most: usize) -> Result<(), String> {
    let length = name.chars().count();
    if name.is_empty() {
        return Err("is empty".to_owned());
    }
    if length > most {
        return Err(format!(
            "has {length} characters, and may have {most} at most"
        ));
    }
    if !name.chars().all(is_allowed) {
        return Err(format!(
            "may contain letters of a to z, digits, '-' and '_' only, and is {name:?}"
        ));
    }
    Ok(())
}

pub(super) fn fleet(value: &DeValue<'_>) -> Result<String, String> {
    let name = values::text(value)?;
    check_fleet(&name)?;
    Ok(name)
}

pub(super) fn name(value: &DeValue<'_>) -> Result<String, String> {
    let name = values::text(value)?;
    check_name(&name)?;
    Ok(name)
}

/// The name of this machine without its domain, or `worker`.
pub(super) fn of_this_machine() -> String {
    let name = host_name().unwrap_or_default();
    let name = name.split('.').next().unwrap_or_default();
    let name: String = name
        .chars()
        .map(|c| if is_allowed(c) { c } else { '-' })
        .take(MAX_NAME)
        .collect();
    if name.is_empty() {
        "worker".to_owned()
    } else {
        name
    }
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

#[cfg(unix)]
fn host_name() -> Option<String> {
    nix::unistd::gethostname().ok()?.into_string().ok()
}

#[cfg(not(unix))]
fn host_name() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_token_of_nats() {
        for name in ["drivebell", "a", "eu-west_1", &"x".repeat(MAX_NAME)] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for (name, says) in [
            ("", "empty"),
            ("a.b", "'-' and '_' only"),
            ("a b", "only"),
            ("a*", "only"),
            ("ü", "only"),
            (&"x".repeat(MAX_NAME + 1), "65 characters"),
        ] {
            let problem = check_name(name).unwrap_err();
            assert!(problem.contains(says), "{problem}");
        }
        assert!(check_fleet(&"x".repeat(MAX_FLEET + 1)).is_err());
    }

    #[test]
    fn the_machine_has_a_name() {
        assert_eq!(check_name(&of_this_machine()), Ok(()));
    }
}
