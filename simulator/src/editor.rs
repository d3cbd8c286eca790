//! Changes random drives for as long as a test lasts, and records what it did and when.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::drive::{Drive, DriveError};
use crate::graph;
use crate::lock::lock;
use crate::random::Random;
use crate::service::Service;

const TICK: Duration = Duration::from_millis(5);
const MAX_RATE: f64 = 10_000.0;

/// Of each drive, so many items of its own are changed again or deleted.
const REMEMBERED: usize = 64;

/// What is changed, and how often.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Orders {
    /// Changes a second, over all drives.
    rate: f64,
    /// The ids of the drives.
    drives: Vec<String>,
    #[serde(default)]
    seed: u64,
}

/// A change, as the control API shows it: `[micros, drive, item, eTag]`. The eTag is null for a
/// deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Edit(i64, String, String, Option<String>);

#[derive(Default)]
pub(crate) struct Editor {
    record: Mutex<Vec<Edit>>,
    running: Mutex<Option<CancellationToken>>,
}

impl Editor {
    /// At most `limit` edits, without the first `after`.
    pub(crate) fn page(&self, after: usize, limit: usize) -> Vec<Edit> {
        let record = lock(&self.record);
        record.iter().skip(after).take(limit).cloned().collect()
    }

    /// Returns how many edits there have been. Afterwards there is none.
    pub(crate) fn stop(&self) -> usize {
        if let Some(running) = lock(&self.running).take() {
            running.cancel();
        }
        lock(&self.record).len()
    }
}

impl Service {
    /// Takes the place of what the editor did before.
    pub(crate) fn start_editor(self: &Arc<Self>, orders: Orders) -> Result<(), String> {
        if !(orders.rate > 0.0 && orders.rate <= MAX_RATE) {
            return Err(format!("rate is not above 0 and at most {MAX_RATE}"));
        }
        if orders.drives.is_empty() {
            return Err("drives is empty".to_owned());
        }
        let unknown = |id: &&String| !self.drives.contains(id);
        if let Some(id) = orders.drives.iter().find(unknown) {
            return Err(format!("no drive has the id {id:?}"));
        }
        let stop = self.stop.child_token();
        if let Some(before) = lock(&self.editor.running).replace(stop.clone()) {
            before.cancel();
        }
        tokio::spawn(edit_until(Arc::clone(self), orders, stop));
        Ok(())
    }
}

async fn edit_until(service: Arc<Service>, orders: Orders, stop: CancellationToken) {
    let rate = orders.rate;
    let mut hand = Hand::new(orders.seed, orders.drives);
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = Instant::now();
    let mut due = 0.0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        due += last.elapsed().as_secs_f64() * rate;
        last = Instant::now();
        while due >= 1.0 {
            due -= 1.0;
            // With the record, so that nobody who has stopped it finds another edit.
            let mut record = lock(&service.editor.record);
            if stop.is_cancelled() {
                return;
            }
            record.extend(hand.edit(&service));
        }
    }
}

/// Decides what to change next.
struct Hand {
    random: Random,
    number: u64,
    drives: Vec<String>,
    own_items: HashMap<String, Vec<String>>,
}

impl Hand {
    fn new(seed: u64, drives: Vec<String>) -> Self {
        Self {
            random: Random::new(seed, "editor"),
            number: 0,
            drives,
            own_items: HashMap::new(),
        }
    }

    /// Half of the edits create a file, the others rename, replace or delete one.
    fn edit(&mut self, service: &Service) -> Option<Edit> {
        let drive_id = self.drives[self.random.below(self.drives.len())].clone();
        let items = self.own_items.entry(drive_id.clone()).or_default();
        self.number += 1;
        let mut drive = lock(service.drives.get(&drive_id)?);
        let chosen = self.random.below(2 * items.len().max(1));
        let edited = match items.get(chosen) {
            None => {
                let created = create(&mut drive, self.number);
                if let Ok((id, _)) = &created {
                    items.push(id.clone());
                    if items.len() > REMEMBERED {
                        items.remove(0);
                    }
                }
                created
            }
            Some(id) => match self.random.below(5) {
                0 | 1 => rename(&mut drive, id, self.number),
                2 | 3 => replace(&mut drive, id, self.number),
                _ => delete(&mut drive, &items.remove(chosen)),
            },
        };
        let at = clock::unix_microseconds();
        drop(drive);
        service.announcer.announce(&drive_id, 1);
        let (id, e_tag) = edited.ok()?;
        Some(Edit(at, drive_id, id, e_tag))
    }
}

type Edited = Result<(String, Option<String>), DriveError>;

fn create(drive: &mut Drive, number: u64) -> Edited {
    let name = format!("edited-{number}.txt");
    let (item, _) = drive.put("root", &[name], content(number))?;
    let item = item.clone();
    Ok((drive.id_of(&item), Some(graph::e_tag(drive, &item))))
}

fn rename(drive: &mut Drive, id: &str, number: u64) -> Edited {
    let (item, _) = drive.update(id, Some(&format!("renamed-{number}.txt")), None)?;
    let item = item.clone();
    Ok((id.to_owned(), Some(graph::e_tag(drive, &item))))
}

fn replace(drive: &mut Drive, id: &str, number: u64) -> Edited {
    let name = drive.item(id)?.name.to_string();
    let (item, _) = drive.put("root", &[name], content(number))?;
    let item = item.clone();
    Ok((id.to_owned(), Some(graph::e_tag(drive, &item))))
}

fn delete(drive: &mut Drive, id: &str) -> Edited {
    drive.delete(id)?;
    Ok((id.to_owned(), None))
}

fn content(number: u64) -> Bytes {
    format!("{number}\n").into()
}
