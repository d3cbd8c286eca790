use drivebell::Resource;
use napi_derive::napi;

use crate::outcome::outcome;

#[napi]
pub struct NativeResource(pub(crate) Resource);

outcome!(ResourceOutcome(NativeResource));

impl From<Resource> for NativeResource {
    fn from(resource: Resource) -> Self {
        Self(resource)
    }
}

#[napi]
impl NativeResource {
    #[napi(catch_unwind)]
    pub fn my_drive() -> ResourceOutcome {
        Ok::<_, drivebell::Error>(Resource::my_drive()).into()
    }

    #[napi(catch_unwind)]
    pub fn drive(id: String) -> ResourceOutcome {
        Resource::drive(&id).into()
    }

    #[napi(catch_unwind)]
    pub fn drive_list(id: String) -> ResourceOutcome {
        Resource::drive_list(&id).into()
    }

    #[napi(catch_unwind)]
    pub fn group_drive(id: String) -> ResourceOutcome {
        Resource::group_drive(&id).into()
    }

    #[napi(catch_unwind)]
    pub fn site_list_drive(site_id: String, list_id: String) -> ResourceOutcome {
        Resource::site_list_drive(&site_id, &list_id).into()
    }

    #[napi(catch_unwind)]
    pub fn site_list(site_id: String, list_id: String) -> ResourceOutcome {
        Resource::site_list(&site_id, &list_id).into()
    }

    #[napi(catch_unwind)]
    pub fn user_drive(id: String) -> ResourceOutcome {
        Resource::user_drive(&id).into()
    }

    #[napi(catch_unwind)]
    pub fn site_drive(id: String) -> ResourceOutcome {
        Resource::site_drive(&id).into()
    }

    #[napi(catch_unwind)]
    pub fn path(path: String, delta: Option<String>) -> ResourceOutcome {
        Resource::path(&path, delta.as_deref()).into()
    }

    #[napi(catch_unwind)]
    pub fn parse(text: String) -> ResourceOutcome {
        text.parse::<Resource>().into()
    }

    /// A name of `ResourceKind`.
    #[napi(getter, catch_unwind)]
    pub fn kind(&self) -> &'static str {
        self.0.kind().as_str()
    }

    #[napi(getter, catch_unwind)]
    pub fn name(&self) -> String {
        self.0.to_string()
    }

    #[napi(getter, catch_unwind)]
    pub fn subscription_path(&self) -> String {
        self.0.subscription_path()
    }

    #[napi(getter, catch_unwind)]
    pub fn delta_path(&self) -> Option<String> {
        self.0.delta_path().map(str::to_owned)
    }

    #[napi(catch_unwind)]
    pub fn equals(&self, other: &NativeResource) -> bool {
        self.0 == other.0
    }
}
