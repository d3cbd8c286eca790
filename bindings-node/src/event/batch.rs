//! Many events at once, in a form that takes few calls into the engine: a call for each field of
//! each notification would cost more than all else that is done for it.

use drivebell::{Event, Notification, Payload};
use napi::bindgen_prelude::{Array, Float64Array};
use napi::{Env, Result};
use napi_derive::napi;

use crate::event::NativeEvent;
use crate::number::number;
use crate::time;

/// So many bytes of payloads stand in one text, as a rule. Whoever keeps a notification keeps the
/// text, so there must not be too many; and each takes two calls, so there must not be too few.
const TEXT: usize = 4096;

/// The numbers of a notification.
const ROW: usize = 19;
const FIELDS: usize = 7;

/// What waits, in order.
#[napi(object, object_from_js = false)]
pub struct NativeEvents<'env> {
    /// A notification is as a rule in a text that holds the payloads of some, one after the other,
    /// and has a row of `numbers`.
    #[napi(ts_type = "(string | NativeEvent)[]")]
    pub events: Array<'env>,
    /// A row for each such notification: how many were merged, when it arrived and when the
    /// subscription ends (as `Date` counts; NaN if that is not known), whose it is in a set (NaN
    /// without one), whether it is the last of its text, and where the payload and each of its
    /// fields begin and end in the text (-1 if it is absent): `subscriptionId`, `clientState`,
    /// `tenantId`, `siteUrl`, `webId`, `listId`.
    /// Nothing without any, as is the rule of sessions that are idle.
    pub numbers: Option<Float64Array>,
}

/// A batch that is being filled.
pub(crate) struct Filling<'env> {
    env: &'env Env,
    events: Array<'env>,
    numbers: Vec<f64>,
    /// Not handed over yet.
    text: String,
}

impl<'env> Filling<'env> {
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
            if self.text.len() + payload.len() > TEXT {
                self.end_text()?;
            }
            let begin = number(self.text.len() as u64);
            let places = row[5..].iter();
            let moved = places.map(|at| if *at < 0.0 { *at } else { at + begin });
            self.numbers.extend(row[..5].iter().copied().chain(moved));
            self.text.push_str(payload);
            return Ok(());
        }
        self.end_text()?;
        // Nothing for an event that this binding has no words for.
        NativeEvent::new(event, member).map_or(Ok(()), |event| self.events.insert(event))
    }

    fn end_text(&mut self) -> Result<()> {
        if self.text.is_empty() {
            return Ok(());
        }
        let last = self.numbers.len() - ROW;
        self.numbers[last + 4] = 1.0;
        // ASCII: nothing has to be decoded.
        let text = self.env.create_string_latin1(&self.text)?;
        self.text.clear();
        self.events.insert(text)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.events.len() == 0 && self.text.is_empty()
    }

    /// Nothing follows.
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

/// Nothing for a resync, and for a payload of which not every field can be cut out of its text as
/// JavaScript counts: one with escapes, or beyond ASCII.
fn text_and_row(note: &Notification, member: Option<u32>) -> Option<(&str, [f64; ROW])> {
    let payload = note.payload()?;
    let text = payload.raw();
    if !text.is_ascii() {
        return None;
    }
    let expires_at = payload.subscription_expires_at();
    let mut row = [0.0; ROW];
    row[0] = number(note.coalesced());
    row[1] = time::unix_milliseconds(note.received_at());
    row[2] = expires_at.map_or(f64::NAN, time::unix_milliseconds);
    row[3] = member.map_or(f64::NAN, f64::from);
    for (field, place) in fields(payload)
        .into_iter()
        .zip(row[5..].chunks_exact_mut(2))
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

/// Where `field` is in the text, if it was cut out of it.
fn place_in(text: &str, field: &str) -> Option<(f64, f64)> {
    let start = field.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    let end = start + field.len();
    (end <= text.len()).then(|| (number(start as u64), number(end as u64)))
}
