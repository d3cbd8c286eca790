//! What commands print: text for people, or JSON for programs.

mod json_line;
mod stdout;
mod table;

pub(crate) use self::json_line::json_line;
pub(crate) use self::stdout::{Format, Output};
pub(crate) use self::table::Table;
