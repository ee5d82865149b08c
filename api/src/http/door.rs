//! Admission: how many requests are worked on at once, and how many wait for their turn. More are turned away before
//! anything is done for them: a server that takes on more than it can carry serves nobody.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// Requests that may wait for each one that is worked on.
const WAITING: usize = 20;

/// Longest time that a request waits for its turn.
pub const PATIENCE: Duration = Duration::from_secs(5);

pub struct Door {
    patience: Duration,
    working: Semaphore,
    /// Requests that are worked on, and requests that wait.
    inside: Semaphore,
}

/// Place of an admitted request, given back on drop.
pub struct Entered<'a> {
    _work: SemaphorePermit<'a>,
    _place: SemaphorePermit<'a>,
}

impl Door {
    #[must_use]
    pub fn new(requests: u32, patience: Duration) -> Self {
        let working = requests as usize;
        let (working, inside) = (Semaphore::new(working), Semaphore::new(working * (1 + WAITING)));
        Self { patience, working, inside }
    }

    /// Waits for a turn; `None` if too many requests wait, or the turn does not come in time.
    pub async fn enter(&self) -> Option<Entered<'_>> {
        let place = self.inside.try_acquire().ok()?;
        let work = timeout(self.patience, self.working.acquire()).await.ok()?.ok()?;
        Some(Entered { _work: work, _place: place })
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn some_work_some_wait_and_the_rest_is_turned_away() {
        let door = Door::new(1, Duration::from_millis(20));
        let working = door.enter().await.unwrap();
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(door.enter())).collect();
        assert!(waiting.iter_mut().all(|entering| entering.now_or_never().is_none()));
        assert!(door.enter().now_or_never().unwrap().is_none(), "no place to wait");
        drop(working);
        for entering in waiting {
            assert!(entering.await.is_some(), "each in its turn");
        }
        let working = door.enter().await.unwrap();
        assert!(door.enter().await.is_none(), "nobody waits for ever");
        drop(working);
        assert!(door.enter().await.is_some());
    }
}
