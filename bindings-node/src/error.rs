use std::error::Error as StdError;

use drivebell::declarations::{camel_case, respell_options};
use drivebell::{Error, ErrorKind};
use napi_derive::napi;

use crate::auth::thrown::NativeThrown;
use crate::time;

/// The fields of a `DrivebellError`.
#[napi(object, object_from_js = false)]
pub struct NativeError {
    /// The core's name for the kind, or `internal`.
    pub kind: String,
    pub message: String,
    pub retryable: bool,
    pub status: Option<u16>,
    pub graph_code: Option<String>,
    /// What is wrong with the file of a mirror.
    pub storage_code: Option<String>,
    pub request_id: Option<String>,
    pub client_request_id: Option<String>,
    /// In milliseconds.
    pub retry_after: Option<f64>,
    /// In camel case.
    pub argument: Option<String>,
    pub reason: Option<String>,
    /// What could not be reached, or ended the connection.
    pub host: Option<String>,
    pub port: Option<u16>,
    /// Of the client.
    pub label: Option<String>,
    /// Without it, the page of the kind.
    pub help_url: Option<String>,
    /// If the network failed: the code that Node's own errors have.
    pub system_code: Option<String>,
    /// The system's number of that error, if it has one.
    pub os_error: Option<i32>,
    /// What the credential threw, which JavaScript holds.
    pub thrown: Option<NativeThrown>,
    /// The messages of its causes, outermost first.
    pub causes: Vec<String>,
}

impl NativeError {
    fn new(kind: &str, message: impl Into<String>) -> Self {
        Self {
            kind: kind.to_owned(),
            message: message.into(),
            retryable: false,
            status: None,
            graph_code: None,
            storage_code: None,
            request_id: None,
            client_request_id: None,
            retry_after: None,
            argument: None,
            reason: None,
            host: None,
            port: None,
            label: None,
            help_url: None,
            system_code: None,
            os_error: None,
            thrown: None,
            causes: Vec::new(),
        }
    }

    /// For a call that the client or a signal cancelled.
    pub(crate) fn cancelled() -> Self {
        Self::new(ErrorKind::State.as_str(), "the call was cancelled")
    }

    pub(crate) fn invalid_argument(argument: String, problem: &str) -> Self {
        Self {
            message: format!("{argument}: {problem}"),
            argument: Some(argument),
            ..Self::new(ErrorKind::InvalidArgument.as_str(), "")
        }
    }

    pub(crate) fn no_runtime() -> Self {
        Self::internal("the system could not start a thread")
    }

    /// For failures that no caller can cause, such as a panic.
    pub(crate) fn internal(problem: &str) -> Self {
        Self::new("internal", problem)
    }
}

impl From<Error> for NativeError {
    fn from(error: Error) -> Self {
        let argument = error.argument().map(in_node);
        let message = match (&argument, error.problem()) {
            (Some(argument), Some(problem)) => {
                format!("{argument}: {}", with_names_in_node(problem))
            }
            _ => with_names_in_node(&error.message()),
        };
        let (code, is_storage) = (error.code(), error.kind() == ErrorKind::Storage);
        let thrown = error
            .cause()
            .and_then(|cause| cause.downcast_ref::<NativeThrown>());
        Self {
            kind: error.kind().as_str().to_owned(),
            message,
            retryable: error.retryable(),
            status: error.status(),
            graph_code: code.filter(|_| !is_storage).map(str::to_owned),
            storage_code: code.filter(|_| is_storage).map(str::to_owned),
            request_id: error.request_id().map(str::to_owned),
            client_request_id: error.client_request_id().map(str::to_owned),
            retry_after: error.retry_after().map(time::milliseconds),
            argument,
            reason: error.reason_name().map(str::to_owned),
            host: error.host().map(str::to_owned),
            port: error.port(),
            label: error.label().map(str::to_owned),
            help_url: Some(error.help_url()),
            system_code: error
                .network_failure()
                .map(|failure| failure.code().to_owned()),
            os_error: error.os_error(),
            thrown: thrown.cloned(),
            causes: causes(&error),
        }
    }
}

fn causes(error: &Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(Error::message_of(cause));
        next = cause.source();
    }
    causes
}

/// Spells the names in a message of the core the way JavaScript does.
pub(crate) fn with_names_in_node(message: &str) -> String {
    let message = respell_options(message, camel_case).replace("mirror_all", "mirrorAll");
    if message.contains(": expires_on: ") {
        return message
            .replace(": expires_on: ", ": expiresOnTimestamp: ")
            .replace("in seconds since 1970", "in milliseconds since 1970");
    }
    message
}

/// Spells the core's name of an argument the way JavaScript does.
fn in_node(argument: &str) -> String {
    match argument {
        "token" => "credential".to_owned(),
        name => camel_case(name),
    }
}
