//! Options from JavaScript: a loop over the properties of an object, which follows the core's
//! declaration of each option.

use drivebell::declarations::{OptionKind, OptionSpec, OptionValue, camel_case};
use napi::bindgen_prelude::{Array, FromNapiValue, JsObjectValue, Object, Unknown};
use napi::{Result, ValueType};

use crate::error::NativeError;
use crate::time;

/// The options that an object gives, or which one is wrong.
pub(crate) type Given = std::result::Result<Vec<(&'static OptionSpec, OptionValue)>, NativeError>;

/// An undefined property counts as not given. A misspelled name is refused: ignoring it would
/// silently keep a default.
pub(crate) fn read(specs: &'static [OptionSpec], options: &Object<'_>) -> Result<Given> {
    read_all(&[specs], options)
}

/// The same for a call that takes options of several tables.
pub(crate) fn read_all(tables: &[&'static [OptionSpec]], options: &Object<'_>) -> Result<Given> {
    let specs = || tables.iter().copied().flatten();
    let mut given = Vec::new();
    for key in Object::keys(options)? {
        let value: Unknown<'_> = options.get_named_property_unchecked(&key)?;
        if value.get_type()? == ValueType::Undefined {
            continue;
        }
        let Some(spec) = specs().find(|spec| camel_case(spec.name) == key) else {
            let known: Vec<String> = specs().map(|spec| camel_case(spec.name)).collect();
            let problem = format!("is not an option; the options are {}", known.join(", "));
            return Ok(Err(NativeError::invalid_argument(key, &problem)));
        };
        match convert(spec.kind, value)? {
            Ok(value) => given.push((spec, value)),
            Err(problem) => return Ok(Err(spec.refuse(problem).into())),
        }
    }
    Ok(Ok(given))
}

fn convert(
    kind: OptionKind,
    value: Unknown<'_>,
) -> Result<std::result::Result<OptionValue, String>> {
    let (wanted, converted) = match kind {
        OptionKind::Duration => (
            "a number of milliseconds from 0",
            duration(value)?.map(OptionValue::Duration),
        ),
        OptionKind::OptionalDuration => (
            "a number of milliseconds from 0, or Infinity",
            match number(value)? {
                Some(f64::INFINITY) => Some(OptionValue::None),
                _ => duration(value)?.map(OptionValue::Duration),
            },
        ),
        OptionKind::Durations => (
            "an array of numbers of milliseconds from 0",
            list(value, duration)?.map(OptionValue::Durations),
        ),
        OptionKind::Count => ("a whole number", count(value)?.map(OptionValue::Count)),
        OptionKind::Text | OptionKind::Choice(_) => {
            ("a string", text(value)?.map(OptionValue::Text))
        }
        OptionKind::Path => (
            "a string",
            text(value)?.map(|path| OptionValue::Path(path.into())),
        ),
        OptionKind::Texts => (
            "an array of strings",
            list(value, text)?.map(OptionValue::Texts),
        ),
        OptionKind::Flag => ("a boolean", flag(value)?.map(OptionValue::Flag)),
    };
    Ok(match converted {
        Some(converted) => Ok(converted),
        None => Err(format!("must be {wanted}, not {}", named(value)?)),
    })
}

/// The largest whole number that JavaScript counts without gaps.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// The core checks for zero, because it knows which options give it a meaning.
fn duration(value: Unknown<'_>) -> Result<Option<std::time::Duration>> {
    let number = number(value)?;
    Ok(number
        .filter(|number| (0.0..=MAX_SAFE_INTEGER).contains(number))
        .map(time::duration))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "only safe integers from zero pass"
)]
fn count(value: Unknown<'_>) -> Result<Option<u64>> {
    let number = number(value)?;
    Ok(number
        .filter(|number| number.fract() == 0.0 && (0.0..=MAX_SAFE_INTEGER).contains(number))
        .map(|number| number as u64))
}

fn number(value: Unknown<'_>) -> Result<Option<f64>> {
    if value.get_type()? == ValueType::Number {
        f64::from_unknown(value).map(Some)
    } else {
        Ok(None)
    }
}

fn flag(value: Unknown<'_>) -> Result<Option<bool>> {
    if value.get_type()? == ValueType::Boolean {
        bool::from_unknown(value).map(Some)
    } else {
        Ok(None)
    }
}

fn text(value: Unknown<'_>) -> Result<Option<String>> {
    if value.get_type()? == ValueType::String {
        String::from_unknown(value).map(Some)
    } else {
        Ok(None)
    }
}

fn list<T>(
    value: Unknown<'_>,
    element: impl Fn(Unknown<'_>) -> Result<Option<T>>,
) -> Result<Option<Vec<T>>> {
    let Ok(array) = Array::from_unknown(value) else {
        return Ok(None);
    };
    let mut elements = Vec::new();
    for index in 0..array.len() {
        let Some(value) = array.get::<Unknown<'_>>(index)? else {
            return Ok(None);
        };
        match element(value)? {
            Some(element) => elements.push(element),
            None => return Ok(None),
        }
    }
    Ok(Some(elements))
}

/// A number, or the name of a type: any other value may be a secret.
fn named(value: Unknown<'_>) -> Result<String> {
    if let Some(number) = number(value)? {
        return Ok(shown(number));
    }
    let Ok(array) = Array::from_unknown(value) else {
        return Ok(name_of(value.get_type()?).to_owned());
    };
    // Its elements, or some of them, are the problem.
    let mut kinds: Vec<&str> = Vec::new();
    for index in 0..array.len() {
        if let Some(element) = array.get::<Unknown<'_>>(index)? {
            let kind = name_of(element.get_type()?);
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    Ok(match kinds[..] {
        [] => "an array".to_owned(),
        _ => format!("an array with {}", kinds.join(" and ")),
    })
}

/// As JavaScript writes it.
fn shown(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    let text = format!("{number:?}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

fn name_of(kind: ValueType) -> &'static str {
    match kind {
        ValueType::Undefined => "undefined",
        ValueType::Null => "null",
        ValueType::Boolean => "a boolean",
        ValueType::Number => "a number",
        ValueType::String => "a string",
        ValueType::Symbol => "a symbol",
        ValueType::Function => "a function",
        ValueType::BigInt => "a bigint",
        _ => "an object",
    }
}
