//! Where tokens come from, and when the client requests another.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use drivebell::{AccessToken, BoxError, Client, Credential, ErrorKind, Resource, TokenRequest};

use crate::support::graph::TOKEN;
use crate::support::raw_server::RawServer;
use crate::support::service::{Server, Service, on_both_servers};
use crate::support::within;

/// A provider that returns one token after the other, and records its requests.
#[derive(Clone, Default)]
struct Tokens {
    requests: Arc<Mutex<Vec<TokenRequest>>>,
}

impl Tokens {
    fn credential(&self, tokens: &'static [&'static str]) -> Credential {
        let requests = Arc::clone(&self.requests);
        Credential::from_fn(move |request| {
            let mut requests = requests.lock().expect("not poisoned");
            let token = tokens[requests.len()];
            requests.push(request);
            async move {
                // As identity libraries do, it awaits something first.
                tokio::task::yield_now().await;
                Ok::<_, BoxError>(token)
            }
        })
    }

    fn refreshes(&self) -> Vec<bool> {
        let requests = self.requests.lock().expect("not poisoned");
        requests.iter().map(|request| request.refresh).collect()
    }

    fn scopes(&self) -> Vec<Vec<String>> {
        let requests = self.requests.lock().expect("not poisoned");
        requests
            .iter()
            .map(|request| request.scopes.clone())
            .collect()
    }
}

fn client(service: &Service, credential: Credential) -> Client {
    let builder = Client::builder(credential).base_url(service.base_url());
    builder.build().expect("usable options")
}

on_both_servers!(a_provider_is_called_before_each_call);

async fn a_provider_is_called_before_each_call(server: Server) {
    let service = server.start().await;
    let tokens = Tokens::default();
    let client = client(&service, tokens.credential(&[TOKEN, TOKEN]));
    for _ in 0..2 {
        within(client.endpoint(&Resource::my_drive()))
            .await
            .unwrap();
    }
    assert_eq!(tokens.refreshes(), [false, false]);
    let scope = format!("{}/.default", service.base_url());
    assert_eq!(tokens.scopes(), [[scope.clone()], [scope]]);
}

on_both_servers!(a_provider_gets_the_scopes_of_the_client);

async fn a_provider_gets_the_scopes_of_the_client(server: Server) {
    let service = server.start().await;
    let tokens = Tokens::default();
    let client = Client::builder(tokens.credential(&[TOKEN]))
        .base_url(service.base_url())
        .scopes(["Files.Read", "offline_access"])
        .build()
        .unwrap();
    within(client.endpoint(&Resource::my_drive()))
        .await
        .unwrap();
    assert_eq!(tokens.scopes(), [["Files.Read", "offline_access"]]);
}

on_both_servers!(after_a_401_the_provider_gives_a_fresh_token_and_the_call_succeeds);

async fn after_a_401_the_provider_gives_a_fresh_token_and_the_call_succeeds(server: Server) {
    let service = server.start().await;
    let tokens = Tokens::default();
    let client = client(&service, tokens.credential(&["stale", TOKEN]));
    within(client.endpoint(&Resource::my_drive()))
        .await
        .unwrap();

    assert_eq!(tokens.refreshes(), [false, true]);
    let requests = service.requests().await;
    let sent: Vec<_> = requests
        .iter()
        .map(|request| request.header("authorization").unwrap().to_owned())
        .collect();
    assert_eq!(sent, ["Bearer stale", &format!("Bearer {TOKEN}")]);
}

on_both_servers!(a_second_401_is_an_error);

async fn a_second_401_is_an_error(server: Server) {
    let service = server.start().await;
    let tokens = Tokens::default();
    let client = client(&service, tokens.credential(&["stale", "staler"]));
    let error = within(client.subscribe(&Resource::my_drive()))
        .await
        .unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert_eq!(error.status(), Some(401));
    assert_eq!(error.code(), Some("InvalidAuthenticationToken"));
    assert!(!error.retryable());
    assert_eq!(tokens.refreshes(), [false, true]);
    let requests = service.requests().await;
    assert_eq!(requests.len(), 2);
    assert_eq!(
        error.client_request_id(),
        requests[1].header("client-request-id"),
        "the error names the second request"
    );
}

on_both_servers!(a_fixed_token_is_not_tried_twice);

async fn a_fixed_token_is_not_tried_twice(server: Server) {
    let service = server.start().await;
    let client = client(&service, Credential::token("stale").unwrap());
    let error = within(client.endpoint(&Resource::my_drive()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert_eq!(service.requests().await.len(), 1);
}

#[tokio::test]
async fn only_a_401_requests_a_fresh_token() {
    for status in ["403 Forbidden", "404 Not Found", "429 Too Many Requests"] {
        let server = RawServer::start().await;
        let tokens = Tokens::default();
        let client = Client::builder(tokens.credential(&[TOKEN]));
        let client = client.base_url(server.base_url());
        let client = client.retry_timeout(Duration::ZERO).build().unwrap();
        let serve = async { server.request().await.respond(status, "", b"").await };
        let resource = Resource::my_drive();
        let (result, ()) = within(async { tokio::join!(client.endpoint(&resource), serve) }).await;
        result.unwrap_err();
        assert_eq!(tokens.refreshes(), [false], "{status}");
    }
}

#[derive(Debug)]
struct LoginRequired;

impl fmt::Display for LoginRequired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("somebody has to sign in")
    }
}

impl std::error::Error for LoginRequired {}

on_both_servers!(the_error_of_a_provider_is_the_cause);

async fn the_error_of_a_provider_is_the_cause(server: Server) {
    let service = server.start().await;
    let credential = Credential::from_fn(|_| async { Err::<String, _>(LoginRequired) });
    let client = client(&service, credential);
    let error = within(client.endpoint(&Resource::my_drive()))
        .await
        .unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.cause().unwrap().is::<LoginRequired>());
    assert!(
        std::error::Error::source(&error)
            .unwrap()
            .is::<LoginRequired>()
    );
    assert!(error.to_string().contains("somebody has to sign in"));
    // It is no refusal of the identity service.
    assert!(error.retryable());
    assert_eq!(error.status(), None);
    assert!(service.requests().await.is_empty());
}

on_both_servers!(a_provider_that_fails_to_refresh_is_the_cause_too);

async fn a_provider_that_fails_to_refresh_is_the_cause_too(server: Server) {
    let service = server.start().await;
    let credential = Credential::from_fn(|request: TokenRequest| async move {
        if request.refresh {
            Err(LoginRequired)
        } else {
            Ok("stale")
        }
    });
    let client = client(&service, credential);
    let error = within(client.endpoint(&Resource::my_drive()))
        .await
        .unwrap_err();
    assert!(error.cause().unwrap().is::<LoginRequired>());
    assert_eq!(service.requests().await.len(), 1);
}

on_both_servers!(a_token_that_cannot_be_sent_is_not_sent);

async fn a_token_that_cannot_be_sent_is_not_sent(server: Server) {
    let service = server.start().await;
    for token in [
        "",
        " ",
        "two words",
        "line\r\nX-Injected: 1",
        "t\u{f6}ken",
        "\0",
    ] {
        let credential =
            Credential::from_fn(move |_| async move { Ok::<_, BoxError>(AccessToken::new(token)) });
        let client = client(&service, credential);
        let error = within(client.endpoint(&Resource::my_drive()))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication, "{token:?}");
    }
    assert!(service.requests().await.is_empty());
}

/// Quoted from Microsoft's documentation.
const NOT_SUPPORTED: &str = "application permissions are not supported by this API";

fn app_only_token() -> String {
    let claims = BASE64URL_NOPAD.encode(br#"{"idtyp":"app","roles":["Files.Read.All"]}"#);
    format!("eyJhbGciOiJub25lIn0.{claims}.c2lnbmF0dXJl")
}

on_both_servers!(an_app_only_token_is_distinguished_from_a_missing_permission);

async fn an_app_only_token_is_distinguished_from_a_missing_permission(server: Server) {
    let token = app_only_token();
    let service = server.accepting(&token).start().await;
    let client = client(&service, Credential::token(&token).unwrap());
    let error = within(client.endpoint(&Resource::my_drive()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AccessDenied);
    assert_eq!(error.status(), Some(403));
    assert!(error.to_string().contains(NOT_SUPPORTED), "{error}");
}

on_both_servers!(an_app_only_token_is_reported_on_a_401_too);

async fn an_app_only_token_is_reported_on_a_401_too(server: Server) {
    // Not one of the service's tokens, so it responds with 401.
    let service = server.start().await;
    let client = client(&service, Credential::token(app_only_token()).unwrap());
    let error = within(client.endpoint(&Resource::my_drive()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.to_string().contains(NOT_SUPPORTED), "{error}");
}

on_both_servers!(a_delegated_token_that_is_refused_is_not_called_an_app_only_one);

async fn a_delegated_token_that_is_refused_is_not_called_an_app_only_one(server: Server) {
    let claims = BASE64URL_NOPAD.encode(br#"{"idtyp":"user","scp":"User.Read"}"#);
    let service = server.start().await;
    let token = format!("e30.{claims}.c2ln");
    let client = client(&service, Credential::token(token).unwrap());
    let error = within(client.endpoint(&Resource::my_drive()))
        .await
        .unwrap_err();
    assert!(
        !error.to_string().contains("application permissions"),
        "{error}"
    );
}

on_both_servers!(a_401_says_what_is_wrong_with_a_readable_token);

async fn a_401_says_what_is_wrong_with_a_readable_token(server: Server) {
    let service = server.start().await;
    for (claims, expected) in [
        (
            r#"{"scp":"Files.Read","exp":1000000000}"#,
            "the access token expired",
        ),
        (
            r#"{"scp":"user_impersonation","aud":"https://management.core.windows.net/"}"#,
            "is for https://management.core.windows.net/, not for Microsoft Graph",
        ),
        (
            r#"{"scp":"User.Read openid","aud":"https://graph.microsoft.com"}"#,
            "has the scopes User.Read openid, and none of Files.Read",
        ),
        ("{}", "get a new one with the scopes of this client"),
    ] {
        let token = format!("e30.{}.c2ln", BASE64URL_NOPAD.encode(claims.as_bytes()));
        let client = client(&service, Credential::token(&token).unwrap());
        let error = within(client.endpoint(&Resource::my_drive()))
            .await
            .unwrap_err();
        assert_eq!(error.status(), Some(401));
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!error.to_string().contains(&token), "{error}");
    }
}

on_both_servers!(clones_of_a_client_share_the_credential);

async fn clones_of_a_client_share_the_credential(server: Server) {
    let service = server.start().await;
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let credential = Credential::from_fn(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        async { Ok::<_, BoxError>(TOKEN) }
    });
    let client = client(&service, credential);
    let clone = client.clone();
    within(client.endpoint(&Resource::my_drive()))
        .await
        .unwrap();
    within(clone.endpoint(&Resource::my_drive())).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 2);
}
