use std::error::Error as StdError;

use drivebell::ErrorKind;
use napi_derive::napi;

use crate::auth::credential::CredentialFailure;
use crate::time;

/// What a `DrivebellError` is made from.
#[napi(object, object_from_js = false)]
pub struct NativeError {
    /// The core's name of the kind, or `internal`.
    pub kind: String,
    pub message: String,
    pub retryable: bool,
    pub status: Option<u16>,
    pub graph_code: Option<String>,
    pub request_id: Option<String>,
    pub client_request_id: Option<String>,
    /// In milliseconds.
    pub retry_after: Option<f64>,
    /// In camelCase.
    pub argument: Option<String>,
    pub reason: Option<String>,
    /// What the credential threw, if it did: the number that JavaScript gave it.
    pub credential_failure: Option<u32>,
    /// The sentences of the failures beneath, outermost first.
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
            request_id: None,
            client_request_id: None,
            retry_after: None,
            argument: None,
            reason: None,
            credential_failure: None,
            causes: Vec::new(),
        }
    }

    /// Nobody waits for the result any more.
    pub(crate) fn cancelled() -> Self {
        Self::new(ErrorKind::State.as_str(), "the call was cancelled")
    }

    /// A panic, or a system that gives no thread: nothing that a caller can have meant.
    pub(crate) fn internal(problem: &str) -> Self {
        Self::new("internal", problem)
    }
}

impl From<drivebell::Error> for NativeError {
    fn from(error: drivebell::Error) -> Self {
        let argument = error.argument().map(in_node);
        let mut message = error.to_string();
        if let (Some(core), Some(node)) = (error.argument(), &argument)
            && let Some(problem) = message.strip_prefix(core)
        {
            message = format!("{node}{problem}");
        }
        let message = with_options_in_node(&message);
        let credential_failure = error
            .cause()
            .and_then(|cause| cause.downcast_ref::<CredentialFailure>())
            .map(|failure| failure.number);
        Self {
            kind: error.kind().as_str().to_owned(),
            message,
            retryable: error.retryable(),
            status: error.status(),
            graph_code: error.code().map(str::to_owned),
            request_id: error.request_id().map(str::to_owned),
            client_request_id: error.client_request_id().map(str::to_owned),
            retry_after: error.retry_after().map(time::milliseconds),
            argument,
            reason: error.reason().map(|reason| reason.as_str().to_owned()),
            credential_failure,
            causes: causes(&error),
        }
    }
}

fn causes(error: &drivebell::Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes
}

/// A sentence may name an option that helps, as `(option some_name)`.
pub(crate) fn with_options_in_node(message: &str) -> String {
    const MARK: &str = "(option ";
    let mut parts = message.split(MARK);
    let mut spelt = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_at(part.find(')').unwrap_or_default());
        let is_ours = name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let name = if is_ours {
            in_node(name)
        } else {
            name.to_owned()
        };
        spelt.extend([MARK, &name, rest]);
    }
    spelt
}

/// The core's name of an argument, as this binding spells it.
fn in_node(argument: &str) -> String {
    if argument == "token" {
        return "credential".to_owned();
    }
    let mut words = argument.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut name, word| {
        let (initial, rest) = word.split_at(word.len().min(1));
        name.push_str(&initial.to_ascii_uppercase());
        name.push_str(rest);
        name
    })
}
