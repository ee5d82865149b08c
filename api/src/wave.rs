//! Waves: a request is resolved as far as it goes, then all rows it waits for are loaded at once, then it goes on.
//! So batches are as large as they can be and their number does not depend on a timer or on how busy the machine is.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use async_graphql::runtime::Timer;
use futures::future::{BoxFuture, FutureExt, poll_fn};
use futures::stream::{FuturesUnordered, StreamExt};
use futures::task::{FutureObj, Spawn, SpawnError};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Queue into which loaders put their batches.
#[derive(Clone)]
pub struct Batches(Arc<UnboundedSender<FutureObj<'static, ()>>>);

/// The batches of one request, to be loaded wave by wave.
pub struct Waves(UnboundedReceiver<FutureObj<'static, ()>>);

#[must_use]
pub fn waves() -> (Batches, Waves) {
    let (batches, waves) = unbounded_channel();
    (Batches(Arc::new(batches)), Waves(waves))
}

impl Spawn for Batches {
    fn spawn_obj(&self, batch: FutureObj<'static, ()>) -> Result<(), SpawnError> {
        self.0.send(batch).map_err(|_| SpawnError::shutdown())
    }
}

/// Timer that never waits: a batch is loaded in the next wave.
pub struct NoDelay;

impl Timer for NoDelay {
    fn delay(&self, _: Duration) -> BoxFuture<'static, ()> {
        std::future::ready(()).boxed()
    }
}

impl Waves {
    /// Runs `work`. Rows that it asks for during a wave are loaded in the next one.
    pub async fn carry<T>(mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let mut wave = FuturesUnordered::new();
        poll_fn(|context| {
            loop {
                while let Poll::Ready(Some(())) = wave.poll_next_unpin(context) {}
                // `work` goes on during a wave: a read of its own may hold the connection that a batch needs.
                if let Poll::Ready(done) = work.as_mut().poll(context) {
                    return Poll::Ready(done);
                }
                if !wave.is_empty() {
                    return Poll::Pending;
                }
                while let Ok(batch) = self.0.try_recv() {
                    wave.push(batch);
                }
                if wave.is_empty() {
                    return Poll::Pending;
                }
            }
        })
        .await
    }
}
