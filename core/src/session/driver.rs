//! The task of a session: carries out the machine's actions, and reports their results to it.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Fuse, FusedFuture, join};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, Sleep, sleep_until};

use super::delivery::Delivery;
use super::machine::{Action, Input, Machine};
use super::order::Order;
use super::stats::SessionState;
use super::transport::{Link, Transport};
use crate::redact::REDACTED;
use crate::{DisconnectReason, Error, ErrorKind, Lifecycle};

pub(super) struct Driver<T: Transport> {
    transport: Arc<T>,
    machine: Machine,
    delivery: Delivery,
    /// Receives one value: when the session is live for the first time, or has failed before.
    started: Option<oneshot::Sender<Result<(), Error>>>,
    was_live: bool,
    /// Dropped with the task, however it ends.
    _until_end: Box<dyn Send>,
    endpoint: Option<Arc<T::Endpoint>>,
    /// Boxed, to keep sessions without a connection small.
    link: Option<Box<T::Link>>,
    /// A connection that is opened but not yet adopted.
    opened: Option<Box<T::Link>>,
    /// The attempt to acquire or to open, beside the connection.
    operation: Fuse<BoxFuture<'static, Outcome<T>>>,
    /// The closing of retired connections: true if they have delivered everything.
    retiring: Fuse<BoxFuture<'static, bool>>,
}

enum Outcome<T: Transport> {
    Acquired(Result<(T::Endpoint, Duration), Error>),
    Opened(Result<Box<T::Link>, Error>),
}

pub(super) struct Channels {
    pub(super) started: oneshot::Sender<Result<(), Error>>,
    pub(super) orders: watch::Receiver<Order>,
    pub(super) until_end: Box<dyn Send>,
}

/// The session's task, which ends with the session.
///
/// Not an async function: its future would store each argument twice, and there may be thousands of
/// idle sessions.
pub(super) fn run<T: Transport>(
    transport: T,
    machine: Machine,
    delivery: Delivery,
    channels: Channels,
) -> impl Future<Output = ()> + Send {
    let mut driver = Driver {
        transport: Arc::new(transport),
        machine,
        delivery,
        started: Some(channels.started),
        was_live: false,
        _until_end: channels.until_end,
        endpoint: None,
        link: None,
        opened: None,
        operation: Fuse::terminated(),
        retiring: Fuse::terminated(),
    };
    let mut orders = channels.orders;
    async move { driver.run(&mut orders).await }
}

impl<T: Transport> Driver<T> {
    async fn run(&mut self, orders: &mut watch::Receiver<Order>) {
        let mut slept = self.transport.slept();
        let mut asleep = *slept.borrow_and_update();
        let mut signing_in = self.transport.signing_in();
        // It may have begun before this session.
        signing_in.mark_changed();
        // One timer that is moved: registering a new one for each event would cost more than
        // handling the event.
        let mut timer = pin!(sleep_until(Instant::now()));
        self.delivery.log_start();
        self.acquire();
        loop {
            let due = self.machine.next_due();
            set_timer(timer.as_mut(), due.as_ref().map(|(at, _)| *at));
            let input = tokio::select! {
                biased;
                // An error means that the handle was dropped, which closes the session too.
                changed = orders.changed() => match (changed, *orders.borrow_and_update()) {
                    (Ok(()), Order::LeaveDeaf) => Input::FoundDeaf,
                    (Ok(()), Order::Continue) => continue,
                    (Err(_), _) | (Ok(()), Order::Close) => Input::CloseRequested,
                },
                outcome = &mut self.operation => self.accept(outcome),
                Ok(()) = slept.changed() => {
                    let total = *slept.borrow_and_update();
                    let before = std::mem::replace(&mut asleep, total);
                    self.system_slept(total.saturating_sub(before))
                }
                Ok(()) = signing_in.changed() => Input::SigningIn(*signing_in.borrow_and_update()),
                () = timer.as_mut(), if due.is_some() => match due {
                    Some((_, input)) => input,
                    None => continue,
                },
                complete = &mut self.retiring => if complete {
                    continue;
                } else {
                    Input::CatchUpFailed
                },
                reason = deliver_events(&mut self.link, &self.delivery) => Input::Ended(reason),
            };
            if self.step(input).await.is_break() {
                return;
            }
        }
    }

    fn accept(&mut self, outcome: Outcome<T>) -> Input {
        match outcome {
            Outcome::Acquired(Ok((endpoint, lifetime))) => {
                self.endpoint = Some(Arc::new(endpoint));
                Input::Acquired { lifetime }
            }
            Outcome::Acquired(Err(error)) => Input::AcquireFailed(error),
            Outcome::Opened(Ok(link)) => {
                self.opened = Some(link);
                Input::Opened
            }
            Outcome::Opened(Err(error)) => Input::OpenFailed(error),
        }
    }

    fn system_slept(&mut self, asleep: Duration) -> Input {
        tracing::info!(
            resource = %self.delivery.resource,
            label = self.delivery.label.as_str(),
            asleep = asleep.as_secs_f64(),
            "the machine was asleep"
        );
        if let Some(link) = &mut self.link {
            link.add_time_asleep(asleep);
        }
        Input::SystemSlept { asleep }
    }

    async fn step(&mut self, input: Input) -> std::ops::ControlFlow<()> {
        if let Input::Ended(reason) = &input {
            // Only a connection whose end was announced still needs a goodbye.
            match reason {
                DisconnectReason::ServerDisconnect { .. } => self.retire(Retired::Lost),
                _ => self.link = None,
            }
        }
        let actions = self.machine.handle(input, Instant::now());
        self.delivery.stats.set_state(self.machine.session_state());
        for action in actions {
            match action {
                Action::Acquire => self.acquire(),
                Action::Open => self.open(),
                Action::Cancel => self.operation = Fuse::terminated(),
                Action::Adopt => self.adopt(),
                Action::Retire => self.retire(Retired::Lost),
                Action::Emit(change) => self.emit(change),
                Action::EmitGap => self.delivery.emit_gap(),
                Action::Fail(error) => {
                    self.fail(error);
                    Box::pin(self.say_goodbye()).await;
                    return std::ops::ControlFlow::Break(());
                }
                Action::Finish => {
                    self.delivery.log_close();
                    self.delivery.sink.close();
                    Box::pin(self.say_goodbye()).await;
                    return std::ops::ControlFlow::Break(());
                }
            }
        }
        // A connection that the machine did not adopt is not wanted.
        self.opened = None;
        std::ops::ControlFlow::Continue(())
    }

    fn acquire(&mut self) {
        let transport = Arc::clone(&self.transport);
        self.operation = async move { Outcome::Acquired(transport.acquire().await) }
            .boxed()
            .fuse();
    }

    fn open(&mut self) {
        let (transport, endpoint) = (Arc::clone(&self.transport), self.endpoint.clone());
        self.operation = async move {
            let endpoint = endpoint.expect("the machine acquires before it opens");
            Outcome::Opened(transport.open(&endpoint).await.map(Box::new))
        }
        .boxed()
        .fuse();
    }

    fn adopt(&mut self) {
        self.retire(Retired::Replaced);
        self.link = self.opened.take();
        if let Some(started) = self.started.take() {
            let _ = started.send(Ok(()));
        }
    }

    /// Closes the connection in the background. Events that still arrive are delivered: the server
    /// sent them before the next connection was live.
    fn retire(&mut self, retired: Retired) {
        let Some(mut link) = self.link.take() else {
            return;
        };
        let delivery = self.delivery.clone();
        let before = std::mem::replace(&mut self.retiring, Fuse::terminated());
        self.retiring = async move {
            // An end that is announced now has no connection to end any more. The connection, which is
            // borrowed, knows what of a text may be shown.
            let deliver = |event| {
                let _ = delivery.deliver(event, |_| REDACTED.to_owned());
                delivery.sink.wake();
            };
            let goodbye = async {
                let complete = match retired {
                    Retired::Replaced => link.catch_up(deliver).await,
                    // A resync follows in any case.
                    Retired::Lost => true,
                };
                link.close(deliver).await;
                complete
            };
            if before.is_terminated() {
                return goodbye.await;
            }
            let (this, that) = join(goodbye, before).await;
            this && that
        }
        .boxed()
        .fuse();
    }

    fn emit(&mut self, change: Lifecycle) {
        match &change {
            Lifecycle::Renewed => self.delivery.stats.count_renewal(),
            Lifecycle::Connected if std::mem::replace(&mut self.was_live, true) => {
                self.delivery.stats.count_reconnect();
            }
            Lifecycle::Connected
            | Lifecycle::SigningIn
            | Lifecycle::Disconnected { .. }
            | Lifecycle::Unavailable { .. }
            | Lifecycle::QueryFailed { .. }
            | Lifecycle::PushRefused { .. }
            | Lifecycle::Ended { .. } => {}
        }
        self.delivery.emit(change);
    }

    fn fail(&mut self, error: Error) {
        let error = error.with_label(&self.delivery.label);
        self.delivery.log_end(&error);
        if let Some(started) = self.started.take() {
            let _ = started.send(Err(error.clone()));
        }
        self.delivery.sink.fail(error);
    }

    /// Closes every connection. Callers box the future, because it is larger than all the others
    /// that a session waits for.
    async fn say_goodbye(&mut self) {
        self.operation = Fuse::terminated();
        let discard = |_| ();
        if let Some(link) = self.link.take() {
            link.close(discard).await;
        }
        if !self.retiring.is_terminated() {
            (&mut self.retiring).await;
        }
    }
}

impl<T: Transport> Drop for Driver<T> {
    fn drop(&mut self) {
        self.delivery.stats.set_state(SessionState::Closed);
        // A session that has ended is not affected. One whose runtime stops has not ended: without
        // this its consumer would wait for ever.
        let problem = if std::thread::panicking() {
            "this subscription panicked, which is a bug in drivebell; please report it"
        } else {
            "the async runtime of this subscription was shut down"
        };
        self.delivery
            .sink
            .fail(Error::new(ErrorKind::State, problem));
    }
}

/// Why a connection is closed while the session continues.
#[derive(Debug, Clone, Copy)]
enum Retired {
    /// Another connection is live.
    Replaced,
    Lost,
}

/// Deliver up to this many events per wake-up; waking for each costs more than handling it. Reading
/// that many takes some hundred microseconds, and stops as soon as no more are there.
const BURST: u32 = 256;

/// Delivers events until the connection ends; waits for ever without a connection.
async fn deliver_events<L: Link>(
    link: &mut Option<Box<L>>,
    delivery: &Delivery,
) -> DisconnectReason {
    let Some(link) = link else {
        return std::future::pending().await;
    };
    let mut since_wake = 0;
    loop {
        let next = if let Some(next) = link.next_event().now_or_never() {
            next
        } else {
            delivery.sink.wake();
            since_wake = 0;
            link.next_event().await
        };
        let delivered = next.and_then(|event| delivery.deliver(event, |text| link.redact(text)));
        since_wake += 1;
        if delivered.is_err() || since_wake == BURST {
            delivery.sink.wake();
            since_wake = 0;
        }
        if let Err(reason) = delivered {
            return reason;
        }
    }
}

fn set_timer(timer: Pin<&mut Sleep>, due: Option<Instant>) {
    if let Some(due) = due
        && timer.deadline() != due
    {
        timer.reset(due);
    }
}

#[cfg(test)]
#[path = "driver_tests.rs"]
mod tests;
