//! Delta queries: what changed in a drive, or in the list behind it.

mod answer;
mod link;
mod options;
mod page;
mod page_item;
mod request;
mod token;

pub(super) use answer::answer;
pub(crate) use answer::restart;
pub(crate) use request::{Asked, asked};
use request::{Form, unquoted};
