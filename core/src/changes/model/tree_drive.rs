//! A drive of the model, as tests see it.

use std::collections::BTreeMap;

use super::bell::ModelBell;
use super::feed::Shared;
use super::node::{ModelItem, read, written};
use super::start;
use super::tree::Tree;
use crate::{Changes, ChangesOptions, Resource, Since};

/// A drive of the model. Clones are the same drive.
#[derive(Debug, Clone)]
pub struct TreeDrive(Shared<Tree>);

impl TreeDrive {
    /// A drive with a root, and a character that follows from the seed.
    pub fn new(seed: u64) -> Self {
        Self(Tree::new(seed).into())
    }

    /// The stream of its changes.
    pub fn changes(
        &self,
        bell: &ModelBell,
        resource: &Resource,
        since: &Since,
        options: &ChangesOptions,
    ) -> Changes {
        start(self.0.clone(), bell, resource, since, options)
    }

    /// Lets something happen in it. Returns what.
    pub fn live(&self) -> &'static str {
        self.0.lock().live()
    }

    /// Whether deletions may be lost, so that it needs audits.
    pub fn loses(&self) -> bool {
        self.0.lock().feed.unkindness.loses > 0
    }

    /// How many deletions Graph has not reported, and will not.
    pub fn lost(&self) -> usize {
        self.0.lock().feed.lost()
    }

    /// Whether delta queries show everything as it is.
    pub fn is_quiet(&self) -> bool {
        self.0.lock().feed.is_quiet()
    }

    /// The next responses fail.
    pub fn fail(&self, times: u32) {
        self.0.lock().feed.failures = times;
    }

    /// All links so far are gone.
    pub fn forget_tokens(&self) {
        self.0.lock().feed.forget_tokens();
    }

    /// Ends all faults.
    pub fn settle(&self) {
        let mut tree = self.0.lock();
        tree.feed.failures = 0;
        tree.feed.unkindness.loses = 0;
    }

    /// Its items by their ids.
    pub fn items(&self) -> BTreeMap<String, ModelItem> {
        let tree = self.0.lock();
        let items = tree.feed.live().map(|(id, node)| node.item(id));
        items.map(|item| (item.id.clone(), item)).collect()
    }

    /// The path of each item, and its id. The root's is `/`.
    pub fn paths(&self) -> BTreeMap<String, String> {
        let tree = self.0.lock();
        let live = tree.feed.live();
        live.map(|(id, _)| (tree.path(id), written(id))).collect()
    }

    /// The states that an item has had.
    pub fn history(&self, id: &str) -> Vec<ModelItem> {
        let tree = self.0.lock();
        let id = read(id).expect("an id of this model");
        tree.feed.history(id).map(|node| node.item(id)).collect()
    }
}
