//! No token and no notification URL is ever shown.
//!
//! Most tests use scripted bytes, because the test servers never repeat a secret.

use std::error::Error as StdError;
use std::fmt::{Debug, Write};
use std::time::Duration;

use drivebell::{AccessToken, Client, Credential, Error, Event, Lifecycle, Resource, TokenRequest};
use futures_util::StreamExt;

use crate::support::graph::{NAMESPACE, QUERY, TOKEN, builder, client};
use crate::support::log;
use crate::support::raw_server::{RawServer, Request};
use crate::support::raw_socket::{close_frame, text_frame};
use crate::support::service::{Server, on_both_servers};
use crate::support::session::{connect, live, next_disconnect, next_notification, subscribe_error};
use crate::support::within;

/// The notification token as a server would know it.
const DECODED: &str = "w1-s3cr3t/z==";

fn assert_no_secret(text: &str) {
    // A part of every secret in these tests, and the rest of the query.
    for secret in ["s3cr3t", QUERY, "applicationId", "22c49a0d"] {
        assert!(!text.contains(secret), "{secret} is in: {text}");
    }
}

fn debug_texts(what: &impl Debug) -> String {
    format!("{what:?}\n{what:#?}\n")
}

/// Checks every text of an error and of its causes.
fn assert_error_shows_no_secret(error: &Error) {
    let mut text = format!(
        "{error}\n{error:#}\n{}{}",
        debug_texts(error),
        debug_texts(&error.reason())
    );
    if let Some(reason) = error.reason() {
        text.push_str(&reason.to_string());
    }
    let parts = [error.code(), error.request_id(), error.client_request_id()];
    text.push_str(&debug_texts(&parts));
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, "{cause}\n{cause:#}\n{cause:?}\n{cause:#?}\n");
        source = cause.source();
    }
    assert_no_secret(&text);
}

#[tokio::test]
async fn no_printed_value_shows_a_secret() {
    let (subscription, _socket) = live().await;
    assert_no_secret(&debug_texts(&subscription));

    let server = RawServer::start().await;
    let client = client(server.base_url());
    let resource = Resource::my_drive();
    let both = async { tokio::join!(client.endpoint(&resource), server.give_endpoint()) };
    let endpoint = within(both).await.0.unwrap();
    assert!(endpoint.notification_url().contains(QUERY), "to be used");
    assert_no_secret(&debug_texts(&endpoint));
    assert_no_secret(&debug_texts(&client));

    let options = builder("https://graph.microsoft.com").proxy("http://user:s3cr3t@proxy:8080");
    assert_no_secret(&debug_texts(&options));
    assert_no_secret(&debug_texts(&options.build().unwrap()));
    assert_no_secret(&debug_texts(&Credential::token(TOKEN).unwrap()));
    assert_no_secret(&debug_texts(&AccessToken::new(TOKEN)));
}

#[tokio::test]
async fn errors_of_options_do_not_show_passwords() {
    for options in [
        builder("https://user:s3cr3t@graph.microsoft.com"),
        builder("https://graph.microsoft.com?s3cr3t"),
        builder("https://[s3cr3t"),
        builder("http://user:s3cr3t@graph.microsoft.com"),
        builder("https://graph.microsoft.com").proxy("socks5://user:s3cr3t@proxy:1"),
        builder("https://graph.microsoft.com").proxy("http://user:s3cr3t@"),
    ] {
        assert_error_shows_no_secret(&options.build().unwrap_err());
    }
    let error = Credential::token("s3cr3t token").unwrap_err();
    assert_error_shows_no_secret(&error);
}

#[tokio::test]
async fn a_token_that_graph_repeats_is_not_shown() {
    let echo = format!("the token '{TOKEN}' is not valid");
    for (status, headers, body) in [
        (
            "401 Unauthorized",
            String::new(),
            format!(r#"{{"error":{{"code":"x","message":"{echo}"}}}}"#),
        ),
        (
            "403 Forbidden",
            String::new(),
            format!(r#"{{"error":{{"code":"{echo}","message":"x"}}}}"#),
        ),
        (
            "500 Oops",
            String::new(),
            format!(r#"{{"error":{{"innerError":{{"request-id":"{echo}"}}}}}}"#),
        ),
        ("500 Oops", format!("request-id: {echo}\r\n"), String::new()),
        ("500 Oops", String::new(), format!("<html>{echo}</html>")),
        (
            "302 Found",
            format!("Location: http://127.0.0.1:9/?{TOKEN}\r\n"),
            String::new(),
        ),
        (
            "200 OK",
            String::new(),
            format!(r#"{{"notificationUrl":"https://u:{TOKEN}@h/n?{QUERY}"}}"#),
        ),
        (
            "200 OK",
            String::new(),
            format!(r#"{{"notificationUrl":"ftp://h/n?{QUERY}"}}"#),
        ),
        (
            "200 OK",
            String::new(),
            format!(r#"{{"notificationUrl":["https://h/n?{QUERY}"]}}"#),
        ),
        (
            "200 OK",
            String::new(),
            format!(r#"{{"notificationUrl":"https://h/n?{QUERY}"#),
        ),
    ] {
        let server = RawServer::start().await;
        let error = subscribe_error(builder(server.base_url()), async {
            let request = server.request().await;
            request.respond(status, &headers, body.as_bytes()).await;
        })
        .await;
        assert_error_shows_no_secret(&error);
    }
}

#[tokio::test]
async fn a_failed_request_to_graph_shows_no_secret() {
    for response in [
        "",
        "garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
    ] {
        let server = RawServer::start().await;
        let error = subscribe_error(builder(server.base_url()), async {
            server.request().await.send_raw(response.as_bytes()).await;
        })
        .await;
        assert_error_shows_no_secret(&error);
    }
    let proxy = RawServer::start().await;
    let address = proxy.authority();
    drop(proxy);
    let options = builder("https://127.0.0.1:9").proxy(format!("http://user:s3cr3t@{address}"));
    assert_error_shows_no_secret(&subscribe_error(options, async {}).await);
}

/// Each way to fail, with a server that repeats the secrets that it received.
#[tokio::test]
async fn a_failed_subscription_shows_no_secret() {
    let limit = Duration::from_secs(1);
    let upgrade = async |response: String| {
        let server = RawServer::start().await;
        let options = builder(server.base_url()).connect_timeout(limit);
        let error = subscribe_error(options, async {
            server.give_endpoint().await;
            let mut request: Request = server.request().await;
            request.send_raw(response.as_bytes()).await;
            request
        })
        .await;
        assert_error_shows_no_secret(&error);
    };
    for secret in [QUERY, "w1-s3cr3t%2Fz%3D%3D", DECODED, "22c49a0d"] {
        let body = format!(r#"{{"code":4,"message":"Forbidden: {secret}"}}"#);
        let length = body.len();
        upgrade(format!(
            "HTTP/1.1 403 No\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .await;
    }
    upgrade(format!(
        "HTTP/1.1 302 No\r\nLocation: /?{QUERY}\r\nContent-Length: 0\r\n\r\n"
    ))
    .await;
    upgrade("HTTP/1.1 101 Ok\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n".to_owned())
        .await;
    upgrade("garbage\r\n\r\n".to_owned()).await;
    upgrade(String::new()).await;

    let socket = async |packets: Vec<String>| {
        let server = RawServer::start().await;
        let options = builder(server.base_url())
            .open_timeout(limit)
            .join_timeout(limit);
        let error = subscribe_error(options, async {
            let mut socket = server.upgraded().await;
            for packet in &packets {
                socket.send(packet).await;
            }
            socket
        })
        .await;
        assert_error_shows_no_secret(&error);
    };
    socket(vec![]).await;
    socket(vec![format!("0{QUERY}")]).await;
    socket(vec!["0{}".to_owned()]).await;
    for secret in [QUERY, DECODED] {
        let connect_error = format!(r#"44{NAMESPACE},{{"message":"bad: {secret}"}}"#);
        socket(vec!["0{}".to_owned(), connect_error]).await;
    }

    let (server, absent) = (RawServer::start().await, RawServer::start().await);
    let url = absent.notification_url();
    drop(absent);
    let error = subscribe_error(builder(server.base_url()), server.give_url(&url)).await;
    assert_error_shows_no_secret(&error);
}

#[tokio::test]
async fn an_end_shows_no_secret_even_if_the_server_repeats_one() {
    let end = async |bytes: Vec<u8>| {
        let (mut subscription, mut socket) = live().await;
        socket.send_raw(&bytes).await;
        socket.finish().await;
        loop {
            let event = within(subscription.next()).await.unwrap().unwrap();
            assert_no_secret(&debug_texts(&event));
            if let Event::Lifecycle {
                change: Lifecycle::Disconnected { reason, .. },
                ..
            } = &event
            {
                return assert_no_secret(&reason.to_string());
            }
        }
    };
    for secret in [QUERY, DECODED, "22c49a0d"] {
        end(close_frame(1008, &format!("expired: {secret}"))).await;
        let argument = format!(r#"{{"code":"{secret}","message":"expired: {secret}!"}}"#);
        let event = format!(r#"42{NAMESPACE},["server_disconnect",{argument}]"#);
        end(text_frame(&event)).await;
        end(text_frame(&format!("4{secret}"))).await;
        end(text_frame(&format!("42{NAMESPACE},{secret}"))).await;
    }
}

on_both_servers!(the_log_shows_no_secret);

async fn the_log_shows_no_secret(server: Server) {
    log::start();
    let service = server.accepting("s3cr3t-2").start().await;

    let (mut subscription, mut socket) = live().await;
    for packet in [
        format!(r#"42{NAMESPACE},["of another name","{DECODED}"]"#),
        format!(r#"42/elsewhere,["notification","{DECODED}"]"#),
        format!(r#"42{NAMESPACE},["notification","not JSON {DECODED}"]"#),
    ] {
        socket.send(&packet).await;
    }
    next_notification(&mut subscription).await;
    within(async { tokio::join!(subscription.close(), socket.until_closed()) }).await;

    let (mut subscription, mut socket) = live().await;
    socket.send_raw(&close_frame(1008, DECODED)).await;
    socket.finish().await;
    next_disconnect(&mut subscription).await;

    let server = RawServer::start().await;
    let (subscription, socket) = connect(builder(server.base_url()), server.live()).await;
    drop(socket);
    within(subscription.close()).await;

    let credential = Credential::from_fn(|request: TokenRequest| async move {
        let token = if request.refresh {
            "s3cr3t-2"
        } else {
            "s3cr3t-1"
        };
        Ok::<_, Error>(token)
    });
    let client = Client::builder(credential).base_url(service.base_url());
    let subscription = within(client.build().unwrap().subscribe(&Resource::my_drive())).await;
    within(subscription.unwrap().close()).await;

    let text = log::of_this_thread();
    assert_no_secret(&text);
    // These lines must be in the log, so that an empty log does not pass.
    for expected in [
        "GET",
        "client_request_id=",
        "path=",
        "host=\"127.0.0.1\"",
        "connected",
        "disconnected",
        "websocket_close",
        "requesting a fresh token from the credential",
        "a notification is not readable",
        "the Engine.IO session is open",
    ] {
        assert!(text.contains(expected), "{expected} is not in: {text}");
    }
}

/// Only the accessor made for it gives the notification URL.
#[tokio::test]
async fn a_notification_shows_its_payload_and_nothing_of_the_url() {
    let (mut subscription, mut socket) = live().await;
    socket
        .send_event(r#"["notification",{"subscriptionId":"s"}]"#)
        .await;
    let note = next_notification(&mut subscription).await;
    assert_no_secret(&debug_texts(&Event::Notification(note)));
}

/// Who has the id of an Engine.IO session can take it over.
#[tokio::test]
async fn the_ids_of_sessions_are_not_shown() {
    const SESSION_ID: &str = "lv_VI97HAXpY6yYWAAAC";
    const SOCKET_ID: &str = "wZX3oN0bSVIhsaknAAAI";
    log::start();
    let repeated = format!("session {SESSION_ID}, socket {SOCKET_ID}");
    let [of_engine, of_socket] = [SESSION_ID, SOCKET_ID].map(|id| format!("bye {id}"));
    for bytes in [
        close_frame(1008, &of_engine),
        close_frame(1008, &of_socket),
        text_frame(&format!(
            r#"42{NAMESPACE},["server_disconnect",{{"message":"{repeated}"}}]"#
        )),
        text_frame(&format!(r#"42{NAMESPACE},["{repeated}"]"#)),
        text_frame(&format!("4{repeated}")),
    ] {
        let server = RawServer::start().await;
        let serve = async {
            let mut socket = server.upgraded().await;
            let open = format!(r#"{{"sid":"{SESSION_ID}","pingInterval":25000}}"#);
            socket.send(&format!("0{open}")).await;
            socket.expect(&format!("40{NAMESPACE},")).await;
            let joined = format!(r#"40{NAMESPACE},{{"sid":"{SOCKET_ID}"}}"#);
            socket.send(&joined).await;
            socket
        };
        let (mut subscription, mut socket) = connect(builder(server.base_url()), serve).await;
        socket.send_raw(&bytes).await;
        socket.finish().await;
        let (reason, _) = next_disconnect(&mut subscription).await;
        let shown = format!("{reason} {reason:?} {subscription:?}");
        assert!(
            ![SESSION_ID, SOCKET_ID].iter().any(|id| shown.contains(id)),
            "{shown}"
        );
    }
    // The namespace is refused after the session has opened.
    let server = RawServer::start().await;
    let error = subscribe_error(builder(server.base_url()), async {
        let mut socket = server.upgraded().await;
        socket.send(&format!(r#"0{{"sid":"{SESSION_ID}"}}"#)).await;
        socket.expect(&format!("40{NAMESPACE},")).await;
        socket
            .send(&format!(r#"44{NAMESPACE},{{"message":"{SESSION_ID}"}}"#))
            .await;
        socket
    })
    .await;
    assert!(
        error.to_string().contains("refused the namespace"),
        "{error}"
    );
    let log = log::of_this_thread() + &format!("{error} {error:?}");
    assert!(log.contains("disconnected"), "{log}");
    assert!(
        ![SESSION_ID, SOCKET_ID].iter().any(|id| log.contains(id)),
        "{log}"
    );
}
