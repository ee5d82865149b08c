//! Work that goes on to its end even when the caller is gone, because a transaction whose owner is dropped halfway could
//! be left open in the pool and swallow the writes of others. There is so much of it at once, and a server that stops
//! waits for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::db::carried;
use crate::error::Error;

/// So long work waits for a place.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub struct Detached {
    places: Arc<Semaphore>,
    most: u32,
}

impl Detached {
    #[must_use]
    pub fn new(most: u32) -> Self {
        Self { places: Arc::new(Semaphore::new(most as usize)), most }
    }

    /// Does the work, whoever still waits for it.
    pub fn run<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> impl Future<Output = Result<T, E>> + Send
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        // On the heap, so that whoever waits is no larger for it.
        let (work, places) = (Box::pin(work), Arc::clone(&self.places));
        async move {
            let place = timeout(PATIENCE, places.acquire_owned()).await;
            let place = place.map_err(|_| Error::busy())?.map_err(Error::internal)?;
            let work = async move {
                let _place = place;
                work.await
            };
            tokio::spawn(carried(work)).await.map_err(Error::internal)?
        }
    }

    /// How much is under way.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.most as usize - self.places.available_permits()
    }

    /// Takes no more, and waits so long for what is under way; whether all of it has ended.
    pub async fn finish(&self, time: Duration) -> bool {
        timeout(time, self.places.acquire_many(self.most)).await.is_ok()
    }
}
