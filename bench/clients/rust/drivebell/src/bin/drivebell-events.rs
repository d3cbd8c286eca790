use std::env;

use drivebell::{Client, Credential, Error, Event, Lifecycle, Resource};
use futures_util::StreamExt;
use speed_meter::{Meter, number, void};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let meter = Meter::new();
    let may_end = number("MAY_END", 0) == 1;
    // Setup:
    let mut builder = Client::builder(Credential::token("token")?)
        .base_url(env::var("GRAPH_URL").expect("GRAPH_URL"))
        .mailbox_capacity(1 << 30)
        .max_endpoint_calls_per_second(u32::MAX);
    if let Ok(ca_bundle) = env::var("CA_BUNDLE") {
        builder = builder.ca_bundle(ca_bundle);
    }
    let client = builder.build()?;
    let watch = async move |resource: Resource| -> Result<(), Error> {
        let mut subscription = client.subscribe(&resource).await?;
        while let Some(event) = subscription.next().await {
            match event? {
                Event::Notification(note) if note.coalesced() == 0 => {
                    let Some(payload) = note.payload() else {
                        continue;
                    };
                    let (id, list) = (payload.subscription_id(), payload.list_id());
                    meter.saw(id, list, payload.subscription_expires_at());
                }
                // End of setup.
                Event::Lifecycle {
                    change: Lifecycle::Connected,
                    ..
                } => meter.connected(),
                _ if may_end => {}
                other => void(&format!("{other:?}")),
            }
        }
        Ok(())
    };
    let mut sessions = Vec::new();
    for session in 0..number("SESSIONS", 1) {
        let resource = Resource::drive(&format!("b!{session}"))?;
        let watch = watch.clone();
        sessions.push(tokio::spawn(async move { watch(resource).await }));
    }
    for session in sessions {
        session.await.expect("no panic")?;
    }
    Ok(())
}
