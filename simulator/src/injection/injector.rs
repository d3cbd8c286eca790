//! The faults that were set, and the connections they may act on.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Serialize;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::behaviour::Expiry;
use crate::fault::{Action, Answer, Fault, InvalidFault, Stage, Target, When};
use crate::service::lock;
use crate::wire::{Effect, End, Exchange, Line, Protocol};

/// Faults remembered. One that can do nothing more makes room for another.
const MOST: usize = 1000;

/// Connections kept open that nobody serves any more. Each costs a file descriptor.
const MOST_HIDDEN: usize = 1000;

/// The name of a fault that was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct FaultId(u64);

impl FaultId {
    /// The id that `POST /_simulator/faults` answered.
    pub fn new(id: u64) -> Self {
        Self(id)
    }
}

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A fault that was set, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FaultStatus {
    /// Its name.
    pub id: FaultId,
    /// As it was set.
    pub fault: Fault,
    /// How many connections, requests or URLs it acted on so far.
    pub acted: u64,
    /// It will act on no more, and changes none any longer.
    pub done: bool,
}

pub(crate) struct Faults {
    /// Whose join is refused.
    namespace: &'static str,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    last_fault: u64,
    last_line: u64,
    set: BTreeMap<FaultId, Set>,
    lines: BTreeMap<u64, Arc<Line>>,
    /// Lines that the service has given up and whose client must not notice.
    hidden: VecDeque<u64>,
}

struct Set {
    fault: Fault,
    /// `None` for what concerns requests or URLs.
    effect: Option<Effect>,
    acted: u64,
    to_skip: u32,
    released: CancellationToken,
}

impl Set {
    fn used_up(&self) -> bool {
        let times = self.fault.times.map(u64::from);
        times.is_some_and(|times| self.acted >= times)
    }

    /// Whether it may act on what is requested from now on.
    fn awaits(&self) -> bool {
        self.fault.when != When::Now && !self.used_up()
    }

    /// Counts a match; true if it is one to act on.
    fn takes(&mut self) -> bool {
        if self.used_up() {
            return false;
        }
        if self.to_skip > 0 {
            self.to_skip -= 1;
            return false;
        }
        self.acted += 1;
        true
    }

    fn is_about(&self, exchange: &Exchange) -> bool {
        let fault = &self.fault;
        let on = match fault.on {
            Target::All => true,
            Target::Graph => exchange.protocol == Protocol::Graph,
            Target::Endpoint => exchange.endpoint,
            Target::Delta => exchange.delta,
            Target::Socket => exchange.protocol == Protocol::Socket,
        };
        let for_sockets = fault.action.needs_socket() || fault.stage() > Stage::Request;
        let possible = exchange.protocol == Protocol::Socket || !for_sockets;
        on && possible && self.is_about_drive(exchange.drive.as_deref())
    }

    fn is_about_drive(&self, drive: Option<&str>) -> bool {
        self.fault.drive.is_none() || self.fault.drive.as_deref() == drive
    }
}

impl Faults {
    pub(crate) fn new(namespace: &'static str) -> Arc<Self> {
        Arc::new(Self {
            namespace,
            inner: Mutex::default(),
        })
    }

    pub(crate) fn accept(&self, stream: TcpStream) -> Arc<Line> {
        let mut inner = lock(&self.inner);
        inner.last_line += 1;
        let line = Line::new(inner.last_line, stream);
        inner.lines.insert(line.id, Arc::clone(&line));
        line
    }

    /// The service is done with a connection.
    pub(crate) fn leave(&self, line: &Line) {
        // Locked first: a fault that is released meanwhile must find the line or let it go.
        let mut inner = lock(&self.inner);
        if line.abandon() {
            inner.lines.remove(&line.id);
            return;
        }
        inner.hidden.push_back(line.id);
        if inner.hidden.len() > MOST_HIDDEN
            && let Some(oldest) = inner.hidden.pop_front()
            && let Some(line) = inner.lines.remove(&oldest)
        {
            line.end(End::Cut);
        }
    }

    /// The simulator ends, and with it every connection.
    pub(crate) fn sever(&self) {
        let lines = std::mem::take(&mut lock(&self.inner).lines);
        for line in lines.values() {
            line.sever();
        }
    }

    /// Sets a fault, which was checked, and lets it act on what is there. `expire` is asked to act
    /// on the URLs that are out if it concerns them; it answers how many.
    pub(crate) fn set(
        &self,
        fault: Fault,
        expire: impl FnOnce(&Fault) -> u64,
    ) -> Result<(FaultId, u64, CancellationToken), InvalidFault> {
        let mut inner = lock(&self.inner);
        inner.make_room()?;
        inner.last_fault += 1;
        let id = FaultId(inner.last_fault);
        let mut set = Set {
            effect: fault.effect(id, self.namespace),
            to_skip: fault.skip,
            acted: 0,
            released: CancellationToken::new(),
            fault,
        };
        if set.fault.when != When::Next {
            if matches!(set.fault.action, Action::Expire { .. }) {
                set.acted = expire(&set.fault);
                if set.acted > 0 {
                    set.to_skip = 0;
                }
            }
            for line in inner.lines.values() {
                act_on_live(&mut set, line);
            }
        }
        let (acted, released) = (set.acted, set.released.clone());
        inner.set.insert(id, set);
        Ok((id, acted, released))
    }

    /// A request arrived. Lets the faults act that wait for such, and answers with the answer that
    /// one of them has for it.
    pub(crate) fn begin(&self, line: &Line, exchange: &Exchange) -> Option<Answer> {
        let mut inner = lock(&self.inner);
        line.begin(Some(exchange.clone()));
        let mut answer = None;
        let waiting = inner.set.values_mut().filter(|set| set.awaits());
        for set in waiting.filter(|set| set.is_about(exchange)) {
            match (&set.effect, &set.fault.action) {
                (Some(effect), _) => {
                    let effect = effect.clone();
                    if set.takes() {
                        line.attach(effect);
                    }
                }
                // The first one answers; the others wait for their own turn.
                (None, Action::Answer(given)) if answer.is_none() => {
                    let given = given.clone();
                    answer = set.takes().then_some(given);
                }
                _ => {}
            }
        }
        answer
    }

    /// What a fault makes of the expiry of a URL that is being issued.
    pub(crate) fn expiry(&self, drive: &str) -> Option<Expiry> {
        let mut inner = lock(&self.inner);
        let mut waiting = inner.set.values_mut().filter(|set| set.awaits());
        waiting.find_map(|set| {
            let Action::Expire {
                ms,
                then,
                announced,
            } = set.fault.action
            else {
                return None;
            };
            let taken = set.is_about_drive(Some(drive)) && set.takes();
            taken.then_some(Expiry {
                after: Duration::from_millis(ms),
                then,
                announced,
            })
        })
    }

    pub(crate) fn list(&self) -> Vec<FaultStatus> {
        let inner = lock(&self.inner);
        let done = inner.done();
        let statuses = inner.set.iter().map(|(id, set)| FaultStatus {
            id: *id,
            fault: set.fault.clone(),
            acted: set.acted,
            done: done.contains(id),
        });
        statuses.collect()
    }

    /// Forgets a fault and ends what it does. False if there is none of this id.
    pub(crate) fn release(&self, id: FaultId) -> bool {
        let mut inner = lock(&self.inner);
        let Some(set) = inner.set.remove(&id) else {
            return false;
        };
        set.released.cancel();
        inner.lines.retain(|_, line| !line.release(id));
        true
    }

    /// Forgets them all; answers how many there were.
    pub(crate) fn release_all(&self) -> usize {
        let ids: Vec<_> = lock(&self.inner).set.keys().copied().collect();
        ids.into_iter().filter(|id| self.release(*id)).count()
    }
}

impl Inner {
    fn done(&self) -> HashSet<FaultId> {
        let over = self.set.iter().filter(|(id, set)| {
            !set.awaits() && !self.lines.values().any(|line| line.suffers(**id))
        });
        over.map(|(id, _)| *id).collect()
    }

    fn make_room(&mut self) -> Result<(), InvalidFault> {
        if self.set.len() < MOST {
            return Ok(());
        }
        let done = self.done();
        self.set.retain(|id, _| !done.contains(id));
        if self.set.len() < MOST {
            return Ok(());
        }
        let reason = format!("{MOST} faults are set: release some");
        Err(InvalidFault::new(".", reason))
    }
}

fn act_on_live(set: &mut Set, line: &Line) {
    let Some(effect) = &set.effect else {
        return;
    };
    // What has nothing under way can be ended, and nothing else.
    let ends = effect.kind.ends();
    let effect = effect.clone();
    if line.is(|exchange, idle| set.is_about(exchange) && (ends || !idle)) && set.takes() {
        line.attach(effect);
    }
}
