//! Request bodies on their way in. However many come, and however slowly, together they take at most `ROOM` bytes; a
//! body that finds no room is refused. The first part of each needs no room, so that ordinary requests always come
//! in.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use http_body_util::BodyExt;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use platform::error::{Error, ErrorCode, Result};
use platform::say;

/// Bytes of a body at most.
pub const BODY_LIMIT: usize = 256 * 1024;

/// Bytes of all bodies together at most, beyond the first part of each.
const ROOM: usize = 32 * 1024 * 1024;

/// Bytes of the first part of a body, which needs no room.
const FIRST: usize = 8 * 1024;

/// Unit in which room is given, in bytes.
const PIECE: usize = 1024;

/// Bytes by which the buffer of a body grows beyond its first part.
const STEP: usize = 32 * 1024;

pub struct Intake {
    room: Semaphore,
}

/// A received body, and the room that it takes until it is dropped.
#[derive(Default)]
pub struct Received<'a> {
    pub bytes: Vec<u8>,
    room: Option<SemaphorePermit<'a>>,
}

impl Default for Intake {
    fn default() -> Self {
        Self::of(ROOM)
    }
}

impl Intake {
    fn of(bytes: usize) -> Self {
        Self { room: Semaphore::new(bytes / PIECE) }
    }

    /// Receives the whole of a body; an error if `time` is up before.
    pub async fn whole(&self, body: Body, time: Duration) -> Result<Received<'_>> {
        let message = || say!("body-too-slow", seconds = time.as_secs());
        let read = timeout(time, self.read(body)).await;
        read.unwrap_or_else(|_| Err(Error::Protocol { code: ErrorCode::TooSlow, message: message() }))
    }

    async fn read(&self, mut body: Body) -> Result<Received<'_>> {
        let mut received = Received::default();
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        bounded(announced)?;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Error::Protocol {
                code: ErrorCode::BadRequest,
                message: say!("body-broke-off"),
            })?;
            let Ok(part) = frame.into_data() else { continue };
            let length = received.bytes.len() + part.len();
            bounded(length)?;
            let capacity = capacity(length, announced);
            self.make_room(&mut received, capacity)?;
            received.bytes.reserve_exact(capacity - received.bytes.len());
            // Copied, because a part may be a single byte in a buffer of thousands.
            received.bytes.extend_from_slice(&part);
        }
        Ok(received)
    }

    fn make_room<'a>(&'a self, received: &mut Received<'a>, capacity: usize) -> Result<()> {
        let wanted = capacity.saturating_sub(FIRST).div_ceil(PIECE);
        let held = received.room.as_ref().map_or(0, SemaphorePermit::num_permits);
        let more = u32::try_from(wanted.saturating_sub(held)).unwrap_or(u32::MAX);
        if more == 0 {
            return Ok(());
        }
        let more = self.room.try_acquire_many(more).map_err(|_| Error::busy())?;
        match &mut received.room {
            Some(room) => room.merge(more),
            room => *room = Some(more),
        }
        Ok(())
    }
}

/// Capacity for a body of `length` bytes so far. Beyond the first part it is as much as the body has announced, so
/// that the body is refused early, or moved only once.
fn capacity(length: usize, announced: usize) -> usize {
    if length <= FIRST { length } else { length.max(announced).next_multiple_of(STEP) }
}

fn bounded(length: usize) -> Result<()> {
    if length <= BODY_LIMIT {
        return Ok(());
    }
    let message = say!("body-too-large", most = BODY_LIMIT);
    Err(Error::Protocol { code: ErrorCode::TooLarge, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    async fn code(intake: &Intake, length: usize) -> Option<ErrorCode> {
        intake.whole(vec![0; length].into(), LONG).await.err().map(|error| error.code())
    }

    #[tokio::test]
    async fn bodies_share_so_much_room() {
        let intake = Intake::of(3 * STEP);
        let first = intake.whole(vec![1; STEP + 1].into(), LONG).await.unwrap();
        assert_eq!((first.bytes.len(), first.bytes.capacity()), (STEP + 1, 2 * STEP));
        assert_eq!(code(&intake, STEP + 1).await, Some(ErrorCode::Busy));
        assert_eq!(code(&intake, STEP).await, None);
        let small: Vec<_> = futures::future::join_all((0..100).map(|_| code(&intake, FIRST))).await;
        assert!(small.iter().all(Option::is_none), "ordinary requests come in");
        drop(first);
        assert_eq!(code(&intake, 3 * STEP).await, None, "room that is given back is there again");
        assert_eq!(intake.room.available_permits(), 3 * STEP / PIECE);
    }

    #[tokio::test]
    async fn a_body_has_its_size_and_its_time() {
        let intake = Intake::default();
        assert_eq!(code(&intake, BODY_LIMIT).await, None);
        assert_eq!(code(&intake, BODY_LIMIT + 1).await, Some(ErrorCode::TooLarge));
        let endless = Body::from_stream(futures::stream::pending::<std::io::Result<Vec<u8>>>());
        let late = intake.whole(endless, Duration::from_millis(10)).await;
        assert_eq!(late.err().map(|error| error.code()), Some(ErrorCode::TooSlow));
    }
}
