//! The task of a session: does what the machine says, and tells it what came of it.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Fuse, FusedFuture, join};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, Sleep, sleep_until};

use super::delivery::Delivery;
use super::machine::{Action, Input, Machine};
use super::transport::{Link, Transport};
use crate::{DisconnectReason, Error, ErrorKind, Lifecycle};

pub(super) struct Driver<T: Transport> {
    transport: Arc<T>,
    machine: Machine,
    delivery: Delivery,
    /// Told once, when the session is live or has failed to become it.
    started: Option<oneshot::Sender<Result<(), Error>>>,
    was_live: bool,
    /// Dropped with the task, however that ends: then the handle knows.
    _ended: watch::Sender<()>,
    endpoint: Option<Arc<T::Endpoint>>,
    /// Boxed, for the sake of those that have none.
    link: Option<Box<T::Link>>,
    /// What was opened and not yet adopted.
    opened: Option<Box<T::Link>>,
    /// What is under way beside the connection.
    operation: Fuse<BoxFuture<'static, Outcome<T>>>,
    /// The goodbye of a connection that another has replaced.
    farewell: Fuse<BoxFuture<'static, bool>>,
}

enum Outcome<T: Transport> {
    Acquired(Result<(T::Endpoint, Duration), Error>),
    Opened(Result<Box<T::Link>, Error>),
}

/// What the task's loop has to see to.
enum Occurrence<T: Transport> {
    Input(Input),
    Outcome(Outcome<T>),
    Slept,
    /// Nothing but a changed time to wait for.
    None,
}

pub(super) struct Channels {
    pub(super) started: oneshot::Sender<Result<(), Error>>,
    pub(super) stopped: watch::Receiver<()>,
    pub(super) ended: watch::Sender<()>,
}

/// The session's task: it ends with the session.
///
/// What it is made of stands in it once, and not in the arguments of an async function as well: most
/// sessions are idle, and there may be thousands.
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
        _ended: channels.ended,
        endpoint: None,
        link: None,
        opened: None,
        operation: Fuse::terminated(),
        farewell: Fuse::terminated(),
    };
    let mut stopped = channels.stopped;
    async move { driver.run(&mut stopped).await }
}

impl<T: Transport> Driver<T> {
    async fn run(&mut self, stopped: &mut watch::Receiver<()>) {
        let mut slept = self.transport.slept();
        let mut asleep = *slept.borrow_and_update();
        // One timer that is moved: to register one anew for each event would cost more than the
        // event itself.
        let mut timer = pin!(sleep_until(Instant::now()));
        self.acquire();
        loop {
            let due = self.machine.next_due();
            set_timer(timer.as_mut(), due.as_ref().map(|(at, _)| *at));
            let occurrence = tokio::select! {
                biased;
                // An error means that the handle was dropped, which is as good as closing it.
                _ = stopped.changed() => Occurrence::Input(Input::CloseRequested),
                outcome = &mut self.operation => Occurrence::Outcome(outcome),
                Ok(()) = slept.changed() => Occurrence::Slept,
                () = timer.as_mut(), if due.is_some() => due_input(due),
                whole = &mut self.farewell => if whole {
                    Occurrence::None
                } else {
                    Occurrence::Input(Input::CatchUpFailed)
                },
                reason = deliver_events(&mut self.link, &self.delivery) => {
                    Occurrence::Input(Input::Ended(reason))
                }
            };
            let input = match occurrence {
                Occurrence::Input(input) => input,
                Occurrence::Outcome(outcome) => self.settle(outcome),
                Occurrence::Slept => {
                    let total = *slept.borrow_and_update();
                    let input = self.wake(total.saturating_sub(asleep));
                    asleep = total;
                    input
                }
                Occurrence::None => continue,
            };
            if self.step(input).await.is_break() {
                return;
            }
        }
    }

    fn settle(&mut self, outcome: Outcome<T>) -> Input {
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

    fn wake(&mut self, asleep: Duration) -> Input {
        tracing::info!(?asleep, "the machine was asleep");
        if let Some(link) = &mut self.link {
            link.woke(asleep);
        }
        Input::SystemSlept { asleep }
    }

    async fn step(&mut self, input: Input) -> std::ops::ControlFlow<()> {
        if let Input::Ended(reason) = &input {
            // One that has announced its end gets a goodbye; the others are gone.
            match reason {
                DisconnectReason::ServerDisconnect { .. } => self.retire(Retired::Lost),
                _ => self.link = None,
            }
        }
        let actions = self.machine.handle(input, Instant::now());
        self.delivery.stats.set_state(self.machine.state().into());
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
                    self.delivery.sink.close();
                    Box::pin(self.say_goodbye()).await;
                    return std::ops::ControlFlow::Break(());
                }
            }
        }
        // Of a state that wanted none.
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
            let endpoint = endpoint.expect("the machine opens what was acquired");
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

    /// Says goodbye to the connection beside everything else. What it still brings is delivered:
    /// it was on its way before its successor was live.
    fn retire(&mut self, retired: Retired) {
        let Some(mut link) = self.link.take() else {
            return;
        };
        let delivery = self.delivery.clone();
        let before = std::mem::replace(&mut self.farewell, Fuse::terminated());
        self.farewell = async move {
            // An end that is announced now is nobody's.
            let deliver = |event| {
                let _ = delivery.deliver(event, str::to_owned);
                delivery.sink.wake();
            };
            let goodbye = async {
                let whole = match retired {
                    Retired::Replaced => link.catch_up(deliver).await,
                    // A gap follows anyway.
                    Retired::Lost => true,
                };
                link.close(deliver).await;
                whole
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
            | Lifecycle::Disconnected { .. }
            | Lifecycle::Unavailable { .. }
            | Lifecycle::Ended { .. } => {}
        }
        self.delivery.emit(change);
    }

    fn fail(&mut self, error: Error) {
        tracing::error!(resource = %self.delivery.resource, %error, "the subscription has ended");
        if let Some(started) = self.started.take() {
            let _ = started.send(Err(error.clone()));
        }
        self.delivery.sink.fail(error);
    }

    /// Takes more room than all else that a session waits for: boxed by those who call it.
    async fn say_goodbye(&mut self) {
        self.operation = Fuse::terminated();
        let mailbox_is_closed = |_| ();
        if let Some(link) = self.link.take() {
            link.close(mailbox_is_closed).await;
        }
        if !self.farewell.is_terminated() {
            (&mut self.farewell).await;
        }
    }
}

impl<T: Transport> Drop for Driver<T> {
    fn drop(&mut self) {
        self.delivery.stats.set_state(super::SessionState::Closed);
        // Only a runtime that stops under the session gets here without an end: without this the
        // consumer would wait for ever on a subscription that looks alive.
        self.delivery.sink.fail(Error::new(
            ErrorKind::State,
            "the async runtime of this subscription was shut down",
        ));
    }
}

/// What becomes of a connection that gets a goodbye.
#[derive(Debug, Clone, Copy)]
enum Retired {
    /// Another one is live.
    Replaced,
    Lost,
}

/// So many events are delivered before the consumer hears of the first: one that wakes for each
/// costs more than all else that is done for it. While it is read, a burst takes some hundred
/// microseconds, and it ends when nothing more is there to be read.
const BURST: u32 = 256;

/// Delivers what comes until the connection ends; for ever if there is none.
async fn deliver_events<L: Link>(
    link: &mut Option<Box<L>>,
    delivery: &Delivery,
) -> DisconnectReason {
    let Some(link) = link else {
        return std::future::pending().await;
    };
    let mut unheard = 0;
    loop {
        let next = if let Some(next) = link.next_event().now_or_never() {
            next
        } else {
            delivery.sink.wake();
            unheard = 0;
            link.next_event().await
        };
        let told = next.and_then(|event| delivery.deliver(event, |text| link.told(text)));
        unheard += 1;
        if told.is_err() || unheard == BURST {
            delivery.sink.wake();
            unheard = 0;
        }
        if let Err(reason) = told {
            return reason;
        }
    }
}

fn due_input<T: Transport>(due: Option<(Instant, Input)>) -> Occurrence<T> {
    due.map_or(Occurrence::None, |(_, input)| Occurrence::Input(input))
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
