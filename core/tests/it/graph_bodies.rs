//! How much of Graph's response is read.
//!
//! `graph_errors` tests servers that send too little, too slowly or nothing.
//!
//! The tests use scripted responses, which no proper service sends.

use drivebell::{Endpoint, Error, ErrorKind};
use tokio::io::AsyncWriteExt;

use crate::support::graph::{endpoint, request_endpoint};
use crate::support::raw_server::{RawServer, Request};

const LIMIT: usize = 64 * 1024;

/// The beginning of an endless gzip stream (RFC 1952 and 1951): one block whose Huffman codes make
/// two zero bits stand for 258 spaces.
const BOMB: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\
    \xec\xc0\x81\x00\x00\x00\x00\x80\x20\x95\xfd\x29\x17\xa9\x00";

/// How many bytes each zero byte after [`BOMB`] becomes.
const INFLATED: usize = 4 * 258;

fn assert_too_large(result: Result<Endpoint, Error>) -> Error {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    let message = error.to_string();
    assert!(message.contains("more than 65536 bytes"), "{message}");
    error
}

#[tokio::test]
async fn a_body_as_long_as_the_limit_is_read() {
    let server = RawServer::start().await;
    let (result, _) = request_endpoint(&server, async |request| {
        let mut body = endpoint(&server.notification_url()).to_string();
        body.push_str(&" ".repeat(LIMIT - body.len()));
        request.respond("200 OK", "", body.as_bytes()).await;
    })
    .await;
    assert!(result.is_ok(), "{result:?}");
}

#[tokio::test]
async fn a_body_whose_announced_length_is_too_large_is_not_read() {
    for length in [LIMIT + 1, 100 * 1024 * 1024] {
        let server = RawServer::start().await;
        let (result, id) = request_endpoint(&server, async |mut request: Request| {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{{");
            request.send_raw(head.as_bytes()).await;
            // The rest is never sent: waiting for it ends with the timeout.
            request
        })
        .await;
        assert_eq!(assert_too_large(result).client_request_id(), id.as_deref());
    }
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut_off() {
    let server = RawServer::start().await;
    let (result, _) = request_endpoint(&server, async |mut request: Request| {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        request.send_raw(head.as_bytes()).await;
        let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
        while request.stream.write_all(chunk.as_bytes()).await.is_ok() {}
    })
    .await;
    assert_too_large(result);
}

/// 100 KB that inflate to 100 MiB are refused like 100 MiB that are sent uncompressed.
#[tokio::test]
async fn a_small_body_that_inflates_to_a_large_one_is_refused() {
    let server = RawServer::start().await;
    let bomb = [BOMB, &vec![0; 100 * 1024 * 1024 / INFLATED]].concat();
    assert!(bomb.len() < 102_000);
    let (result, id) = request_endpoint(&server, async |mut request: Request| {
        let length = bomb.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n"
        );
        request.send_raw(head.as_bytes()).await;
        // The client may close the connection in the middle of the body.
        let _ = request.stream.write_all(&bomb).await;
        request
    })
    .await;
    assert_eq!(assert_too_large(result).client_request_id(), id.as_deref());
}

/// It is refused as soon as the inflated part is too large: the server sends only a little more
/// than the limit.
#[tokio::test]
async fn a_compressed_body_is_refused_as_soon_as_it_is_too_large() {
    let server = RawServer::start().await;
    let (result, _) = request_endpoint(&server, async |mut request: Request| {
        let head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 102000\r\n\r\n";
        request.send_raw(head).await;
        let enough = [BOMB, &[0; LIMIT / INFLATED + 1]].concat();
        request.send_raw(&enough).await;
        // The rest is never sent: waiting for it ends with the timeout.
        request
    })
    .await;
    assert_too_large(result);
}

#[tokio::test]
async fn a_compressed_body_that_never_ends_is_cut_off() {
    for (status, kind) in [
        ("200 OK", ErrorKind::Protocol),
        // The status says enough, so the body is not read.
        ("403 Forbidden", ErrorKind::AccessDenied),
    ] {
        let server = RawServer::start().await;
        let (result, _) = request_endpoint(&server, async |mut request: Request| {
            let head = format!("HTTP/1.1 {status}\r\nContent-Encoding: gzip\r\n\r\n");
            request.send_raw(head.as_bytes()).await;
            request.send_raw(BOMB).await;
            let chunk = vec![0; 0x10000];
            // More than the buffers of a connection hold. A client that reads on would inflate 32
            // GiB.
            for _ in 0..512 {
                if request.stream.write_all(&chunk).await.is_err() {
                    return;
                }
            }
            panic!("the client did not hang up");
        })
        .await;
        assert_eq!(result.unwrap_err().kind(), kind);
    }
}

#[tokio::test]
async fn an_oversized_error_is_still_reported_with_its_status() {
    let server = RawServer::start().await;
    let (result, _) = request_endpoint(&server, async |mut request: Request| {
        let head = "HTTP/1.1 403 Forbidden\r\nContent-Length: 99999999\r\n\r\n";
        request.send_raw(head.as_bytes()).await;
        request
    })
    .await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::AccessDenied);
}
