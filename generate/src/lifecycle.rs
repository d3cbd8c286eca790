//! The kinds of lifecycle events with their fields, as TypeScript's interfaces.

use std::fmt::Write;

use drivebell::declarations::{LIFECYCLE, VariantField, VariantFields};

use crate::names::capitalized;
use crate::text::{joined, jsdoc};

/// A field of an interface.
struct Property {
    name: &'static str,
    type_name: &'static str,
    docs: String,
}

pub(crate) fn typescript() -> String {
    let mut file = String::from(
        "// Written by `make generate` from core/src/event/lifecycle.rs; do not edit.\n\
         import type { DrivebellError } from '../error'\n\
         import type { DisconnectReason } from '../names'\n\
         import type { BaseEvent } from './base-event'\n",
    );
    let (mut kinds, mut fields) = (String::new(), String::new());
    for variant in LIFECYCLE {
        let kind = variant.name;
        let interface: String = kind.split('_').map(capitalized).collect();
        let properties = properties(variant);
        let _ = write!(
            file,
            "\n{}\nexport interface {interface} extends BaseEvent {{\n  \
             /** The name of the event, as for `on`. */\n  readonly type: '{kind}'\n  \
             /** What happened. */\n  readonly kind: '{kind}'\n",
            jsdoc(&joined(variant.docs), "")
        );
        for Property {
            name,
            type_name,
            docs,
        } in &properties
        {
            let _ = write!(
                file,
                "{}\n  readonly {name}: {type_name}\n",
                jsdoc(docs, "  ")
            );
        }
        file.push_str("}\n");
        let first = joined(variant.docs);
        let first = first
            .split_inclusive(". ")
            .next()
            .unwrap_or_default()
            .trim_end();
        let _ = writeln!(kinds, "{}\n  {kind}: {interface}", jsdoc(first, "  "));
        let names: Vec<_> = properties
            .iter()
            .map(|it| format!("'{}'", it.name))
            .collect();
        let _ = writeln!(fields, "  {kind}: [{}],", names.join(", "));
    }
    let _ = write!(
        file,
        "\n/** The interface of each kind of lifecycle event. */\n\
         export interface LifecycleKinds {{\n{kinds}}}\n\
         \n/** The fields that each kind has besides those of all. @internal */\n\
         export const LIFECYCLE_FIELDS = {{\n{fields}}} as const\n"
    );
    file
}

fn properties(variant: &VariantFields) -> Vec<Property> {
    variant.fields.iter().flat_map(of_field).collect()
}

fn of_field(field: &VariantField) -> Vec<Property> {
    let docs = joined(field.docs);
    match (field.name, field.type_name) {
        // Its parts, because JavaScript has no enums with fields.
        ("reason", "DisconnectReason") => vec![
            Property {
                name: "reason",
                type_name: "DisconnectReason",
                docs,
            },
            Property {
                name: "message",
                type_name: "string",
                docs: "The same as a sentence.".to_owned(),
            },
            Property {
                name: "helpUrl",
                type_name: "string | undefined",
                docs: "The address of the page about the reason.".to_owned(),
            },
            Property {
                name: "retryAfter",
                type_name: "number | undefined",
                docs: "The pause that the service requests, in milliseconds; `undefined` if it \
                       requests none."
                    .to_owned(),
            },
        ],
        ("retry_in", "Duration") => vec![Property {
            name: "retryIn",
            type_name: "number",
            docs: format!("{docs} In milliseconds, from the event on."),
        }],
        ("error", "Error") => vec![Property {
            name: "error",
            type_name: "DrivebellError",
            docs,
        }],
        (name, type_name) => panic!("a field of another type: {name}: {type_name}"),
    }
}
