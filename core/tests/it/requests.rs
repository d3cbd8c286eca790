//! The requests that the client sends, byte for byte where it matters.
//!
//! Some tests use a scripted server, which shows the bytes.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use drivebell::{ApiVersion, Error, Resource};
use drivebell_simulator::EndpointShape;
use futures_util::StreamExt;

use crate::support::graph::{QUERY, TOKEN, builder, client};
use crate::support::raw_server::RawServer;
use crate::support::service::{RecordedRequest, Server, on_both_servers};
use crate::support::session::connect;
use crate::support::within;

fn is_endpoint_request(request: &RecordedRequest) -> bool {
    request.path.ends_with("/subscriptions/socketIo")
}

/// Each constructor with the path that Graph documents for it.
fn resources() -> Result<[(Resource, &'static str); 9], Error> {
    Ok([
        (Resource::my_drive(), "/me/drive/root"),
        (Resource::drive("b!team")?, "/drives/b!team/root"),
        (Resource::drive_list("b!team")?, "/drives/b!team/list"),
        (Resource::group_drive("team")?, "/groups/team/drive/root"),
        (
            Resource::site_list_drive("contoso", "documents")?,
            "/sites/contoso/lists/documents/drive/root",
        ),
        (
            Resource::site_list("contoso", "documents")?,
            "/sites/contoso/lists/documents",
        ),
        (
            Resource::user_drive("alex@contoso.com")?,
            "/users/alex@contoso.com/drive/root",
        ),
        (
            Resource::site_drive("contoso")?,
            "/sites/contoso/drive/root",
        ),
        (
            Resource::path("/drives/b!me/root/subscriptions/socketIo", None)?,
            "/drives/b!me/root",
        ),
    ])
}

on_both_servers!(the_endpoint_request_is_the_documented_one_for_every_resource_and_version);

async fn the_endpoint_request_is_the_documented_one_for_every_resource_and_version(server: Server) {
    let service = server.start().await;
    let mut expected = Vec::new();
    for version in [ApiVersion::V1, ApiVersion::Beta] {
        let client = builder(service.base_url()).api_version(version);
        let client = client.build().unwrap();
        for (resource, root) in resources().unwrap() {
            let endpoint = within(client.endpoint(&resource)).await;
            endpoint.unwrap_or_else(|error| panic!("{root}: {error}"));
            expected.push(format!(
                "/{version}{root}/subscriptions/socketIo",
                version = version.as_str()
            ));
        }
    }

    let requests = service.requests().await;
    let paths: Vec<_> = requests.iter().map(|request| &request.path).collect();
    assert_eq!(paths, expected.iter().collect::<Vec<_>>());
    for request in &requests {
        assert_eq!(request.method, "GET");
        assert_eq!(
            request.header("authorization"),
            Some(format!("Bearer {TOKEN}").as_str())
        );
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(request.header("accept"), Some("application/json"));
        assert_eq!(request.header("content-length"), None);
    }
    let ids: HashSet<_> = requests
        .iter()
        .map(|request| request.header("client-request-id").expect("an id"))
        .collect();
    assert_eq!(ids.len(), requests.len(), "each request has its own id");
    for id in ids {
        let groups: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12], "{id}");
    }
}

on_both_servers!(the_default_version_is_v1_and_the_default_user_agent_is_decorated);

async fn the_default_version_is_v1_and_the_default_user_agent_is_decorated(server: Server) {
    let service = server.start().await;
    let endpoint = client(service.base_url());
    within(endpoint.endpoint(&Resource::my_drive()))
        .await
        .unwrap();

    let requests = service.requests().await;
    assert!(requests[0].path.starts_with("/v1.0/"));
    let expected = concat!("NONISV|drivebell|drivebell/", env!("CARGO_PKG_VERSION"));
    assert_eq!(requests[0].header("user-agent"), Some(expected));
}

on_both_servers!(the_user_agent_goes_to_graph_and_to_the_notification_server);

async fn the_user_agent_goes_to_graph_and_to_the_notification_server(server: Server) {
    let service = server.start().await;
    let agent = "ISV|Contoso|Watcher/2.0";
    let client = builder(service.base_url()).user_agent(agent);
    let client = client.build().unwrap();
    let subscription = within(client.subscribe(&Resource::my_drive()))
        .await
        .unwrap();

    let requests = service.requests().await;
    assert_eq!(requests.len(), 2);
    for request in &requests {
        assert_eq!(request.header("user-agent"), Some(agent));
    }
    subscription.close().await;
}

#[tokio::test]
async fn ids_reach_the_wire_percent_encoded_as_path_segments() {
    let server = RawServer::start().await;
    let client = client(server.base_url());
    let resource = Resource::drive("b!a,b@c#d?e f%2F\u{e9}").unwrap();
    let serve = async {
        let request = server.request().await;
        let target = request.target.clone();
        request.respond("404 Not Found", "", b"").await;
        target
    };
    let (_, target) = within(async { tokio::join!(client.endpoint(&resource), serve) }).await;
    assert_eq!(
        target,
        "/v1.0/drives/b!a,b@c%23d%3Fe%20f%252F%C3%A9/root/subscriptions/socketIo"
    );
}

on_both_servers!(the_observed_endpoint_is_read_with_its_expiry);

async fn the_observed_endpoint_is_read_with_its_expiry(server: Server) {
    let lifetime = Duration::from_secs(20 * 60);
    let service = server.accepting(TOKEN).lifetime(lifetime).start().await;
    let client = client(service.base_url());

    let before = SystemTime::now();
    let endpoint = within(client.endpoint(&Resource::my_drive()))
        .await
        .unwrap();
    let after = SystemTime::now();

    // Graph writes seven fractional digits, of which a JavaScript clock fills three.
    let cut = Duration::from_millis(1);
    assert!(endpoint.expires_at() + cut > before + lifetime);
    assert!(endpoint.expires_at() <= after + lifetime);
    assert_eq!(endpoint.host(), "127.0.0.1");
    assert!(endpoint.id().is_some());
    assert!(
        endpoint
            .client_state()
            .unwrap()
            .starts_with("system-managed:")
    );
    assert!(endpoint.additional_data().contains_key("@odata.context"));
    let start = format!("{}/notifications?token=", service.base_url());
    assert!(endpoint.notification_url().starts_with(&start));

    let another = within(client.endpoint(&Resource::my_drive()))
        .await
        .unwrap();
    assert_ne!(another.notification_url(), endpoint.notification_url());
}

on_both_servers!(the_documented_endpoint_is_read_without_an_expiry_and_can_be_subscribed_to);

async fn the_documented_endpoint_is_read_without_an_expiry_and_can_be_subscribed_to(
    server: Server,
) {
    let setup = server.accepting(TOKEN);
    let setup = setup.endpoint_shape(EndpointShape::Documented);
    let service = setup.start().await;
    let client = client(service.base_url());
    let hour = Duration::from_secs(3600);

    let before = SystemTime::now();
    let endpoint = within(client.endpoint(&Resource::my_drive()))
        .await
        .unwrap();
    assert!(endpoint.expires_at() >= before + hour);
    assert!(endpoint.expires_at() <= SystemTime::now() + hour);
    assert_eq!(endpoint.client_state(), None);
    assert!(
        endpoint
            .notification_url()
            .contains("/zbaehwg/callback?snthgk=")
    );

    let mut subscription = within(client.subscribe(&Resource::my_drive()))
        .await
        .unwrap();
    service.notify("b!me", 1).await;
    within(subscription.next()).await.unwrap().unwrap();
    within(subscription.next()).await.unwrap().unwrap();
    subscription.close().await;
}

#[tokio::test]
async fn the_upgrade_request_is_that_of_a_socket_io_client() {
    let server = RawServer::start().await;
    let client = client(server.base_url());
    let serve = async {
        server.give_endpoint().await;
        let mut request = server.request().await;
        let response = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
        request.send_raw(response).await;
        request
    };
    let resource = Resource::my_drive();
    let (_, request) = within(async { tokio::join!(client.subscribe(&resource), serve) }).await;

    assert_eq!(request.method, "GET");
    assert_eq!(
        request.target,
        format!("/socket.io/?{QUERY}&EIO=4&transport=websocket")
    );
    assert_eq!(request.version, "HTTP/1.1");
    assert_eq!(request.header("host"), Some(server.authority().as_str()));
    assert_eq!(request.header("sec-websocket-version"), Some("13"));
    for (name, value) in [("connection", "upgrade"), ("upgrade", "websocket")] {
        let sent = request.header(name).unwrap_or_default();
        assert!(sent.eq_ignore_ascii_case(value), "{name}: {sent}");
    }
    // RFC 6455, section 4.1: 16 random bytes, in base64.
    let key = request.header("sec-websocket-key").unwrap();
    let decoded = data_encoding::BASE64.decode(key.as_bytes());
    assert_eq!(decoded.map(|bytes| bytes.len()), Ok(16));
    for name in [
        "authorization",
        "cookie",
        "client-request-id",
        "content-type",
        "sec-websocket-extensions",
        "sec-websocket-protocol",
        "http2-settings",
    ] {
        assert_eq!(request.header(name), None, "{name}");
    }
    let mut names = HashSet::new();
    for (name, _) in &request.headers {
        assert!(names.insert(name), "{name} is there twice");
    }
}

/// The token is opaque: characters that an encoder would change must stay as they are.
#[tokio::test]
async fn the_query_of_the_notification_url_is_not_changed() {
    for (query, expected) in [
        ("b=2&a=1&b=3", "b=2&a=1&b=3&"),
        (
            "token=a+b%20c%2B%2f==~!*()$,;:@/?",
            "token=a+b%20c%2B%2f==~!*()$,;:@/?&",
        ),
        ("EIO=3&transport=polling", "EIO=3&transport=polling&"),
        ("token", "token&"),
        ("", ""),
    ] {
        let server = RawServer::start().await;
        let client = client(server.base_url());
        let url = format!("ws://{}/notifications?{query}", server.authority());
        let serve = async {
            server.give_url(&url).await;
            let request = server.request().await;
            let target = request.target.clone();
            request.respond("400 Bad Request", "", b"").await;
            target
        };
        let resource = Resource::my_drive();
        let (_, target) = within(async { tokio::join!(client.subscribe(&resource), serve) }).await;
        assert_eq!(
            target,
            format!("/socket.io/?{expected}EIO=4&transport=websocket")
        );
    }
}

#[tokio::test]
async fn the_path_of_the_notification_url_is_the_namespace() {
    for (path, join) in [
        ("/notifications", "40/notifications,"),
        ("/zbaehwg/callback", "40/zbaehwg/callback,"),
        ("/a%20b/C", "40/a%20b/C,"),
        ("/", "40"),
        ("", "40"),
    ] {
        let server = RawServer::start().await;
        let client = client(server.base_url());
        let serve = async {
            server
                .give_url(&format!("{}{path}?x=1", server.base_url()))
                .await;
            let mut socket = server.request().await.upgrade().await;
            socket.send("0{}").await;
            socket.expect(join).await;
            socket.send(join).await;
            socket
        };
        let resource = Resource::my_drive();
        let (live, _socket) =
            within(async { tokio::join!(client.subscribe(&resource), serve) }).await;
        live.unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

on_both_servers!(a_subscription_requests_one_endpoint_and_connects_once);

async fn a_subscription_requests_one_endpoint_and_connects_once(server: Server) {
    let service = server.start().await;
    let client = client(service.base_url());
    let subscription = within(client.subscribe(&Resource::my_drive()))
        .await
        .unwrap();
    let requests = service.requests().await;
    let (endpoint_requests, upgrades): (Vec<_>, Vec<_>) =
        requests.into_iter().partition(is_endpoint_request);
    assert_eq!((endpoint_requests.len(), upgrades.len()), (1, 1));
    assert_eq!(upgrades[0].header("authorization"), None);
    subscription.close().await;
}

/// DNS is not asked: it could send the token to another machine in the clear.
#[tokio::test]
async fn localhost_is_reached_without_a_proxy() {
    let server = RawServer::start().await;
    let port = server.authority().rsplit_once(':').unwrap().1.to_owned();
    let serve = async {
        let url = format!("http://LocalHost:{port}/notifications?{QUERY}");
        server.give_url(&url).await;
        let mut socket = server.request().await.upgrade().await;
        let open = r#"0{"sid":"s","pingInterval":25000,"pingTimeout":20000}"#;
        socket.send(open).await;
        socket.accept_join().await;
        socket
    };
    let builder = builder(format!("http://localhost:{port}"));
    let (_subscription, _socket) = connect(builder, serve).await;
}
