//! Many events at once, in a form that takes few calls into the engine: a call for each field of
//! each notification would cost more than all else that is done for it.

use drivebell::{Event, Notification, Payload};
use napi::bindgen_prelude::{Array, Float64Array};
use napi::{Env, Result};
use napi_derive::napi;

use crate::event::NativeEvent;
use crate::number::number;
use crate::time;

/// What waits, in order.
#[napi(object, object_from_js = false)]
pub struct NativeEvents<'env> {
    /// A notification is as a rule the text of its payload alone, and has a row of `numbers`.
    #[napi(ts_type = "(string | NativeEvent)[]")]
    pub events: Array<'env>,
    /// A row for each text: how many were merged, when it arrived and when the subscription ends
    /// (as `Date` counts; NaN if that is not known), whose it is in a set (NaN without one), and
    /// where each field begins and ends in the text (-1 if it is absent): `subscriptionId`,
    /// `clientState`, `tenantId`, `siteUrl`, `webId`, `listId`.
    pub numbers: Float64Array,
}

/// A batch that is being filled.
pub(crate) struct Filling<'env> {
    env: &'env Env,
    events: Array<'env>,
    numbers: Vec<f64>,
}

impl<'env> Filling<'env> {
    pub(crate) fn new(env: &'env Env) -> Result<Self> {
        Ok(Self {
            env,
            events: env.create_array(0)?,
            numbers: Vec::new(),
        })
    }

    pub(crate) fn push(
        &mut self,
        event: std::result::Result<Event, drivebell::Error>,
        member: Option<u32>,
    ) -> Result<()> {
        if let Ok(Event::Notification(note)) = &event
            && let Some((text, row)) = text_and_row(note, member)
        {
            self.numbers.extend(row);
            // ASCII: nothing has to be decoded.
            let text = self.env.create_string_latin1(text)?;
            return self.events.insert(text);
        }
        // Nothing for an event that this binding has no words for.
        NativeEvent::new(event, member).map_or(Ok(()), |event| self.events.insert(event))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.events.len() == 0
    }

    /// Nothing follows.
    pub(crate) fn push_end(&mut self) -> Result<()> {
        self.events.insert(NativeEvent::end())
    }

    pub(crate) fn finish(self) -> NativeEvents<'env> {
        NativeEvents {
            events: self.events,
            numbers: Float64Array::new(self.numbers),
        }
    }
}

/// Nothing for a resync, and for a payload of which not every field can be cut out of its text as
/// JavaScript counts: one with escapes, or beyond ASCII.
fn text_and_row(note: &Notification, member: Option<u32>) -> Option<(&str, [f64; 16])> {
    let payload = note.payload()?;
    let text = payload.raw();
    if !text.is_ascii() {
        return None;
    }
    let expires_at = payload.subscription_expires_at();
    let mut row = [0.0; 16];
    row[0] = number(note.coalesced());
    row[1] = time::unix_milliseconds(note.received_at());
    row[2] = expires_at.map_or(f64::NAN, time::unix_milliseconds);
    row[3] = member.map_or(f64::NAN, f64::from);
    for (field, place) in fields(payload)
        .into_iter()
        .zip(row[4..].chunks_exact_mut(2))
    {
        let (start, end) = match field {
            Some(field) => place_in(text, field)?,
            None => (-1.0, -1.0),
        };
        place.copy_from_slice(&[start, end]);
    }
    Some((text, row))
}

fn fields(payload: &Payload) -> [Option<&str>; 6] {
    [
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
