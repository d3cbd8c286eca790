//! The scanner accepts what `serde_json` accepts.

use proptest::prelude::*;

use super::json_scanner::{Refusal, Scanner};
use super::reference::is_json;
use crate::strategies::damaged;

fn scan(json: &str) -> Result<(), Refusal> {
    let mut scanner = Scanner::new(json)?;
    scanner.value()?;
    scanner.end()
}

#[test]
fn only_brackets_outside_strings_count_as_depth() {
    let nested = |depth| format!("{}7{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(scan(&nested(64)), Ok(()));
    assert_eq!(scan(&nested(65)), Err(Refusal::TooDeep));
    assert_eq!(scan(&format!("[{:?},{}]", nested(65), nested(63))), Ok(()));
    let flat = vec![nested(63); 3].join(",");
    assert_eq!(scan(&format!("[{flat}]")), Ok(()));
}

#[test]
fn a_string_ends_at_its_quote_wherever_it_is_in_a_block() {
    for end in 0..=255_u8 {
        for length in 0..130 {
            let text = "x".repeat(length);
            let end = char::from(end);
            for json in [
                format!("\"{text}{end}\""),
                format!("\"{text}\\{end}\""),
                format!("\"{text}{end}"),
                format!("\"{text}\\u00{end}0\""),
            ] {
                assert_eq!(scan(&json).is_ok(), is_json(&json), "{json:?}");
            }
        }
    }
}

#[test]
fn numbers_and_literals_are_those_of_json() {
    for json in [
        "0", "-0", "01", "-", "1.", ".5", "1.5", "1e", "1e5", "1E+5", "1e-05", "1e+", "-1.5e9x",
        "true", "tru", "truee", "false", "null", "nul", "NaN", "+1", "--1", "1e400", "0x1", "",
    ] {
        assert_eq!(scan(json).is_ok(), is_json(json), "{json:?}");
    }
}

/// Texts of the characters that JSON is made of.
fn almost_json() -> impl Strategy<Value = String> {
    r#"[\[\]{}:," \n\t\r\\u0-9eE+.a-]{0,40}"#
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "null|true|false|-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
        r#""([a-zé" ]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}){0,70}""#,
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let space = "[ \n\r\t]{0,2}";
        let element = (space, inner.clone(), space);
        let element = element.prop_map(|(before, inner, after)| before + &inner + &after);
        let list = prop::collection::vec(element.clone(), 0..5);
        let key = "[ \n]?\"([a-z]|\\\\n|\\\\ud800){0,9}\"[ \t]?";
        let members = prop::collection::vec((key, element), 0..5);
        prop_oneof![
            list.prop_map(|list| format!("[{}]", list.join(","))),
            members.prop_map(|members| {
                let members = members.iter().map(|(key, value)| format!("{key}:{value}"));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn it_accepts_what_serde_json_accepts(
        json in prop_oneof![json(), damaged(json()), almost_json(), ".{0,40}"],
    ) {
        prop_assert_eq!(scan(&json).is_ok(), is_json(&json));
    }
}
