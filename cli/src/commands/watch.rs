//! `drivebell watch`.

use drivebell::{Error, Event, Resource};
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::SelectAll;

use crate::arguments::{Common, Watch};
use crate::client;
use crate::exit::{self, End, Failure, Stop};
use crate::output::style::Style;
use crate::output::{Output, json, text};

/// So many events at once are written in one go.
const AT_ONCE: usize = 256;

pub(crate) async fn run(
    common: &Common,
    options: &Watch,
    output: &Output,
    stop: &Stop,
) -> Result<(), End> {
    let client = client::build(common)?;
    let mut resources = options.resources.clone();
    resources.sort_by_key(ToString::to_string);
    resources.dedup();
    let mut events = SelectAll::new();
    for resource in resources {
        let subscription = client.subscribe_without_waiting(&resource);
        events.push(subscription.map(move |event| (resource.clone(), event)));
    }
    let mut events = events.ready_chunks(AT_ONCE);
    let printer = Printer {
        for_people: output.for_people && !common.json,
        style: Style::of(output.for_people),
    };
    let mut refused = None;
    let end = loop {
        let told = tokio::select! {
            biased;
            reason = stop.requested() => break Err(End::Stopped(reason)),
            told = events.next() => told,
        };
        let Some(told) = told else {
            break Ok(());
        };
        let mut text = String::new();
        for (resource, event) in told {
            if let Err(error) = &event {
                let why = format!("{resource}: {}", exit::explain(error));
                let failure = Failure::new(exit::code_of(error), why);
                refused.get_or_insert(exit::tell(&failure));
            }
            text.push_str(&printer.line(&resource, event));
        }
        if let Err(end) = output.write(text).await {
            break Err(end);
        }
    };
    let subscriptions = events.get_ref().iter();
    join_all(subscriptions.map(|events| events.get_ref().close())).await;
    end?;
    refused.map_or(Ok(()), |code| Err(End::Quiet(code)))
}

struct Printer {
    for_people: bool,
    style: Style,
}

impl Printer {
    fn line(&self, resource: &Resource, event: Result<Event, Error>) -> String {
        match event {
            Ok(event) if self.for_people => text::event(self.style, resource, &event),
            Ok(event) => json::event(resource, &event),
            // On a terminal, stderr has told it.
            Err(_) if self.for_people => String::new(),
            Err(error) => json::error(resource, &error),
        }
    }
}
