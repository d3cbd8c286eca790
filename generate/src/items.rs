//! The fields of items: TypeScript's classes and interfaces, and the signatures of Python's.

use std::fmt::Write;

use drivebell::declarations::{FieldKind, FieldSpec, OBJECTS, ObjectSpec};

use crate::text::{indented, wrap};

/// The objects that an item holds, and those that are items.
fn parts() -> impl Iterator<Item = &'static ObjectSpec> {
    OBJECTS.iter().filter(|object| object.head.is_empty())
}

fn items() -> impl Iterator<Item = &'static ObjectSpec> {
    OBJECTS.iter().filter(|object| !object.head.is_empty())
}

pub(crate) fn typescript() -> String {
    let mut file = String::from(
        "// Written by `make generate` from core/src/changes/fields.rs; do not edit.\n\
         import { addon, type NativeDriveItem, type NativeItem, type NativeListItem } from '../runtime/addon'\n\
         import { BaseItem, dateOf } from './base-item'\n",
    );
    for part in parts() {
        let _ = write!(
            file,
            "\n{}\nexport interface {} {{\n",
            comment(&part.doc(), ""),
            part.name
        );
        for field in part.fields {
            let _ = writeln!(
                file,
                "{}\n  readonly {}?: string",
                comment(&field.doc(), "  "),
                field.node_name()
            );
        }
        file.push_str("}\n");
    }
    for item in items() {
        file.push_str(&typescript_class(item));
    }
    file
}

fn typescript_class(item: &ObjectSpec) -> String {
    let (name, type_name) = (item.name, in_camel_case(item.name));
    let mut text = format!(
        "\n{}\nexport class {name} extends BaseItem<Native{name}> {{\n  \
         /** Distinguishes the classes of items. */\n  readonly type = '{type_name}'\n\n  \
         /** @internal */\n  constructor(native: NativeItem) {{\n    super(native, addon.read{name})\n  }}\n",
        comment(&item.doc(), "")
    );
    let mut converted = Vec::new();
    for field in item.fields {
        let property = field.node_name();
        let (kind, value) = match field.kind {
            FieldKind::Time => (
                "Date | undefined",
                format!("dateOf(this.fieldsOfCore.{property})"),
            ),
            FieldKind::Object => (
                "Record<string, unknown> | undefined",
                format!("this.parsed(this.fieldsOfCore.{property})"),
            ),
            FieldKind::Integer => (
                "number | undefined",
                format!("this.fieldsOfCore.{property}"),
            ),
            FieldKind::Facet => ("boolean", format!("this.fieldsOfCore.{property}")),
            FieldKind::Hashes => ("Hashes", format!("this.fieldsOfCore.{property}")),
            FieldKind::Identity => (
                "Identity | undefined",
                format!("this.fieldsOfCore.{property}"),
            ),
            FieldKind::RemoteItem => (
                "RemoteItem | undefined",
                format!("this.fieldsOfCore.{property}"),
            ),
            _ => (
                "string | undefined",
                format!("this.fieldsOfCore.{property}"),
            ),
        };
        if matches!(field.kind, FieldKind::Time | FieldKind::Object) {
            converted.push(property.clone());
        }
        let _ = write!(
            text,
            "\n{}\n  get {property}(): {kind} {{\n    return {value}\n  }}\n",
            comment(&field.doc(), "  ")
        );
    }
    let converted = converted.join(", ");
    let _ = write!(
        text,
        "\n  /** All fields except `raw`. */\n  toJSON(): Record<string, unknown> {{\n    \
         const {{ type, id, deleted, {converted} }} = this\n    \
         return {{ type, id, deleted, ...this.fieldsOfCore, {converted} }}\n  }}\n}}\n"
    );
    text
}

fn in_camel_case(name: &str) -> String {
    let (initial, rest) = name.split_at(name.len().min(1));
    format!("{}{rest}", initial.to_lowercase())
}

fn comment(text: &str, indent: &str) -> String {
    let text = text.replace("`None` (`undefined` in Node)", "`undefined`");
    let text = text.replace(" in Python and Node", "");
    let text = text.replace("`None`", "`undefined`");
    let one_line = format!("{indent}/** {text} */");
    if !text.contains('\n') && one_line.chars().count() <= 100 {
        return one_line;
    }
    let paragraphs: Vec<String> = text
        .split("\n\n")
        .map(|paragraph| wrap(paragraph, 96 - indent.len(), "", ""))
        .collect();
    let body = indented(&paragraphs.join("\n\n"), &format!("{indent} * "));
    format!("{indent}/**\n{body}\n{indent} */")
}

/// The classes of items for `_native.pyi`.
pub(crate) fn stubs() -> String {
    let classes = items().chain(parts()).map(stub);
    classes.collect::<Vec<_>>().join("\n")
}

fn stub(object: &ObjectSpec) -> String {
    let mut text = format!("@final\nclass {}:\n", object.name);
    for field in object.head.iter().chain(object.fields) {
        let _ = write!(
            text,
            "    @property\n    def {}(self) -> {}: ...\n",
            field.python_name,
            python_type(field)
        );
    }
    if object.head.is_empty() {
        text.push_str(
            "    def __eq__(self, other: object, /) -> bool: ...\n    \
             def __ne__(self, other: object, /) -> bool: ...\n    \
             def __hash__(self) -> int: ...\n",
        );
    }
    text
}

fn python_type(field: &FieldSpec) -> &'static str {
    match field.kind {
        FieldKind::Id => "str",
        FieldKind::Integer => "int | None",
        FieldKind::Facet => "bool",
        FieldKind::Time => "datetime | None",
        FieldKind::Object => "dict[str, Any] | None",
        FieldKind::Raw => "dict[str, Any]",
        FieldKind::Identity => "Identity | None",
        FieldKind::Hashes => "Hashes",
        FieldKind::RemoteItem => "RemoteItem | None",
        _ => "str | None",
    }
}
