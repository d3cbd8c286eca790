use std::sync::Mutex;

use drivebell::{DriveItem, Error, Item};
use drivebell_mirror::{Tree, Walk};
use napi_derive::napi;

use super::stats::NativeTreeStats;
use crate::changes::page::NativePage;
use crate::outcome::outcome;
use crate::runtime;

/// The tree of a drive, for reading: microseconds each.
#[napi]
pub struct NativeTree(Tree);

/// What a walk has still to read.
#[napi]
pub struct NativeWalk(Mutex<Walk>);

/// Items with their paths.
#[napi(object, object_from_js = false)]
pub struct NativeWalkChunk {
    pub paths: Vec<String>,
    pub page: NativePage,
}

outcome!(ItemsOutcome(Option<NativePage>));
outcome!(PathOutcome(Option<String>));
outcome!(WalkOutcome(NativeWalk));
outcome!(WalkChunkOutcome(NativeWalkChunk));
outcome!(TreeStatsOutcome(NativeTreeStats));

impl From<Tree> for NativeTree {
    fn from(tree: Tree) -> Self {
        Self(tree)
    }
}

impl From<Walk> for NativeWalk {
    fn from(walk: Walk) -> Self {
        Self(Mutex::new(walk))
    }
}

impl From<Vec<(String, DriveItem)>> for NativeWalkChunk {
    fn from(chunk: Vec<(String, DriveItem)>) -> Self {
        let (paths, items): (Vec<String>, Vec<Item>) = chunk
            .into_iter()
            .map(|(path, item)| (path, Item::Drive(item)))
            .unzip();
        Self {
            paths,
            page: NativePage::of(&items),
        }
    }
}

fn page_of_item(found: Result<Option<DriveItem>, Error>) -> ItemsOutcome {
    found
        .map(|item| item.map(|item| NativePage::of(&[Item::Drive(item)])))
        .into()
}

#[napi]
impl NativeTree {
    #[napi(catch_unwind)]
    pub fn get(&self, path: String) -> ItemsOutcome {
        page_of_item(self.0.get(&path))
    }

    #[napi(catch_unwind)]
    pub fn get_by_id(&self, id: String) -> ItemsOutcome {
        page_of_item(self.0.get_by_id(&id))
    }

    #[napi(catch_unwind)]
    pub fn path(&self, id: String) -> PathOutcome {
        self.0.path(&id).into()
    }

    #[napi(catch_unwind)]
    pub fn children(&self, path: String) -> ItemsOutcome {
        let page = self.0.children(&path).map(|items| {
            let items: Vec<Item> = items.into_iter().map(Item::Drive).collect();
            Some(NativePage::of(&items))
        });
        page.into()
    }

    #[napi(catch_unwind)]
    pub fn walk(&self, path: String) -> WalkOutcome {
        self.0.walk(&path).into()
    }

    #[napi(catch_unwind)]
    pub fn stats(&self) -> TreeStatsOutcome {
        self.0.stats().into()
    }
}

#[napi]
impl NativeWalk {
    /// Some hundred items; none at the end.
    #[napi(catch_unwind)]
    pub fn next(&self) -> WalkChunkOutcome {
        runtime::lock(&self.0).next_chunk().into()
    }
}
