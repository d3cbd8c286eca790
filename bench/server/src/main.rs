//! The load server. It does as little as possible, so that it does not limit the clients: it answers
//! endpoint calls, lets sessions join the namespace, and sends events.
//!
//! Commands, one a line on stdin; each is answered with one line of JSON:
//! - `await N`: waits until N sessions have joined. The seconds since the first connection, or since
//!   the cut.
//! - `flood N`: sends N events to each session, as fast as the sockets take them.
//! - `rate R N`: sends N events at R a second, to one session after the other, each with its send
//!   time.
//! - `big BYTES`: sends one event of that size to each session, one after the other.
//! - `cut`: drops every connection.
//! - `pongs`: how many pings were answered so far.

mod commands;
mod frames;
mod service;
mod session;
mod tls;

use std::error::Error;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let ping_interval = Duration::from_millis(arguments.next().ok_or("PING_MS")?.parse()?);
    let tls = match (arguments.next(), arguments.next()) {
        (Some(certificate), Some(key)) => Some(tls::acceptor(&certificate, &key)?),
        _ => None,
    };
    // A backlog for thousands of clients that reconnect at once.
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let listener: TcpListener = socket.listen(32_768)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://127.0.0.1:{}", listener.local_addr()?.port());
    println!("{}", serde_json::json!({ "url": url }));

    let service = Arc::new(service::Service::new(url, ping_interval));
    tokio::spawn(session::accept_all(listener, tls, Arc::clone(&service)));
    commands::run(&service).await
}
