//! What a call answers with: a value or an error. Native code cannot throw a `DrivebellError`.

/// Declares the object in which a value of this type, or an error, crosses into JavaScript. Of an optional
/// one, both may be missing.
macro_rules! outcome {
    ($Outcome:ident(Option<$Value:ty>)) => {
        $crate::outcome::outcome!(@declare $Outcome($Value));

        impl<T: Into<$Value>, E: Into<$crate::error::NativeError>>
            From<std::result::Result<Option<T>, E>> for $Outcome
        {
            fn from(result: std::result::Result<Option<T>, E>) -> Self {
                let (value, error) = match result {
                    Ok(value) => (value.map(Into::into), None),
                    Err(error) => (None, Some(error.into())),
                };
                Self { value, error }
            }
        }
    };
    ($Outcome:ident($Value:ty)) => {
        $crate::outcome::outcome!(@declare $Outcome($Value));

        impl<T: Into<$Value>, E: Into<$crate::error::NativeError>> From<std::result::Result<T, E>>
            for $Outcome
        {
            fn from(result: std::result::Result<T, E>) -> Self {
                let (value, error) = match result {
                    Ok(value) => (Some(value.into()), None),
                    Err(error) => (None, Some(error.into())),
                };
                Self { value, error }
            }
        }
    };
    (@declare $Outcome:ident($Value:ty)) => {
        #[napi_derive::napi(object, object_from_js = false)]
        pub struct $Outcome {
            pub value: Option<$Value>,
            pub error: Option<$crate::error::NativeError>,
        }
    };
}

pub(crate) use outcome;
