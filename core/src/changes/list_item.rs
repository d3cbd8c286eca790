use std::sync::OnceLock;
use std::time::SystemTime;

use serde_json::Value;

use super::fields::{self, Identity};
use super::page;
use crate::Error;

/// A row of a SharePoint list, as Graph's delta query tells of it: its latest state.
///
/// Everything is in [`ListItem::raw`], the columns too, where Graph gives them.
#[derive(Debug, Clone)]
pub struct ListItem {
    id: String,
    deleted: bool,
    raw: Box<str>,
    details: OnceLock<Box<Details>>,
}

#[derive(Debug, Clone, Default)]
struct Details {
    name: Option<String>,
    e_tag: Option<String>,
    content_type: Option<String>,
    site_id: Option<String>,
    created_at: Option<SystemTime>,
    modified_at: Option<SystemTime>,
    created_by: Option<Identity>,
    modified_by: Option<Identity>,
    web_url: Option<String>,
    fields: Option<String>,
}

impl ListItem {
    pub(super) fn new(id: String, deleted: bool, raw: Box<str>) -> Self {
        Self {
            id,
            deleted,
            raw,
            details: OnceLock::new(),
        }
    }

    /// What [`raw`](Self::raw) gave, read again: for programs that keep items as they came.
    ///
    /// # Errors
    /// `InvalidArgument` for a text that is no JSON object with an `id`.
    pub fn from_raw(raw: &str) -> Result<Self, Error> {
        let (id, deleted) = page::head(raw)
            .ok_or_else(|| Error::invalid_argument("raw", "is no JSON object with an id"))?;
        Ok(Self::new(id, deleted, raw.into()))
    }

    /// Unique in its list.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// It is gone.
    pub fn is_deleted(&self) -> bool {
        self.deleted
    }

    /// The name.
    pub fn name(&self) -> Option<&str> {
        self.details().name.as_deref()
    }

    /// Changes with the item or anything about it.
    pub fn e_tag(&self) -> Option<&str> {
        self.details().e_tag.as_deref()
    }

    /// The name of its content type.
    pub fn content_type(&self) -> Option<&str> {
        self.details().content_type.as_deref()
    }

    /// The site it belongs to.
    pub fn site_id(&self) -> Option<&str> {
        self.details().site_id.as_deref()
    }

    /// When it was created.
    pub fn created_at(&self) -> Option<SystemTime> {
        self.details().created_at
    }

    /// When it was last changed.
    pub fn modified_at(&self) -> Option<SystemTime> {
        self.details().modified_at
    }

    /// Who created it.
    pub fn created_by(&self) -> Option<&Identity> {
        self.details().created_by.as_ref()
    }

    /// Who last changed it.
    pub fn modified_by(&self) -> Option<&Identity> {
        self.details().modified_by.as_ref()
    }

    /// Where it is shown in a browser.
    pub fn web_url(&self) -> Option<&str> {
        self.details().web_url.as_deref()
    }

    /// Its columns, as a JSON object, where Graph gives them.
    pub fn fields(&self) -> Option<&str> {
        self.details().fields.as_deref()
    }

    /// The JSON object as Graph sent it.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    fn details(&self) -> &Details {
        self.details.get_or_init(|| {
            let value = serde_json::from_str(&self.raw).unwrap_or_default();
            Box::new(Details::read(&value))
        })
    }
}

impl Details {
    fn read(item: &Value) -> Self {
        Self {
            name: fields::text(&item["name"]),
            e_tag: fields::text(&item["eTag"]),
            content_type: fields::text(&item["contentType"]["name"]),
            site_id: fields::text(&item["parentReference"]["siteId"]),
            created_at: fields::time(&item["createdDateTime"]),
            modified_at: fields::time(&item["lastModifiedDateTime"]),
            created_by: fields::identity(&item["createdBy"]),
            modified_by: fields::identity(&item["lastModifiedBy"]),
            web_url: fields::text(&item["webUrl"]),
            fields: item["fields"]
                .is_object()
                .then(|| item["fields"].to_string()),
        }
    }
}
