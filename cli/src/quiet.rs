//! Connections on which nothing goes to and fro are closed: those of who has said nothing yet, too.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_io_timeout::TimeoutStream;

/// Accepts as another does, and has patience for so long.
#[derive(Clone)]
pub struct Quiet<A> {
    pub by: A,
    pub time: Duration,
}

impl<I, S, A> Accept<I, S> for Quiet<A>
where
    A: Accept<I, S, Stream: AsyncRead + AsyncWrite + Send, Service: Send, Future: Send + 'static>,
{
    type Stream = Pin<Box<TimeoutStream<A::Stream>>>;
    type Service = A::Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let (accepted, time) = (self.by.accept(stream, service), Some(self.time));
        Box::pin(async move {
            let (stream, service) = accepted.await?;
            let mut stream = TimeoutStream::new(stream);
            stream.set_read_timeout(time);
            stream.set_write_timeout(time);
            Ok((Box::pin(stream), service))
        })
    }
}
