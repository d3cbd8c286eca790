//! Uses drivebell against a hostile server for some seconds, and prints what it is told: the Rust
//! part of `tests/hostile`. `hostile MODE BASE_URL SECONDS [OPTION=VALUE ...]`
#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

use std::env;
use std::error::Error;
use std::time::Duration;

use drivebell::{Client, Credential, Event, Lifecycle, Resource, Since};
use futures_util::StreamExt;
use tokio::time::timeout;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let mut next = || arguments.next().ok_or("MODE BASE_URL SECONDS");
    let (mode, base_url, seconds) = (next()?, next()?, next()?);
    let mut builder = Client::builder(Credential::token("the-token-of-the-tests")?);
    builder = builder.base_url(base_url);
    for option in arguments {
        let (name, value) = option.split_once('=').ok_or("OPTION=VALUE")?;
        if name == "ca_bundle" {
            builder = builder.ca_bundle(value);
            continue;
        }
        let value = Duration::try_from_secs_f64(value.parse()?).unwrap_or(Duration::MAX);
        builder = match name {
            "max_retry_after" => builder.max_retry_after(value),
            "open_timeout" => builder.open_timeout(value),
            "join_timeout" => builder.join_timeout(value),
            "retry_timeout" => builder.retry_timeout(value),
            "first_refusal_timeout" => builder.first_refusal_timeout(value),
            "request_timeout" => builder.request_timeout(value),
            other => return Err(format!("the option {other}").into()),
        };
    }
    let client = builder.build()?;
    let limit = Duration::try_from_secs_f64(seconds.parse()?)?;
    if timeout(limit, run(&mode, &client)).await.is_err() {
        println!("still running");
    }
    client.close().await;
    Ok(())
}

async fn run(mode: &str, client: &Client) {
    let mine = Resource::my_drive();
    match mode {
        "endpoint" => match client.endpoint(&mine).await {
            Ok(endpoint) => println!("ok {}", endpoint.additional_data().len()),
            Err(error) => told(&error),
        },
        "subscribe" => {
            let mut sub = client.subscribe_without_waiting(&mine);
            while let Some(event) = sub.next().await {
                match event {
                    Ok(Event::Notification(note)) => println!("{}", note.kind()),
                    Ok(Event::Lifecycle { change, .. }) => report(&change),
                    Ok(_) => {}
                    Err(error) => told(&error),
                }
            }
        }
        "stalled" => {
            let sub = client.subscribe(&mine).await;
            std::future::pending::<()>().await;
            drop(sub);
        }
        "changes" => {
            let Ok(mut changes) = client.changes(&mine, &Since::Start) else {
                return;
            };
            while let Some(batch) = changes.next().await {
                match batch {
                    Ok(batch) => println!("batch {}", batch.items.len()),
                    Err(error) => told(&error),
                }
            }
        }
        other => println!("the mode {other}"),
    }
}

fn report(change: &Lifecycle) {
    match change {
        Lifecycle::Unavailable { error, .. } => told(error),
        Lifecycle::Disconnected { reason, .. } => println!("{reason}"),
        other => println!("{}", other.as_str()),
    }
}

fn told(error: &drivebell::Error) {
    let message: String = error.to_string().chars().take(2000).collect();
    println!("{}: {message}", error.kind());
}
