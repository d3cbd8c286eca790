use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use drivebell_simulator::websocket::{accept_key, text_frame};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue, SEC_WEBSOCKET_ACCEPT, UPGRADE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{Instant, interval_at};
use tokio_rustls::TlsAcceptor;

use crate::frames::{self, NAMESPACE, Received};
use crate::service::{Command, Service};

/// How many bytes of events are written to a socket at once.
const CHUNK: usize = 128 * 1024;

pub(crate) async fn accept_all(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    service: Arc<Service>,
) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (tls, service) = (tls.clone(), Arc::clone(&service));
        tokio::spawn(async move {
            match tls {
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve_http(stream, service).await;
                    }
                }
                None => serve_http(stream, service).await,
            }
        });
    }
}

async fn serve_http<S>(stream: S, service: Arc<Service>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let handler = service_fn(move |request| {
        let response = respond(request, &service);
        async move { Ok::<_, Infallible>(response) }
    });
    let connection = http1::Builder::new()
        .max_buf_size(8 * 1024)
        .serve_connection(TokioIo::new(stream), handler)
        .with_upgrades();
    let _ = connection.await;
}

fn respond(mut request: Request<Incoming>, service: &Arc<Service>) -> Response<Full<Bytes>> {
    let Some(key) = request.headers().get("sec-websocket-key") else {
        let mut response = Response::new(Full::from(service.endpoint()));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        return response;
    };
    service.connecting();
    // A key that is not text belongs to no client measured here.
    let accept = accept_key(key.to_str().unwrap_or_default());
    let service = Arc::clone(service);
    tokio::spawn(async move {
        if let Ok(upgraded) = hyper::upgrade::on(&mut request).await {
            // An error means that the client has gone.
            let _ = serve(TokioIo::new(upgraded), &service).await;
        }
    });
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    let accept = HeaderValue::try_from(accept).expect("a digest is ASCII");
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    response
}

async fn serve<S>(mut stream: S, service: &Service) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let interval = service.ping_interval.as_millis();
    let open = format!(
        r#"0{{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":[],"pingInterval":{interval},"pingTimeout":20000,"maxPayload":1000000}}"#
    );
    send(&mut stream, &text_frame(&open)).await?;
    let mut buffer = Vec::new();
    loop {
        match next(&mut stream, &mut buffer).await? {
            Received::Text(text) if text.starts_with("40") => break,
            Received::Text(_) => {}
            Received::Ping(pong) => send(&mut stream, &pong).await?,
            Received::Close(reply) => return send(&mut stream, &reply).await,
        }
    }
    let joined = format!(r#"40{NAMESPACE},{{"sid":"oSO0OpakMV_3jnilAAAA"}}"#);
    send(&mut stream, &text_frame(&joined)).await?;
    let (id, commands) = service.join();
    let ended = session(&mut stream, service, buffer, commands).await;
    service.leave(id);
    ended
}

async fn session<S>(
    stream: &mut S,
    service: &Service,
    mut buffer: Vec<u8>,
    mut commands: tokio::sync::mpsc::UnboundedReceiver<Command>,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let ping = text_frame("2");
    let mut pings = interval_at(
        Instant::now() + service.ping_interval,
        service.ping_interval,
    );
    loop {
        tokio::select! {
            received = next(stream, &mut buffer) => match received? {
                Received::Text(text) if text == "3" => service.count_pong(),
                Received::Text(_) => {}
                Received::Ping(pong) => send(stream, &pong).await?,
                Received::Close(reply) => return send(stream, &reply).await,
            },
            _ = pings.tick() => send(stream, &ping).await?,
            command = commands.recv() => match command {
                None => return Ok(()),
                Some(Command::Event) => send(stream, &frames::event()).await?,
                Some(Command::Big(bytes)) => send(stream, &frames::big_event(bytes)).await?,
                Some(Command::Flood(events)) => flood(stream, service, events).await?,
            },
        }
    }
}

async fn flood<S: AsyncWrite + Unpin>(
    stream: &mut S,
    service: &Service,
    events: u64,
) -> io::Result<()> {
    let event = frames::event();
    let most = (CHUNK / event.len()) as u64;
    let chunk = event.repeat(most as usize);
    let mut left = events;
    while left > 0 {
        let now = left.min(most);
        send(stream, &chunk[..event.len() * now as usize]).await?;
        left -= now;
    }
    service.sent.fetch_add(events, Relaxed);
    service.changed.notify_waiters();
    Ok(())
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

/// Cancel-safe: bytes that were read stay in `buffer`.
async fn next<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut Vec<u8>) -> io::Result<Received> {
    loop {
        if let Some(received) = frames::take(buffer) {
            return Ok(received);
        }
        let mut some = [0; 1024];
        let count = stream.read(&mut some).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer.extend_from_slice(&some[..count]);
    }
}
