use drivebell::Resource;
use napi_derive::napi;

use crate::error::NativeError;

#[napi]
pub struct NativeResource(pub(crate) Resource);

#[napi(object, object_from_js = false)]
pub struct ResourceOutcome {
    pub value: Option<NativeResource>,
    pub error: Option<NativeError>,
}

impl From<Result<Resource, drivebell::Error>> for ResourceOutcome {
    fn from(result: Result<Resource, drivebell::Error>) -> Self {
        let (value, error) = match result {
            Ok(resource) => (Some(NativeResource(resource)), None),
            Err(error) => (None, Some(error.into())),
        };
        Self { value, error }
    }
}

#[napi]
impl NativeResource {
    #[napi(catch_unwind)]
    pub fn my_drive() -> ResourceOutcome {
        Ok(Resource::my_drive()).into()
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
