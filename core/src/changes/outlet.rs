use tokio::sync::mpsc;

use super::batch::ChangeBatch;
use crate::Error;

/// Where a stream's batches go: to its own consumer, or to that of many streams.
pub(crate) trait Outlet: Send + Sync + 'static {
    /// The right to have a page, held until it was handed out.
    type Turn: Send;

    /// Waits for the stream's turn to request a page.
    fn turn(&self) -> impl Future<Output = Self::Turn> + Send;

    /// The stream's turn, if it need not wait for it.
    fn try_turn(&self) -> Option<Self::Turn>;

    /// Hands out a batch, or the error that has ended the stream. Waits until the consumer takes it;
    /// returns at once if there is none any more.
    fn send(&self, batch: Result<ChangeBatch, Error>) -> impl Future<Output = ()> + Send;

    /// The stream's task has panicked. Whoever waits for the task itself learns it from there.
    fn panicked(&self, _error: Error) {}

    /// Waits until nobody wants the stream any more.
    fn closed(&self) -> impl Future<Output = ()> + Send;
}

/// A stream of its own.
impl Outlet for mpsc::Sender<Result<ChangeBatch, Error>> {
    type Turn = ();

    async fn turn(&self) {}

    fn try_turn(&self) -> Option<()> {
        Some(())
    }

    async fn send(&self, batch: Result<ChangeBatch, Error>) {
        let _ = mpsc::Sender::send(self, batch).await;
    }

    async fn closed(&self) {
        mpsc::Sender::closed(self).await;
    }
}
