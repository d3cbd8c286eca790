//! Faults from text: JSON, or a shorthand for the command line.

use std::str::FromStr;

use serde_json::{Map, Value, json};

use super::invalid::InvalidFault;
use super::model::Fault;

/// Actions without fields, which serde expects as a string. Any other action is accepted as a
/// string too if all its fields have defaults.
const UNIT_ACTIONS: [&str; 6] = [
    "cut",
    "reset",
    "silence",
    "engineClose",
    "disconnect",
    "ignoreJoin",
];

/// The fault's own fields. In the shorthand all others belong to the action.
const FAULT_FIELDS: [&str; 9] = [
    "on",
    "drive",
    "when",
    "skip",
    "times",
    "share",
    "after",
    "afterBytes",
    "forMs",
];

/// Fields that are text even if the value looks like a number.
const TEXT_FIELDS: [&str; 6] = ["drive", "hex", "text", "reason", "message", "path"];

impl FromStr for Fault {
    type Err = InvalidFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let value = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| InvalidFault::new(".", error.to_string()))?
        } else {
            shorthand(text)?
        };
        from_value(value)
    }
}

fn from_value(mut value: Value) -> Result<Fault, InvalidFault> {
    if let Some(action) = value.get_mut("action")
        && let Some(name) = action.as_str()
        && !UNIT_ACTIONS.contains(&name)
    {
        *action = json!({name: {}});
    }
    let fault: Fault = serde_path_to_error::deserialize(value).map_err(|error| {
        let field = error.path().to_string();
        InvalidFault::new(&field, error.into_inner().to_string())
    })?;
    fault.check()?;
    Ok(fault)
}

/// `ACTION[=VALUE][,FIELD=VALUE]...`
fn shorthand(text: &str) -> Result<Value, InvalidFault> {
    let mut parts = text.split(',');
    let first = parts.next().unwrap_or_default();
    let (action, main) = match first.split_once('=') {
        Some((action, value)) => (action, Some(value)),
        None => (first, None),
    };
    let mut fault = Map::new();
    let mut fields = Map::new();
    if let Some(value) = main {
        let field = main_field(action).ok_or_else(|| {
            InvalidFault::new("action", format!("{action:?} does not take a value"))
        })?;
        fields.insert(field.to_owned(), typed(field, value));
    }
    for part in parts {
        let (field, value) = part.split_once('=').ok_or_else(|| {
            InvalidFault::new(
                part,
                "expected FIELD=VALUE; use JSON for a value that contains a comma",
            )
        })?;
        let into = if FAULT_FIELDS.contains(&field) {
            &mut fault
        } else {
            &mut fields
        };
        into.insert(field.to_owned(), typed(field, value));
    }
    let action = if fields.is_empty() {
        json!(action)
    } else {
        json!({action: fields})
    };
    fault.insert("action".to_owned(), action);
    Ok(Value::Object(fault))
}

/// The field that `ACTION=VALUE` sets.
fn main_field(action: &str) -> Option<&'static str> {
    Some(match action {
        "hold" => "direction",
        "delay" | "expire" => "ms",
        "split" => "bytes",
        "inject" => "hex",
        "text" => "text",
        "frame" => "opcode",
        "close" => "code",
        "serverDisconnect" => "message",
        "refuseNamespace" => "body",
        "answer" => "status",
        "recreate" => "path",
        _ => return None,
    })
}

fn typed(field: &str, value: &str) -> Value {
    let read = if TEXT_FIELDS.contains(&field) {
        None
    } else {
        serde_json::from_str(value).ok()
    };
    read.unwrap_or_else(|| json!(value))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fault::{Action, Answer, Direction, Stage, Target, When};

    fn parsed(text: &str) -> Fault {
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn json_and_shorthand_are_equivalent() {
        for (shorthand, json, fault) in [
            ("cut", r#"{"action":"cut"}"#, Fault::new(Action::Cut)),
            (
                "hold",
                r#"{"action":"hold"}"#,
                Fault::new(Action::Hold {
                    direction: Direction::Both,
                }),
            ),
            (
                "delay=200,on=graph,drive=12,times=3,when=next,skip=1,forMs=1000",
                r#"{"action":{"delay":{"ms":200}},"on":"graph","drive":"12","times":3,
                    "when":"next","skip":1,"forMs":1000}"#,
                Fault::new(Action::Delay { ms: 200 })
                    .on(Target::Graph)
                    .drive("12")
                    .times(3)
                    .when(When::Next)
                    .skip(1)
                    .lasting(Duration::from_secs(1)),
            ),
            (
                "inject=12,after=open,afterBytes=7",
                r#"{"action":{"inject":{"hex":"12"}},"after":"open","afterBytes":7}"#,
                Fault::new(Action::Inject { hex: vec![0x12] })
                    .after(Stage::Open)
                    .after_bytes(7),
            ),
            (
                "answer=429,retryAfter=15,code=activityLimitReached,on=endpoint",
                r#"{"action":{"answer":{"status":429,"retryAfter":15,
                    "code":"activityLimitReached"}},"on":"endpoint"}"#,
                Fault::new(
                    Answer::new(429)
                        .retry_after(15)
                        .code("activityLimitReached")
                        .into(),
                )
                .on(Target::Endpoint),
            ),
            (
                "answer=410,on=delta,skip=2",
                r#"{"action":{"answer":{"status":410}},"on":"delta","skip":2}"#,
                Fault::new(Answer::new(410).into())
                    .on(Target::Delta)
                    .skip(2),
            ),
            (
                "answer=404,share=0.01,on=graph",
                r#"{"action":{"answer":{"status":404}},"share":0.01,"on":"graph"}"#,
                Fault::new(Answer::new(404).into())
                    .share(0.01)
                    .on(Target::Graph),
            ),
            (
                "recreate=1,on=delta",
                r#"{"action":{"recreate":{"path":"1"}},"on":"delta"}"#,
                Fault::new(Action::Recreate { path: "1".into() }).on(Target::Delta),
            ),
            (
                "close",
                r#"{"action":"close"}"#,
                Fault::new(Action::Close {
                    code: None,
                    reason: String::new(),
                }),
            ),
            (
                "refuseNamespace=null",
                r#"{"action":{"refuseNamespace":{"body":null}}}"#,
                Fault::new(Action::RefuseNamespace { body: Value::Null }),
            ),
        ] {
            assert_eq!(parsed(shorthand), fault);
            assert_eq!(parsed(json), fault);
            let written = serde_json::to_string(&fault).expect("serializes");
            assert_eq!(parsed(&written), fault);
        }
    }

    #[test]
    fn the_examples_of_the_readme() {
        let readme = include_str!("../../README.md");
        let examples = readme.split(" -d '").skip(1);
        let examples = examples.filter_map(|rest| rest.split_once('\''));
        let parsed: Vec<_> = examples.map(|(text, _)| parsed(text)).collect();
        assert!(parsed.len() > 10);
    }

    #[test]
    fn the_wrong_field_is_named() {
        for (text, field, part) in [
            ("{", ".", "EOF"),
            ("{}", ".", "`action`"),
            ("[]", "action", "[]"),
            ("", "action", "unknown variant"),
            (r#"{"action":"explode"}"#, "action", "`explode`"),
            (r#"{"action":7}"#, "action", ""),
            (r#"{"action":"delay"}"#, "action.delay", "`ms`"),
            (
                r#"{"action":{"delay":{"ms":"x"}}}"#,
                "action.delay.ms",
                "expected u64",
            ),
            (
                r#"{"action":{"split":{"bytes":1,"at":2}}}"#,
                "action.split.at",
                "`at`",
            ),
            (r#"{"action":"cut","where":"socket"}"#, "where", "`where`"),
            (r#"{"action":"cut","on":"sockets"}"#, "on", "`sockets`"),
            ("cut,when=later", "when", "`later`"),
            ("cut=1", "action", "does not take"),
            ("cut,times", "times", "FIELD=VALUE"),
            ("cut,times=0", "times", "0"),
            ("cut,forMs=0", "forMs", "0"),
            ("cut,drive=", "drive", "empty"),
            ("cut,on=graph,after=join", "after", "socket"),
            ("text=x,on=graph", "on", "socket"),
            ("close,on=delta", "on", "socket"),
            ("delay=86400001", "action.delay.ms", "86400000"),
            ("split=0", "action.split.bytes", "0"),
            ("inject=", "action.inject.hex", "empty"),
            ("inject=abc", "action.inject.hex", "pairs"),
            ("frame=16", "action.frame.opcode", "15"),
            ("frame=1,size=99999999", "action.frame.size", "16777216"),
            ("frame=1,text=a,hex=00", "action.frame.hex", "text"),
            ("close=1000,reason={long}", "action.close.reason", "123"),
            ("close=1000,code=70000", "action.close.code", "u16"),
            ("answer=199", "action.answer.status", "200"),
            ("answer=400,body=x,code=y", "action.answer.body", "code"),
            ("answer=503,when=now", "when", "now"),
            ("answer=503,after=open", "after", "answer"),
            (
                r#"{"action":{"answer":{"status":200,"headers":{"a b":"c"}}}}"#,
                "action.answer.headers",
                "a b",
            ),
            (
                r#"{"action":{"answer":{"status":200,"headers":{"Content-Length":"5"}}}}"#,
                "action.answer.headers",
                "Content-Length",
            ),
            ("expire=5,on=socket", "on", "URL"),
            ("expire=5,after=join", "after", "URL"),
            ("expire=5,share=0.5", "share", "URL"),
            ("cut,share=0", "share", "above 0"),
            ("cut,share=1.5", "share", "at most 1"),
            ("recreate=/,on=delta", "action.recreate.path", "no item"),
            ("recreate=/a", "on", "delta"),
            ("recreate=/a,on=delta,when=now", "when", "now"),
            ("expire=5,then=explode", "action.expire.then", "`explode`"),
        ] {
            let text = text.replace("{long}", &"x".repeat(124));
            let error = text.parse::<Fault>().expect_err(&text);
            assert_eq!(error.field(), field, "{text}: {error}");
            assert!(error.to_string().contains(part), "{text}: {error}");
        }
    }
}
