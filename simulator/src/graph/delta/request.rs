//! A delta query, as its path says it.

use crate::resource_path::{Located, decode};

/// What a delta query shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    DriveItems,
    ListItems,
}

/// A delta query, as its path says it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(super) form: Form,
    /// Decoded, from between the parentheses.
    pub(super) token: Option<String>,
}

/// Recognises the path of a delta query.
pub(crate) fn asked(located: &Located<'_>) -> Option<Asked> {
    let (form, function) = if located.plain_list {
        (Form::ListItems, located.rest.strip_prefix("/items/")?)
    } else if let Some(function) = located.rest.strip_prefix("/list/items/") {
        (Form::ListItems, function)
    } else {
        (Form::DriveItems, located.rest.strip_prefix("/root/")?)
    };
    if function.contains('/') {
        return None;
    }
    let function = decode(function)?;
    let name = function.strip_prefix("microsoft.graph.");
    let arguments = name.unwrap_or(&function).strip_prefix("delta")?;
    let token = match arguments {
        "" | "()" => None,
        arguments => {
            let token = arguments.strip_prefix("(token=")?.strip_suffix(')')?;
            Some(unquoted(token).to_owned())
        }
    };
    Some(Asked { form, token })
}

pub(super) fn unquoted(token: &str) -> &str {
    let inner = token.strip_prefix('\'').and_then(|t| t.strip_suffix('\''));
    inner.unwrap_or(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource_path::Place;

    fn parsed(path: &str) -> Option<(Form, Option<String>)> {
        let asked = asked(&Place::locate(path)?)?;
        Some((asked.form, asked.token))
    }

    #[test]
    fn the_forms_of_a_delta_query() {
        let token = |token: &str| Some(token.to_owned());
        for (path, expected) in [
            ("/me/drive/root/delta", (Form::DriveItems, None)),
            ("/drives/x/root/delta()", (Form::DriveItems, None)),
            (
                "/users/x/drive/root/delta(token='a%3D')",
                (Form::DriveItems, token("a=")),
            ),
            (
                "/sites/s/lists/l/drive/root/delta%28token=%27a%27%29",
                (Form::DriveItems, token("a")),
            ),
            (
                "/groups/g/drive/root/microsoft.graph.delta(token=latest)",
                (Form::DriveItems, token("latest")),
            ),
            ("/sites/s/lists/l/items/delta", (Form::ListItems, None)),
            (
                "/drives/x/list/items/delta(token='a')",
                (Form::ListItems, token("a")),
            ),
        ] {
            assert_eq!(parsed(path), Some(expected), "{path}");
        }
        for path in [
            "/me/drive/root/deltas",
            "/me/drive/root/delta/x",
            "/me/drive/root/delta(token='a'",
            "/me/drive/root/delta(since='a')",
            "/me/drive/items/delta",
            "/me/drive/delta",
            "/sites/s/lists/l/root/delta",
            "/sites/s/lists/l/list/items/delta",
        ] {
            assert_eq!(parsed(path), None, "{path}");
        }
    }
}
