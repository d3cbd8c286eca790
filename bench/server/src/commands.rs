use std::error::Error;
use std::io::BufRead;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::service::{Command, Service};

/// Runs the commands from stdin until it ends.
pub(crate) async fn run(service: &Service) -> Result<(), Box<dyn Error>> {
    let mut lines = lines();
    while let Some(line) = lines.recv().await {
        let mut words = line.split_whitespace();
        let command = words.next().ok_or("a command")?;
        let mut number = || {
            words
                .next()
                .ok_or("a number")?
                .parse()
                .map_err(Box::<dyn Error>::from)
        };
        let done = match command {
            "await" => await_joined(service, number()?).await,
            "flood" => flood(service, number()?).await,
            "rate" => rate(service, number()?, number()?, Command::Event).await,
            "big" => {
                let big = Command::Big(number()? as usize);
                rate(service, 1_000, service.all().len() as u64, big).await
            }
            "cut" => {
                service.cut();
                json!({})
            }
            "pongs" => json!({ "pongs": service.pongs.load(Relaxed) }),
            _ => return Err(format!("no such command: {command}").into()),
        };
        println!("{done}");
    }
    Ok(())
}

/// Reads stdin on its own thread, because the runtime has only one.
fn lines() -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

async fn await_joined(service: &Service, sessions: u64) -> Value {
    loop {
        let changed = service.changed.notified();
        let (joined, seconds) = service.joined();
        if joined as u64 >= sessions {
            return json!({ "joined": joined, "seconds": seconds });
        }
        changed.await;
    }
}

async fn flood(service: &Service, events: u64) -> Value {
    let (sessions, _) = service.joined();
    let all = service.sent.load(Relaxed) + events * sessions as u64;
    service.send_to_all(Command::Flood(events));
    loop {
        let changed = service.changed.notified();
        if service.sent.load(Relaxed) >= all {
            return json!({ "sent": events * sessions as u64 });
        }
        changed.await;
    }
}

/// Paced by a thread, because the runtime's clock counts in whole milliseconds.
async fn rate(service: &Service, per_second: u64, events: u64, command: Command) -> Value {
    let sessions = service.all();
    let pace = move || {
        let began = Instant::now();
        for (event, session) in (0..events).zip(sessions.iter().cycle()) {
            let due = began + Duration::from_nanos(event * 1_000_000_000 / per_second);
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let _ = session.send(command);
        }
    };
    let (done, paced) = oneshot::channel();
    thread::spawn(move || {
        pace();
        let _ = done.send(());
    });
    let _ = paced.await;
    json!({ "sent": events })
}
