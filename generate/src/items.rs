//! The fields of items: TypeScript's classes and interfaces, and the signatures of Python's.

use std::fmt::Write;

use drivebell::declarations::{FieldKind, FieldSpec, OBJECTS, ObjectSpec};

use crate::text::jsdoc;

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
         import { jsonTextOf } from '../check'\n\
         import { addon, type NativeDriveItem, type NativeListItem } from '../runtime/addon'\n\
         import { BaseItem, dateOf } from './base-item'\n\
         import { type Column, Page } from './page'\n",
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
    let of_list = name == "ListItem";
    let mut columns = String::new();
    for field in item.fields.iter().filter(|field| field.is_common) {
        let _ = writeln!(
            columns,
            "  readonly {}: Column<{}>",
            field.node_name(),
            column_type(field.kind)
        );
    }
    let from_raw = comment(FROM_RAW, "  ");
    let mut text = format!(
        "\ninterface {name}Common {{\n{columns}}}\n\
         \n{}\nexport class {name} extends BaseItem<Native{name}, {name}Common> {{\n  \
         /** Distinguishes the classes of items. */\n  readonly type = '{type_name}'\n\n  \
         /** @internal */\n  static of(page: Page, row: number): {name} {{\n    \
         return new {name}(page, row)\n  }}\n\n\
         {from_raw}\n  static fromRaw(raw: string | object): {name} {{\n    \
         return new {name}(Page.ofItem(jsonTextOf('raw', raw), {of_list}), 0)\n  }}\n\n  \
         /** @internal */\n  protected readFields(text: string): Native{name} | null {{\n    \
         return addon.read{name}(text)\n  }}\n",
        comment(&item.doc(), "")
    );
    let mut converted = Vec::new();
    for field in item.fields {
        let property = field.node_name();
        let value = if field.is_common {
            format!("this.at(this.common.{property})")
        } else {
            format!("this.fieldsOfCore.{property}")
        };
        let conversion = match field.kind {
            FieldKind::Time => Some("dateOf"),
            FieldKind::Object => Some("this.parsed"),
            _ => None,
        };
        let value = match conversion {
            Some(convert) => {
                converted.push(property.clone());
                format!("{convert}({value})")
            }
            None if field.is_common && field.kind == FieldKind::Facet => {
                format!("{value} === true")
            }
            None => value,
        };
        let _ = write!(
            text,
            "\n{}\n  get {property}(): {} {{\n    return {value}\n  }}\n",
            comment(&field.doc(), "  "),
            typescript_type(field)
        );
    }
    let converted = converted.join(", ");
    let detached = comment(DETACHED, "  ");
    let _ = write!(
        text,
        "\n{detached}\n  detached(): {name} {{\n    \
         return new {name}(Page.ofItem(this.rawText, {of_list}), 0)\n  }}\n\
         \n  /** All fields, and `raw`. */\n  toJSON(): Record<string, unknown> {{\n    \
         const {{ type, id, deleted, {converted}, raw }} = this\n    \
         return {{ type, id, deleted, ...this.fieldsOfCore, {converted}, raw }}\n  }}\n}}\n"
    );
    text
}

const FROM_RAW: &str = "Makes an item of the JSON that Graph sends, for tests of what handles items, \
                        and for programs that store them.\n\n\
                        @param raw a JSON object with an `id`, as a string or parsed: the `raw` or \
                        `rawText` of an item, also one that came back from JSON or from \
                        `structuredClone`.\n\n\
                        @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT`, by the name \
                        `raw`, for anything else.";

const DETACHED: &str = "The same item without its page: the items of a page, and the `rawText` of \
                        each, share its text, so that keeping one of them keeps the whole page in \
                        memory.";

/// The type of a common field in JSON.
fn column_type(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Integer | FieldKind::Time => "number",
        FieldKind::Facet => "boolean",
        _ => "string",
    }
}

fn typescript_type(field: &FieldSpec) -> &'static str {
    match field.kind {
        FieldKind::Integer => "number | undefined",
        FieldKind::Facet => "boolean",
        FieldKind::Time => "Date | undefined",
        FieldKind::Object => "Record<string, unknown> | undefined",
        FieldKind::Identity => "Identity | undefined",
        FieldKind::Hashes => "Hashes",
        FieldKind::RemoteItem => "RemoteItem | undefined",
        _ => "string | undefined",
    }
}

fn in_camel_case(name: &str) -> String {
    let (initial, rest) = name.split_at(name.len().min(1));
    format!("{}{rest}", initial.to_lowercase())
}

fn comment(text: &str, indent: &str) -> String {
    let text = text.replace("`None` (`undefined` in Node)", "`undefined`");
    let text = text.replace(" in Python and Node", "");
    let text = text.replace("`None`", "`undefined`");
    jsdoc(&text, indent)
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
    let name = object.name;
    if object.head.is_empty() {
        let fields: Vec<&str> = object
            .fields
            .iter()
            .map(|field| field.python_name)
            .collect();
        let parameters = fields
            .iter()
            .map(|field| format!("{field}: str | None = None"));
        let parameters = parameters.collect::<Vec<_>>().join(", ");
        let _ = write!(
            text,
            "    __match_args__ = {fields:?}\n    def __new__(cls, *, {parameters}) -> {name}: ...\n"
        );
        text = text.replace('[', "(").replace(']', ")");
    } else {
        let _ = write!(
            text,
            "    __match_args__ = (\"id\", \"name\")\n    \
             @staticmethod\n    \
             def from_raw(raw: Mapping[str, Any] | str) -> {name}: ...\n    \
             def detached(self) -> {name}: ...\n    \
             @classmethod\n    \
             def __get_pydantic_core_schema__(cls, *_arguments: object) -> Any: ...\n"
        );
    }
    text.push_str(
        "    def to_dict(self) -> dict[str, Any]: ...\n    \
         def __eq__(self, other: object, /) -> bool: ...\n    \
         def __ne__(self, other: object, /) -> bool: ...\n    \
         def __hash__(self) -> int: ...\n    \
         def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...\n",
    );
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
