//! The fields that every item is parsed for.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Error;

#[derive(Deserialize)]
pub(super) struct Head<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    deleted: Option<&'a RawValue>,
}

impl<'a> Head<'a> {
    /// `None` for a text that is not an item.
    pub(super) fn parse(raw: &'a str) -> Option<Self> {
        serde_json::from_str(raw).ok()
    }

    /// # Errors
    /// `InvalidArgument` for a text that is not an item.
    pub(super) fn of_argument(raw: &'a str) -> Result<Self, Error> {
        Self::parse(raw)
            .ok_or_else(|| Error::invalid_argument("raw", "must be a JSON object with an id"))
    }

    pub(super) fn is_deleted(&self) -> bool {
        self.deleted.is_some_and(|facet| facet.get() != "null")
    }

    pub(super) fn into_id(self) -> String {
        self.id.into_owned()
    }
}
