//! A batch of events in a form that takes few calls into the JavaScript engine. A call for each field
//! of each notification would cost more than everything else that handles it.

use drivebell::{Event, Notification, Payload};
use napi::bindgen_prelude::{Array, Float64Array};
use napi::{Env, Result};
use napi_derive::napi;

use crate::event::NativeEvent;
use crate::number::number;
use crate::time;

/// How many bytes of payloads share one text. Longer texts take fewer calls; shorter ones take less
/// memory, because a program that keeps one notification keeps its whole text.
const TEXT_SIZE: usize = 4096;

/// The length of a notification's row of numbers; `lib/event/buffer.ts` reads it.
const ROW_LENGTH: usize = 19;
const LAST_OF_TEXT: usize = 4;
/// From here on, the row has the start and the end of each field.
const PLACES: usize = 5;
const FIELDS: usize = 7;

/// The events that wait, in order.
#[napi(object, object_from_js = false)]
pub struct NativeEvents<'env> {
    /// A text holds the payloads of one or more notifications, one after the other. Each of them has
    /// a row in `numbers`. Other events, and notifications that do not fit a row, are objects.
    #[napi(ts_type = "(string | NativeEvent)[]")]
    pub events: Array<'env>,
    /// The rows: how many notifications were merged; when it arrived and when the subscription
    /// expires, in milliseconds since 1970 (NaN if unknown); its member in a set (NaN without a set);
    /// 1 if it is the last one in its text; then the start and the end, in the text, of the payload
    /// and of its fields `subscriptionId`, `clientState`, `tenantId`, `siteUrl`, `webId` and
    /// `listId` (-1 if absent).
    /// Absent if there are no rows, as for most batches of an idle session.
    pub numbers: Option<Float64Array>,
}

pub(crate) struct BatchBuilder<'env> {
    env: &'env Env,
    events: Array<'env>,
    numbers: Vec<f64>,
    /// The text that is being filled, and not in `events` yet.
    text: String,
}

impl<'env> BatchBuilder<'env> {
    pub(crate) fn new(env: &'env Env) -> Result<Self> {
        Ok(Self {
            env,
            events: env.create_array(0)?,
            numbers: Vec::new(),
            text: String::new(),
        })
    }

    pub(crate) fn push(
        &mut self,
        event: std::result::Result<Event, drivebell::Error>,
        member: Option<u32>,
    ) -> Result<()> {
        if let Ok(Event::Notification(note)) = &event
            && let Some((payload, row)) = text_and_row(note, member)
        {
            if self.text.len() + payload.len() > TEXT_SIZE {
                self.end_text()?;
            }
            let offset = number(self.text.len() as u64);
            let (head, places) = row.split_at(PLACES);
            let places = places
                .iter()
                .map(|place| if *place < 0.0 { *place } else { place + offset });
            self.numbers.extend(head.iter().copied().chain(places));
            self.text.push_str(payload);
            return Ok(());
        }
        self.end_text()?;
        // `None` for an event that this binding does not know.
        NativeEvent::new(event, member).map_or(Ok(()), |event| self.events.insert(event))
    }

    fn end_text(&mut self) -> Result<()> {
        if self.text.is_empty() {
            return Ok(());
        }
        let last_row = self.numbers.len() - ROW_LENGTH;
        self.numbers[last_row + LAST_OF_TEXT] = 1.0;
        // The text is ASCII, so the engine need not decode it.
        let text = self.env.create_string_latin1(&self.text)?;
        self.text.clear();
        self.events.insert(text)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.events.len() == 0 && self.text.is_empty()
    }

    /// Pushes the end of the stream.
    pub(crate) fn push_end(&mut self) -> Result<()> {
        self.end_text()?;
        self.events.insert(NativeEvent::end())
    }

    pub(crate) fn finish(mut self) -> Result<NativeEvents<'env>> {
        self.end_text()?;
        Ok(NativeEvents {
            events: self.events,
            numbers: (!self.numbers.is_empty()).then(|| Float64Array::new(self.numbers)),
        })
    }
}

/// `None` for a resync, and for a payload whose fields JavaScript cannot cut out of its text: one
/// with escape sequences, or beyond ASCII.
fn text_and_row(note: &Notification, member: Option<u32>) -> Option<(&str, [f64; ROW_LENGTH])> {
    let payload = note.payload()?;
    let text = payload.raw();
    if !text.is_ascii() {
        return None;
    }
    let expires_at = payload.subscription_expires_at();
    let mut row = [0.0; ROW_LENGTH];
    row[0] = number(note.coalesced());
    row[1] = time::unix_milliseconds(note.received_at());
    row[2] = expires_at.map_or(f64::NAN, time::unix_milliseconds);
    row[3] = member.map_or(f64::NAN, f64::from);
    for (field, place) in fields(payload)
        .into_iter()
        .zip(row[PLACES..].chunks_exact_mut(2))
    {
        let (start, end) = match field {
            Some(field) => place_in(text, field)?,
            None => (-1.0, -1.0),
        };
        place.copy_from_slice(&[start, end]);
    }
    Some((text, row))
}

fn fields(payload: &Payload) -> [Option<&str>; FIELDS] {
    [
        Some(payload.raw()),
        payload.subscription_id(),
        payload.client_state(),
        payload.tenant_id(),
        payload.site_url(),
        payload.web_id(),
        payload.list_id(),
    ]
}

/// The place of `field` in `text`; `None` if it is not a slice of `text`.
fn place_in(text: &str, field: &str) -> Option<(f64, f64)> {
    let start = field.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    let end = start + field.len();
    (end <= text.len()).then(|| (number(start as u64), number(end as u64)))
}
