//! What a worker hears while it waits, and what it shows of itself.

use std::pin::pin;
use std::time::SystemTime;

use tokio::time::Instant;

use super::item::Item;
use super::outlet::Outlet;
use super::push::{Bell, Pushed};
use super::source::Source;
use super::status::ChangesState;
use super::worker::{End, Worker};
use crate::{Error, Event, Lifecycle, NotificationKind};

impl<S: Source, B: Bell, O: Outlet> Worker<S, B, O> {
    /// Awaits a future, and keeps the schedule up to date meanwhile.
    pub(super) async fn listen_during<F: Future>(&mut self, future: F) -> Result<F::Output, End> {
        let mut future = pin!(future);
        loop {
            tokio::select! {
                biased;
                () = self.control.closed() => return Err(End::Closed),
                () = self.outlet.closed() => return Err(End::Closed),
                output = &mut future => return Ok(output),
                pushed = self.push.next() => self.take(pushed)?,
                () = self.control.hinted() => self.hinted(),
                Ok(()) = self.signing_in.changed() => self.sign_in_changed(),
            }
        }
    }

    /// The program was told of a change by another way.
    pub(super) fn hinted(&mut self) {
        self.control.status.count(|stats| stats.hints += 1);
        self.schedule.hint(Instant::now());
    }

    /// A subscription tells it by itself.
    pub(super) fn sign_in_changed(&mut self) {
        if *self.signing_in.borrow_and_update() && !self.push.is_on() {
            self.emit(Lifecycle::SigningIn);
        }
    }

    pub(super) fn take(&mut self, pushed: Pushed) -> Result<(), End> {
        match pushed {
            Pushed::Closed => Err(End::Closed),
            Pushed::Failed(error) => Err(End::Failed(error)),
            Pushed::Refused(change) => {
                tracing::warn!(
                    resource = %self.resource,
                    label = self.label.as_str(),
                    error = change.error().map(Error::message),
                    help_url = change.help_url(),
                    "polling without notifications"
                );
                self.set_live(false);
                // Only where the delta query is served, push alone is refused.
                if self.has_succeeded && !self.is_failing {
                    self.emit(change);
                } else {
                    self.refused_push = Some(change);
                }
                Ok(())
            }
            Pushed::Event(event) => {
                self.take_event(event);
                Ok(())
            }
        }
    }

    fn take_event(&mut self, event: Event) {
        let now = Instant::now();
        match event {
            Event::Notification(notification) => match notification.kind() {
                NotificationKind::Changed => {
                    self.control.status.count(|stats| stats.notifications += 1);
                    self.hearing.notification(now);
                    self.schedule.hint(now);
                }
                NotificationKind::Resync => self.schedule.resync(now),
            },
            Event::Lifecycle { change, .. } => {
                match &change {
                    Lifecycle::Connected => {
                        self.refused_push = None;
                        if std::mem::replace(&mut self.was_live, true) {
                            self.control.status.count(|stats| stats.reconnects += 1);
                        }
                        self.set_live(true);
                    }
                    Lifecycle::Renewed => {
                        self.control.status.count(|stats| stats.renewals += 1);
                        self.schedule.renewed(now);
                    }
                    Lifecycle::Disconnected { .. } => self.set_live(false),
                    Lifecycle::SigningIn
                    | Lifecycle::Unavailable { .. }
                    | Lifecycle::QueryFailed { .. }
                    | Lifecycle::PushRefused { .. }
                    | Lifecycle::Ended { .. } => {}
                }
                self.emit(change);
            }
        }
    }

    /// Tells the connection from one that only seems to be live.
    pub(super) fn judge_hearing(&mut self, items: &[Item], graph_now: SystemTime) {
        let Some(limit) = self.options.deaf_after else {
            return;
        };
        let now = Instant::now();
        if self.hearing.is_deaf(items, limit, graph_now, now) {
            tracing::warn!(
                resource = %self.resource,
                label = self.label.as_str(),
                "the connection announces nothing; replacing it"
            );
            self.control.status.count(|stats| stats.deaf += 1);
            self.hearing.set_live(false, now);
            self.push.leave_deaf();
        }
    }

    pub(super) fn emit(&self, change: Lifecycle) {
        self.events.push(Event::Lifecycle {
            change,
            coalesced: 0,
        });
    }

    fn set_live(&mut self, live: bool) {
        let now = Instant::now();
        self.is_live = live;
        self.hearing.set_live(live, now);
        self.schedule.set_live(live, now);
        self.show_state();
    }

    pub(super) fn set_failing(&mut self, failing: bool) {
        self.is_failing = failing;
        self.show_state();
    }

    pub(super) fn set_enumerates(&mut self, enumerates: bool) {
        self.enumerates = enumerates;
        self.show_state();
    }

    fn show_state(&self) {
        let state = match () {
            () if self.is_failing => ChangesState::Away,
            () if !self.has_succeeded => ChangesState::Starting,
            () if self.enumerates => ChangesState::Enumerating,
            () if self.is_live => ChangesState::Live,
            () => ChangesState::Polling,
        };
        self.control.status.set_state(state);
    }
}
