//! Where the changes go.

use drivebell::Resource;
use drivebell_mirror::Change;

use super::exec::Exec;
use super::post::Post;
use crate::arguments::{Common, Mirror};
use crate::exit::{End, Failure, Stop};
use crate::graph::Graph;
use crate::output::{Format, Output};

#[derive(Debug)]
pub(super) enum Delivery<'a> {
    Print(&'a Output, Format),
    Exec(Exec),
    Post(Box<Post>),
}

impl<'a> Delivery<'a> {
    /// Does nothing yet.
    pub(super) fn new(
        common: &Common,
        options: &Mirror,
        resource: &Resource,
        graph: &Graph,
        output: &'a Output,
    ) -> Result<Self, Failure> {
        Ok(match (&options.exec, &options.post) {
            (Some(line), _) => Self::Exec(Exec::new(line, options)),
            (None, Some(url)) => {
                Self::Post(Box::new(Post::new(common, url, resource, graph, options)?))
            }
            (None, None) => Self::Print(output, output.format(common.json)),
        })
    }

    /// Returns once the changes are done: then the next may be asked for.
    pub(super) async fn deliver(&self, changes: &[Change], stop: &Stop) -> Result<(), End> {
        match self {
            Self::Print(output, format) => output.write(format.changes(changes)).await,
            Self::Exec(exec) => exec.deliver(changes, stop).await,
            Self::Post(post) => post.deliver(changes, stop).await,
        }
    }
}
