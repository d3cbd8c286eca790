//! Subscriptions that the model makes live, deaf or refused.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures_core::Stream;
use tokio::sync::mpsc;

use super::super::push::Bell;
use crate::{DisconnectReason, Error, ErrorKind, Event, Lifecycle, Notification, Resource};

type Pushed = Result<Event, Error>;

/// The subscription of a drive of the model. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct ModelBell(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Of the current subscription.
    events: Option<mpsc::UnboundedSender<Pushed>>,
    live: bool,
    /// Nothing is announced, although it counts as live.
    deaf: bool,
}

impl State {
    fn emit(&self, event: Event) {
        if let Some(events) = &self.events {
            let _ = events.send(Ok(event));
        }
    }

    fn emit_live(&self) {
        self.emit(lifecycle(Lifecycle::Connected));
        let now = SystemTime::UNIX_EPOCH;
        self.emit(Event::Notification(Notification::resync_at(
            &Resource::my_drive(),
            now,
        )));
    }
}

impl ModelBell {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().expect("not poisoned")
    }

    /// Announces a change, if it can.
    pub fn hint(&self) {
        let state = self.state();
        if state.live && !state.deaf {
            Notification::from_event(
                Some("{}".to_owned().into()),
                &Resource::my_drive(),
                SystemTime::UNIX_EPOCH,
                |notification| state.emit(Event::Notification(notification)),
            );
        }
    }

    /// Announces nothing from now on, although it counts as live.
    pub fn go_deaf(&self) {
        self.state().deaf = true;
    }

    /// The connection ends.
    pub fn lose(&self) {
        let mut state = self.state();
        if std::mem::replace(&mut state.live, false) {
            state.emit(lifecycle(Lifecycle::Disconnected {
                reason: DisconnectReason::ConnectionReset,
                retry_in: Duration::ZERO,
            }));
        }
    }

    /// It is live, and hears.
    pub fn regain(&self) {
        let mut state = self.state();
        state.deaf = false;
        if !std::mem::replace(&mut state.live, true) {
            state.emit_live();
        }
    }

    /// A new endpoint hears again.
    pub fn renew(&self) {
        let mut state = self.state();
        state.deaf = false;
        if state.live {
            state.emit(lifecycle(Lifecycle::Renewed));
        }
    }

    /// Graph refuses it.
    pub fn refuse(&self) {
        let error = Error::new(ErrorKind::AccessDenied, "no").with_status(403);
        if let Some(events) = self.state().events.take() {
            let _ = events.send(Err(error));
        }
    }
}

impl Bell for ModelBell {
    type Events = Pin<Box<dyn Stream<Item = Pushed> + Send>>;

    fn subscribe(&self) -> Self::Events {
        let (send, mut receive) = mpsc::unbounded_channel();
        let mut state = self.state();
        state.events = Some(send);
        if state.live {
            state.emit_live();
        }
        Box::pin(futures_util::stream::poll_fn(move |cx| {
            receive.poll_recv(cx)
        }))
    }

    fn leave_deaf(&self, _events: &Self::Events) {
        self.lose();
        self.regain();
    }
}

fn lifecycle(change: Lifecycle) -> Event {
    Event::Lifecycle {
        change,
        coalesced: 0,
    }
}
