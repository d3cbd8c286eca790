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
    let kind_of_value = value.get_type()?;
    Ok(match kind {
        OptionKind::Duration => duration(value)?
            .map(OptionValue::Duration)
            .ok_or_else(|| "must be a number of milliseconds".to_owned()),
        OptionKind::OptionalDuration => {
            if kind_of_value == ValueType::Number && f64::from_unknown(value)? == f64::INFINITY {
                Ok(OptionValue::None)
            } else {
                duration(value)?
                    .map(OptionValue::Duration)
                    .ok_or_else(|| "must be a number of milliseconds, or Infinity".to_owned())
            }
        }
        OptionKind::Durations => list(value, duration)?
            .map(OptionValue::Durations)
            .ok_or_else(|| "must be an array of numbers of milliseconds".to_owned()),
        OptionKind::Count => count(value)?
            .map(OptionValue::Count)
            .ok_or_else(|| "must be a whole number".to_owned()),
        OptionKind::Text | OptionKind::Choice(_) => text(value)?
            .map(OptionValue::Text)
            .ok_or_else(|| format!("must be a string, not {}", name_of(kind_of_value))),
        OptionKind::Path => text(value)?
            .map(|path| OptionValue::Path(path.into()))
            .ok_or_else(|| format!("must be a string, not {}", name_of(kind_of_value))),
        OptionKind::Texts => list(value, text)?
            .map(OptionValue::Texts)
            .ok_or_else(|| "must be an array of strings".to_owned()),
        OptionKind::Flag if kind_of_value == ValueType::Boolean => {
            Ok(OptionValue::Flag(bool::from_unknown(value)?))
        }
        OptionKind::Flag => Err(format!("must be a boolean, not {}", name_of(kind_of_value))),
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

/// The type's name alone: the value may be a secret.
fn name_of(kind: ValueType) -> &'static str {
    match kind {
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
