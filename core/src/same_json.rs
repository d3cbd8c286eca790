//! Whether two JSON texts say the same.

use serde_json::Value;

/// The order of an object's members and white space do not count. Texts that are not JSON are equal
/// only if they are the same.
pub(crate) fn same_json(one: &str, other: &str) -> bool {
    let parsed = |json| serde_json::from_str::<Value>(json);
    one == other || matches!((parsed(one), parsed(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::same_json;

    #[test]
    fn the_form_does_not_count() {
        assert!(same_json("7]", "7]"));
        assert!(same_json(r#"{"a":1,"b":[2]}"#, r#"{ "b": [2], "a": 1 }"#));
        assert!(!same_json(r#"{"a":[1,2]}"#, r#"{"a":[2,1]}"#));
        assert!(!same_json(r#"{"a":1}"#, r#"{"a":1,"b":null}"#));
        assert!(!same_json("7]", "8]"));
    }
}
