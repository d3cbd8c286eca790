use std::env;

use drivebell::{Client, Credential, Error, Event, NotificationKind, Resource};
use faults_tell::{end_with_stdin, tell};
use futures_util::StreamExt;

#[tokio::main]
async fn main() {
    end_with_stdin();
    let token = env::var("GRAPH_TOKEN").expect("GRAPH_TOKEN");
    let base_url = env::var("GRAPH_URL").expect("GRAPH_URL");
    let end = watch(&token, base_url).await;
    tell("ended", &format!("{end:?}"));
}

async fn watch(token: &str, base_url: String) -> Result<(), Error> {
    // Setup:
    let client = Client::builder(Credential::token(token)?)
        .base_url(base_url)
        .build()?;
    let mut subscription = client.subscribe(&Resource::my_drive()).await?;
    while let Some(event) = subscription.next().await {
        match event? {
            Event::Notification(note) if note.kind() == NotificationKind::Resync => {
                tell("resync", "")
            }
            Event::Notification(_) => tell("notification", ""),
            Event::Lifecycle { change, .. } => tell(change.as_str(), &format!("{change:?}")),
            _ => {}
        }
    }
    // End of setup.
    Ok(())
}
