//! The floor of an enumeration: the least work that any client must do. It reads the five fields of
//! each item from the page, without a copy, and follows the links.

use std::borrow::Cow;
use std::env;
use std::error::Error;

use bench_report::Enumeration;
use reqwest::Client;
use serde::Deserialize;

// Setup:
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    value: Vec<Item<'a>>,
    #[serde(borrow, rename = "@odata.nextLink")]
    next_link: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    size: Option<u64>,
    #[serde(borrow, default)]
    parent_reference: Parent<'a>,
    #[serde(borrow)]
    last_modified_date_time: Option<Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
struct Parent<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
}

// End of setup.
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut enumeration = Enumeration::start();

    // Setup:
    let client = Client::new();
    let token = env::var("GRAPH_TOKEN")?;
    let mut url = format!("{}/v1.0/me/drive/root/delta", env::var("GRAPH_URL")?);
    loop {
        let request = client.get(&url).bearer_auth(&token);
        let body = request.send().await?.error_for_status()?.bytes().await?;
        let page: Page<'_> = serde_json::from_slice(&body)?;
        for item in &page.value {
            let modified = item.last_modified_date_time.as_deref();
            let modified = modified.and_then(|at| at.parse::<jiff::Timestamp>().ok());
            enumeration.add(
                &item.id,
                item.name.as_deref(),
                item.size,
                item.parent_reference.id.as_deref(),
                modified.and_then(|at| at.try_into().ok()),
            );
        }
        let Some(next) = page.next_link else {
            break;
        };
        url = next.into_owned();
    }
    // End of setup.

    enumeration.done();
    Ok(())
}
